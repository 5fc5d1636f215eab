"""What is to be predicted: its kind, its labels, and the rows' weights."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import Float32, Label, Target
from wellfit.tables.columns.target_values import as_array, as_floats, is_missing, plain_label

TargetKindChoice = Literal["class", "number", "count", "labels"]

_MOST_CLASSES = 10
_ROWS_A_CLASS = 3
_ROUNDING = 1e-2  # of the spread: where float32 rounds a target by more, it cannot be learned
_SHOWN = 5


def make_target(values: Any, kind: TargetKindChoice | None = None, labels: Sequence[Label] | None = None) -> Target:
    """The target of each row.

    values: (rows,), or (rows, columns) for several numbers, counts or yes/no labels: an array, a list, a column of a
        frame.
    kind: "class", "number", "count" (whole numbers of 0 or more), "labels" (several yes/no labels a row); None
        (default): by the rule of `infer_target_kind`.
    labels: for classes, the classes in index order where they are known (rows of a test table may lack some); otherwise
        names of the columns. Default: the classes that occur in rising order; y0, y1, ...

    Raises:
        InputError: a missing or infinite target, a single class, counts that are none, or unknown classes; without a
            kind several columns of 0 and 1, which may be yes/no labels or numbers.

    >>> make_target(["no", "yes", "no"]).labels
    ('no', 'yes')
    """
    cells = as_array(values)
    if kind not in (None, "class", "number", "count", "labels"):
        raise InputError(f"The kind of a target is class, number, count or labels; got {quoted(kind)}.")
    if len(cells) == 0:
        raise InputError("A target needs rows, and this one has none: 0 sample(s).")
    _refuse_missing(cells)
    if kind is None:
        _refuse_ambiguous(cells)
    chosen = kind or infer_target_kind(cells)[0]
    if chosen == "class":
        return _classes(cells, labels)
    return _numbers(cells, chosen, labels)


def infer_target_kind(values: Any) -> tuple[TargetKindChoice, str]:
    """The kind that `make_target` takes where none is given, and the reason as a sentence.

    Text and truth values are classes. Numbers are classes if all are whole and they take 2 values, or at most 10 with
    3 rows or more for each in the mean; otherwise numbers. Several columns are numbers, or labels if truth values.
    """
    cells = as_array(values)
    if cells.ndim == 2 and cells.shape[1] > 1:
        return ("labels", "several columns of truth values") if cells.dtype == bool else ("number", "several columns")
    if cells.dtype.kind not in "iuf":
        return "class", "the target is text or truth values"
    distinct = np.unique(cells[np.isfinite(cells)])
    if np.any(distinct != np.round(distinct)):
        return "number", "the target has fractions"
    few = len(distinct) <= 2 or (len(distinct) <= _MOST_CLASSES and len(cells) >= _ROWS_A_CLASS * len(distinct))
    if few:
        return "class", f"the target takes only {len(distinct)} whole values (ask for numbers if they are amounts)"
    return "number", f"the target takes {len(distinct)} different whole values"


def _refuse_ambiguous(cells: NDArray[Any]) -> None:
    """Several columns of the numbers 0 and 1 are labels to some libraries and numbers to others."""
    if cells.ndim != 2 or cells.shape[1] < 2 or cells.dtype.kind not in "iuf" or not np.isin(cells, (0, 1)).all():
        return
    one_hot = bool((cells.sum(axis=1) == 1).all())
    classes = "; or, as every row has a single 1, one class a row: y.argmax(axis=1)" if one_hot else ""
    raise InputError(
        f'Several columns of 0 and 1 may be yes/no labels or numbers: give kind="labels" or kind="number"{classes}; '
        f"got {cells.shape[1]} such columns."
    )


def check_weights(weight: Any, rows: int) -> Float32 | None:
    """Weights of the rows as float32 (rows,), or None where none are given.

    weight: (rows,) of 0 or more, at least one above 0; a single number stands for the same weight in every row.
    rows: int, how many there are.

    Raises:
        InputError: a weight that is negative, missing or infinite, none above 0, or another number of weights.
    """
    if weight is None:
        return None
    cells = as_array(np.full(rows, weight) if np.ndim(weight) == 0 else weight)
    if cells.ndim != 1 or len(cells) != rows:
        raise InputError(f"There must be one weight a row; got an array of shape {cells.shape} for {rows} rows.")
    numbers = as_floats(cells, "weight")
    for bad, what in ((np.isnan(numbers), "missing (NaN)"), (np.isinf(numbers), "infinite"), (numbers < 0, "negative")):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"A weight is a finite number of 0 or more, and that of row {row + 1} is {what}: 0 leaves a row out."
            )
    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32)
    if not narrow.any():
        raise InputError("At least one row must have a weight above 0, and every weight is zero.")
    if np.isinf(narrow).any():
        raise InputError("Weights must fit in float32, and the largest is beyond 3.4e38: divide them by a constant.")
    return narrow


def _refuse_missing(cells: NDArray[Any]) -> None:
    if cells.dtype == object:
        flags = [is_missing(value) for value in cells.ravel().tolist()]
        bad = np.array(flags, dtype=bool).reshape(cells.shape)
    else:
        bad = np.isnan(cells) if cells.dtype.kind == "f" else np.zeros(cells.shape, dtype=bool)
    rows = np.flatnonzero(bad if bad.ndim == 1 else bad.any(axis=1))
    if rows.size:
        raise InputError(
            f"The target must be known in every row, and {_shown(rows)} missing (NaN): "
            "remove the rows, or predict them later."
        )
    if cells.dtype.kind == "f" and np.isinf(cells).any():
        rows = np.flatnonzero(np.isinf(cells) if cells.ndim == 1 else np.isinf(cells).any(axis=1))
        raise InputError(
            f"The target must be finite, and {_shown(rows)} infinite (infinity): correct or remove the rows."
        )


def _shown(rows: NDArray[Any]) -> str:
    """Rows as "row 3 is" or "5 rows are (the first is row 3)"."""
    first = int(rows[0]) + 1
    return f"row {first} is" if rows.size == 1 else f"{rows.size} rows (the first is row {first}) are"


def _classes(cells: NDArray[Any], labels: Sequence[Label] | None) -> Target:
    if cells.ndim != 1:
        raise InputError(
            f"Classes stand in one column; got {cells.shape[1]} columns: ask for labels, or train on one at a time."
        )
    if cells.dtype.kind == "f" and labels is None and np.any(cells != np.round(cells)):
        bad = cells[cells != np.round(cells)][0]
        raise InputError(
            f"Classes are text or whole numbers; got {bad}: ask for numbers (Unknown label type: continuous)."
        )
    known = tuple(plain_label(label) for label in labels) if labels is not None else _distinct(cells)
    if len(known) < 2:
        raise InputError(
            f"A classifier needs two classes or more, and the target has only 1 class, {quoted(known[0])}: check "
            "the column."
        )
    codes = _codes(cells, known)
    return Target("binary" if len(known) == 2 else "classes", codes[:, None].astype(np.float32), known)


def _distinct(cells: NDArray[Any]) -> tuple[Label, ...]:
    """Classes in rising order; a mixture of text and numbers is ordered as text."""
    if cells.dtype != object:
        return tuple(plain_label(value) for value in np.unique(cells))
    values = {plain_label(value) for value in cells.tolist()}
    if all(isinstance(value, str) for value in values):
        return tuple(sorted(values, key=str))
    return tuple(sorted(values, key=lambda value: (str(value), str(type(value)))))


def _codes(cells: NDArray[Any], labels: tuple[Label, ...]) -> NDArray[np.int64]:
    """Index of each cell's class: equal values are equal classes, else equal texts are (1 and "1")."""
    if cells.dtype != object:
        distinct, places = np.unique(cells, return_inverse=True)
    else:
        keys = list(dict.fromkeys(plain_label(value) for value in cells.tolist()))
        index = {key: place for place, key in enumerate(keys)}
        distinct = np.empty(len(keys), dtype=object)
        distinct[:] = keys
        places = np.array([index[plain_label(value)] for value in cells.tolist()])
    by_value: dict[Hashable, int] = {label: place for place, label in enumerate(labels)}
    by_text = {str(label): place for place, label in enumerate(labels)}
    codes = [by_value.get(plain_label(v), by_text.get(str(plain_label(v)), -1)) for v in distinct.tolist()]
    if -1 in codes:
        unknown = plain_label(distinct.tolist()[codes.index(-1)])
        shown = ", ".join(repr(label) for label in labels[:_SHOWN]) + (", ..." if len(labels) > _SHOWN else "")
        raise InputError(
            f"The classes are {shown}, and the target has {quoted(unknown)}: remove its rows, or train with it."
        )
    return np.array(codes, dtype=np.int64)[places.ravel()]


def _numbers(cells: NDArray[Any], kind: TargetKindChoice, names: Sequence[Label] | None) -> Target:
    wide = as_floats(cells, "target")
    table = wide[:, None] if wide.ndim == 1 else wide
    if kind == "count" and (np.any(table < 0) or np.any(table != np.round(table))):
        bad = table[(table < 0) | (table != np.round(table))][0]
        raise InputError(f"Counts are whole numbers of 0 or more; got {bad}: ask for numbers instead.")
    if kind == "labels" and not np.isin(table, (0, 1)).all():
        raise InputError(f"Yes/no labels are 0 or 1; got {table[~np.isin(table, (0, 1))][0]}.")
    with np.errstate(over="ignore"):
        narrow = np.ascontiguousarray(table, dtype=np.float32)
    if np.isinf(narrow).any():
        raise InputError(
            "The target must fit in float32, and its largest value is beyond 3.4e38: divide it by a constant."
        )
    spread = table.std(axis=0)
    if np.any((np.abs(narrow - table).max(axis=0) > _ROUNDING * spread) & (spread > 0)):
        raise InputError(
            "The target's values lie too close together for float32, and too far from zero: subtract a constant."
        )
    labels = tuple(names) if names is not None else tuple(f"y{i}" for i in range(narrow.shape[1]))
    if len(labels) != narrow.shape[1]:
        raise InputError(
            f"Each column of the target needs a name; got {len(labels)} names for {narrow.shape[1]} columns."
        )
    kinds: dict[str, Literal["numbers", "counts", "labels"]] = {
        "number": "numbers",
        "count": "counts",
        "labels": "labels",
    }
    return Target(kinds[kind], narrow, labels)
