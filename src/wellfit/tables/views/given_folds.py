"""Folds as users give them: a number, an id a row, a scikit-learn splitter, or pairs of row numbers."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.arrays import Int64, Target, View
from wellfit.tables.distinct import are_among, rows_in_both
from wellfit.tables.views.copies import join_groups
from wellfit.tables.views.splits import ranks_by_row
from wellfit.tables.views.views import Views, k_fold

_FORMS = (
    "folds is a number of 2 or more, an array with the fold of each row, a scikit-learn splitter, or a list of "
    "(training rows, held-out rows)"
)
_NEVER = -1  # the fold of rows that are never held out, as scikit-learn's PredefinedSplit has it


@dataclass(frozen=True)
class RepeatedFolds:
    """A number of folds into which the rows are split several times.

    folds: 2 or more. repeats: how many times, 1 or more. seed: of the first split; each further one takes the next.
    """

    folds: float
    repeats: int
    seed: int


def is_number_of_folds(folds: Any) -> bool:
    """Whether folds are given as a number."""
    numbers = int | float | np.integer | np.floating | RepeatedFolds
    return isinstance(folds, numbers) and not isinstance(folds, bool)


def views_of_folds(
    folds: Any, target: Target, *, seed: int = 0, groups: Any = None, copies: Any = None, rows: Int64 | None = None
) -> Views:
    """The views that folds stand for, named "fold 1" and so on, or after the folds' ids.

    folds: a number of 2 or more (`k_fold`), or `RepeatedFolds`; or an array (rows,) with the id of each row's fold, -1
        for rows that are never held out; or a scikit-learn splitter; or a list of pairs (training rows, held-out rows)
        of row numbers or masks, or of views.
    target: of all rows.
    seed: int, of the split where a number is given (default 0); splitters have their own.
    groups: (rows,) of any values, given to the splitter; no group may stand on both sides of a view. None (default):
        none.
    copies: (rows,) as `equal_rows` numbers them; where the folds are a number, equal rows stay in one, and with them
        their groups. None (default): none are equal.
    rows: row numbers that take part; None (default): all.

    Raises:
        InputError: none of these, rows that are not in the table or on both sides, a side without rows, or a group that
            is split.

    >>> import numpy as np
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> from wellfit.tables import make_target
    >>> [len(view.training) for view in views_of_folds(TimeSeriesSplit(3), make_target(np.arange(100) % 2))]
    [25, 50, 75]
    """
    if is_number_of_folds(folds):
        if groups is not None and copies is not None:
            groups = join_groups(ranks_by_row(groups, target, "groups"), copies)
        if isinstance(folds, RepeatedFolds):
            return _repeated(folds, target, groups, copies, rows)
        return k_fold(target, folds, seed, groups, copies=copies, rows=rows)
    many = len(target.values)
    views = _views(folds, target, groups)
    if not views:
        raise InputError(f"{_FORMS}; got none.")
    check_rows(views, many)
    for view in views:
        if not len(view.validation):
            raise InputError(f"Every fold needs rows on both sides, and {view.name or 'a view'} holds none out.")
        if groups is not None:
            _refuse_split_group(view, ranks_by_row(groups, target, "groups"), groups)
    return Views(_taking_part(view, rows) for view in views)


def _repeated(given: RepeatedFolds, target: Target, groups: Any, copies: Any, rows: Int64 | None) -> Views:
    """The folds of every split, named after it where there are several."""
    views: list[View] = []
    notes: list[str] = []
    for repeat in range(given.repeats):
        split = k_fold(target, given.folds, given.seed + repeat, groups, copies=copies, rows=rows)  # type: ignore[arg-type]
        named = f"repeat {repeat + 1}, " if given.repeats > 1 else ""
        views += [replace(view, name=f"{named}{view.name}") for view in split]
        notes += split.notes
    return Views(views, dict.fromkeys(notes))


def check_rows(views: Sequence[View], rows: int) -> None:
    """Refuse views of rows that the table does not have.

    Raises:
        InputError: there is such a row.
    """
    for view in views:
        last = max(int(part.max(initial=0)) for part in (view.training, view.validation, view.test))
        if last >= rows:
            name = view.name or "a view"
            raise InputError(f"The rows of a fold are numbered from 0 to {rows - 1}, and {name} has row {last}.")


def refuse_repeated_rows(views: Sequence[View], rows: int, folds: Any) -> None:
    """Refuse folds that hold a row out more than once, for what compares candidates by one prediction a row.

    Raises:
        InputError: there is such a row.
    """
    times = np.bincount(np.concatenate([view.validation for view in views]), minlength=rows)
    if times.max() > 1:
        raise InputError(
            "A search compares networks by one prediction of each row, so that its folds hold a row out at most once, "
            f"and {_named(folds)} holds row {int(times.argmax())} out {times.max()} times: use folds that do not "
            "overlap, or train a recipe (NetworkClassifier, wellfit.cross_validate)."
        )


def views_of_pairs(given: Sequence[Any], folds: Any) -> list[View]:
    """The views that a list of pairs stands for. folds: what the user gave, for sentences.

    Raises:
        InputError: no pairs of rows, a side without rows, or rows on both.
    """
    views = []
    for number, pair in enumerate(given, start=1):
        if isinstance(pair, View):
            views.append(pair)
            continue
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(f"{_FORMS}; got {str(pair)[:80]} in {_named(folds)}.")
        training, held = (_row_numbers(side, number) for side in pair)
        if not len(training) or not len(held):
            side = "training" if not len(training) else "held-out"
            raise InputError(f"Every fold needs rows on both sides, and fold {number} has no {side} rows.")
        try:
            views.append(View(training, held, name=f"fold {number}"))
        except ValueError as error:
            raise InputError(f"Fold {number} cannot be used. {error}") from error
    return views


def _views(folds: Any, target: Target, groups: Any) -> list[View]:
    if isinstance(folds, str | bytes | bool | dict) or folds is None:
        raise InputError(f"{_FORMS}; got {str(folds)[:80]!r}.")
    if hasattr(folds, "split"):
        return views_of_pairs(_split(folds, target, groups), folds)
    if hasattr(folds, "to_numpy") or isinstance(folds, np.ndarray):
        return _by_id(folds, target)
    if not isinstance(folds, Iterable):
        raise InputError(f"{_FORMS}; got {str(folds)[:80]}.")
    given = list(folds)
    if given and not any(isinstance(one, tuple | list | View | np.ndarray) for one in given):
        return _by_id(given, target)
    return views_of_pairs(given, folds)


def _split(splitter: Any, target: Target, groups: Any) -> list[Any]:
    """What a splitter makes of the rows. Those that keep the shares of classes get the classes."""
    values = target.values[:, 0] if target.values.shape[1] == 1 else target.values
    y = values.astype(np.int64) if target.kind in ("binary", "classes", "labels") else values
    known = None if groups is None else ranks_by_row(groups, target, "groups")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The groups parameter is ignored")  # a group that it splits is refused
            return list(splitter.split(np.zeros((len(y), 1)), y, known))
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")[:160]
        way_out = (
            "change the splitter"
            if groups is not None or "group" not in reason
            else "give groups as well, or the list that split() makes with them"
        )
        raise InputError(f"{_named(splitter)} cannot split these rows ({reason}): {way_out}.") from error


def _by_id(folds: Any, target: Target) -> list[View]:
    """A view an id, that holds out the rows of this id."""
    ranks = ranks_by_row(folds, target, "folds")
    ids = np.asarray(folds.to_numpy() if hasattr(folds, "to_numpy") else folds)
    views = []
    for rank in range(int(ranks.max()) + 1):
        held = np.flatnonzero(ranks == rank)
        one = ids[held[0]]
        if not _is_never(one) and len(held) < len(ranks):
            views.append(View(np.flatnonzero(ranks != rank), held, name=f"fold {str(one)[:40]}"))
    if not views:
        raise InputError("An array of folds has 2 different ids or more; got one: give folds=5 to split at random.")
    return views


def _is_never(one: Any) -> bool:
    """Whether the id of a fold is that of rows never held out; a column with a missing cell has it as -1.0."""
    try:
        return float(one) == _NEVER
    except (TypeError, ValueError):
        return False


def _row_numbers(rows: Any, number: int) -> NDArray[np.int64]:
    found = np.asarray(rows.to_numpy() if hasattr(rows, "to_numpy") else rows)
    if found.dtype == bool:
        return np.flatnonzero(found)
    if found.size and (found.ndim != 1 or not np.issubdtype(found.dtype, np.integer)):
        raise InputError(
            f"The rows of a fold are an array of row numbers or a mask, and fold {number} has an array of shape "
            f"{found.shape} and type {found.dtype}: give numpy.flatnonzero(mask), or the numbers."
        )
    return found.astype(np.int64)


def _taking_part(view: View, rows: Int64 | None) -> View:
    """The view with those of its rows that take part."""
    if rows is None:
        return view
    held, test = (side[are_among(side, rows)] for side in (view.validation, view.test))
    counted = are_among(view.training, rows)
    training, weight = view.training[counted], None if view.weight is None else np.asarray(view.weight)[counted]
    if not len(training) or not len(held):
        raise InputError(f"Every fold needs rows that weigh something on both sides, and {view.name} has none on one.")
    return replace(view, training=training, validation=held, test=test, weight=weight)


def _refuse_split_group(view: View, ranks: Int64, groups: Any) -> None:
    both = rows_in_both(ranks[view.training], ranks[view.validation])
    if len(both):
        first = int(np.flatnonzero(ranks == both[0])[0])
        value = np.asarray(groups.to_numpy() if hasattr(groups, "to_numpy") else groups)[first]
        raise InputError(
            f"Rows of one group stay on one side, and {view.name} trains on some of group {str(value)[:40]!r} and "
            "holds others out: use a splitter such as GroupKFold, or leave groups out."
        )


def _named(folds: Any) -> str:
    return str(folds)[:80] if hasattr(folds, "split") else "the list of folds"
