"""Splits of row numbers, from which `wellfit.tables.views.views` makes views. Rows are counted within those that take
part.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.arrays import Int64, Target
from wellfit.tables.distinct import distinct_values


def generator(seed: int, *more: int) -> np.random.Generator:
    """A generator of random numbers for a seed, and for further numbers that tell draws apart."""
    return np.random.default_rng([int(seed) & 0xFFFFFFFF, *more])


def participating_rows(rows: Any, target: Target) -> Int64:
    """The row numbers that take part, rising."""
    every = len(target.values)
    return np.arange(every, dtype=np.int64) if rows is None else row_numbers(rows, every)


def row_numbers(rows: Any, every: int) -> Int64:
    """Rising row numbers; InputError where one is not in the table."""
    numbers = distinct_values(np.asarray(rows, dtype=np.int64))
    if numbers.size == 0 or numbers[0] < 0 or numbers[-1] >= every:
        raise InputError(f"rows lists one or more row numbers from 0 to {every - 1}; got other values.")
    return numbers


def ranks_by_row(values: Any, target: Target, what: str) -> Int64:
    """Ranks of a value a row of the table, so that text, dates and numbers are handled alike."""
    ranks = ranks_of(values, what)
    if len(ranks) != len(target.values):
        raise InputError(
            f"There must be one value of {what} for each row; got {len(ranks)} for {len(target.values)} rows."
        )
    return ranks


def ranks_of(values: Any, what: str = "order") -> Int64:
    """The place of each value among the distinct ones; InputError where one is missing."""
    cells = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    if cells.ndim != 1 or cells.size == 0:
        raise InputError(f"The {what} is one column; got an array of shape {cells.shape}.")
    if cells.dtype == object:
        gone = np.array([type(value).__name__ in ("NoneType", "NAType") or value != value for value in cells.tolist()])
        kinds = {type(value) for value in cells[~gone].tolist()}
        cells = cells if len(kinds) <= 1 else cells.astype(str)
    else:
        gone = np.isnat(cells) if cells.dtype.kind in "mM" else cells != cells
    if gone.any():
        row = int(np.flatnonzero(gone)[0]) + 1
        raise InputError(
            f"The {what} must be known in every row, and row {row} has none: fill it in or remove the row."
        )
    return np.unique(cells, return_inverse=True)[1].astype(np.int64)


def latest_rows(moments: Int64, size: int) -> Int64:
    """About `size` of the latest rows: all rows of the time at the cut, unless that would be every row."""
    cut = np.sort(moments)[-size]
    held = np.flatnonzero(moments >= cut)
    return held if len(held) < len(moments) else np.flatnonzero(moments > cut)


def hold_out_groups(groups: Int64, size: int, seed: int) -> tuple[Int64, tuple[str, ...]]:
    """About `size` rows of whole groups in random order; groups that overshoot it by a quarter are passed over."""
    names = np.unique(groups)
    if len(names) < 2:
        return np.empty(0, np.int64), ("One group cannot be split.",)
    counts = np.bincount(groups)
    held: list[int] = []
    total = 0
    for group in generator(seed).permutation(names).tolist():
        if total < size and total + counts[group] <= max(1.25 * size, counts.min()):
            held.append(group)
            total += int(counts[group])
    return np.flatnonzero(np.isin(groups, held[: len(names) - 1])), ()


def hold_out_by_class(classes: NDArray[Any], size: int, seed: int) -> tuple[Int64, tuple[str, ...]]:
    """`size` rows with the shares of the classes; classes with a single row stay in training."""
    codes = classes.astype(np.int64)
    counts = np.bincount(codes)
    able = np.flatnonzero(counts[codes] > 1)
    rare = int(np.count_nonzero(counts == 1))
    stay = "class with a single row stays" if rare == 1 else "classes with a single row stay"
    notes = (f"{rare} {stay} in training.",) if rare else ()
    many = int(np.count_nonzero(counts > 1))
    if size < many or len(able) - size < many:
        return np.sort(generator(seed).permutation(able)[:size]), (
            *notes,
            f"{size} rows are too few for {many} classes: drawn at random.",
        )
    from sklearn.model_selection import StratifiedShuffleSplit

    splitter = StratifiedShuffleSplit(n_splits=1, test_size=size, random_state=bounded_seed(seed))
    _, held = next(splitter.split(able, codes[able]))
    return np.sort(able[held]), notes


def rare_classes(target: Target, classes: NDArray[Any] | None, folds: int) -> list[str]:
    """A note on classes that have fewer rows than there are folds."""
    if classes is None:
        return []
    counts = np.bincount(classes.astype(np.int64), minlength=len(target.labels))
    rare = [target.labels[i] for i in np.flatnonzero((counts < folds) & (counts > 0))]
    if not rare:
        return []
    shown = ", ".join(repr(label) for label in rare[:5]) + (" and others" if len(rare) > 5 else "")
    return [f"Classes with fewer rows than {folds} folds are absent from some validation parts: {shown}."]


def bounded_seed(seed: int) -> int:
    """The seed as scikit-learn takes it."""
    return int(seed) & 0xFFFFFFFF


def remaining_rows(rows: Int64, many: int) -> Int64:
    """The rows below `many` that are not among these, rising."""
    free = np.ones(many, dtype=bool)
    free[rows] = False
    return np.flatnonzero(free)


def split_into_folds(
    rows: int, classes: NDArray[Any] | None, groups: Int64 | None, folds: int, seed: int
) -> list[Int64]:
    """The rows of each fold, by the splitter of scikit-learn that fits."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if classes is not None and np.bincount(classes.astype(np.int64)).max() < folds:
        classes = None  # scikit-learn refuses where no class has a row for each fold
    makers: dict[tuple[bool, bool], Callable[..., Any]] = {
        (False, False): KFold,
        (True, False): StratifiedKFold,
        (False, True): GroupKFold,
        (True, True): StratifiedGroupKFold,
    }
    splitter = makers[classes is not None, groups is not None](folds, shuffle=True, random_state=bounded_seed(seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of rare classes, which the notes name
        parts = [held.astype(np.int64) for _, held in splitter.split(np.zeros(rows), classes, groups)]
    return [held for held in parts if held.size and held.size < rows]


def draw_bootstrap(units: Int64, classes: NDArray[Any] | None, random: np.random.Generator) -> tuple[Int64, bool]:
    """Rows of units drawn with replacement, and whether they leave rows out and hold more than one class."""
    members = np.argsort(units, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(units))])
    many = len(starts) - 1
    for _ in range(100):
        picks = np.sort(random.integers(0, many, size=many))
        lengths = np.diff(starts)[picks]
        offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        drawn = members[np.repeat(starts[picks], lengths) + offsets]
        varied = classes is None or len(np.unique(classes[drawn])) > 1
        if varied and len(np.unique(picks)) < many:
            return drawn, True
    return drawn, False
