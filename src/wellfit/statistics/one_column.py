"""How well one column alone predicts the target, each row by the rows of the nearest values; which column does so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

LEAST_ROWS = 20  # fewer rows agree by chance


@dataclass(frozen=True)
class OneColumn:
    """What one column says of the target.

    skill: 1 - loss / loss of a constant, each row predicted without itself: 1 is perfect, 0 no better than a constant.
    one_to_one: whether column and target tell the same: a value for each class and a class for each value, or numbers
        that rise (or fall) together in every row.
    """

    skill: float
    one_to_one: bool


def class_by_column(column: NDArray[np.generic], classes: Int64, ordered: bool) -> OneColumn:
    """How well a column predicts classes: each row by the majority of the other rows of its value, or of the next value
    where it is alone.

    column: (rows,) numbers, NaN where missing, or codes. classes: (rows,) from 0 on. ordered: whether values next to
    each other tell anything, as those of numbers do.

    >>> class_by_column(np.array([1.0, 1.0, 2.0, 2.0]), np.array([0, 0, 1, 1]), True)
    OneColumn(skill=1.0, one_to_one=True)
    """
    often = np.bincount(classes)[classes] > 1  # a class of one row cannot be predicted from the others
    value, y = _places(column[often]), classes[often]
    if len(y) == 0 or len(np.unique(y)) < 2:
        return OneColumn(0.0, False)
    kinds = int(y.max()) + 1
    pairs, counts = np.unique(value * kinds + y, return_counts=True)
    of_value, of_class = np.divmod(pairs, kinds)
    majority, most, second = _majorities(of_value, of_class, counts)
    size = np.bincount(value)
    right = np.where(majority[value] == y, most[value] - 1 > second[value], False).astype(np.float64)
    alone = np.flatnonzero(size[value] == 1)
    right[alone] = _neighbour_agrees(value[alone], y[alone], majority, len(size)) if ordered else 0.0
    wrong_constant = 1 - np.bincount(y).max() / len(y)
    one_to_one = len(pairs) == len(size) == len(np.unique(y))
    return OneColumn(float(1 - (1 - right.mean()) / wrong_constant), bool(one_to_one))


def number_by_column(column: NDArray[np.generic], target: Float64, ordered: bool) -> OneColumn:
    """How well a column predicts numbers, by rank: each row by the mean of the other rows of its value, or, where it is
    alone, on the line between the next values.

    Ranks, among the different numbers, are what a monotone function of the target leaves as they are, and no outlier
    weighs more than another row.

    column: (rows,) numbers, NaN where missing, or codes. target: (rows,). ordered: as for classes.
    """
    y = _places(target).astype(np.float64)
    if len(y) == 0 or y.max() == 0:
        return OneColumn(0.0, False)
    value = _places(column)
    size = np.bincount(value)
    total = np.bincount(value, y)
    others = (total[value] - y) / np.maximum(size[value] - 1, 1)
    alone = np.flatnonzero(size[value] == 1)
    others[alone] = _between(column, value, total / size)[alone] if ordered else y.mean()
    loss, constant = np.mean((y - others) ** 2), y.var()
    pairs = len(np.unique(value * (int(y.max()) + 1) + y.astype(np.int64)))
    one_to_one = ordered and pairs == len(size) == len(np.unique(y)) and _monotone(value, y)
    return OneColumn(float(1 - loss / constant), bool(one_to_one))


def _places(values: NDArray[np.generic]) -> Int64:
    """The place of each value among the different ones, rising; missing ones are one value, the last."""
    return np.asarray(np.unique(values, return_inverse=True, equal_nan=True)[1], np.int64)


def _majorities(of_value: Int64, of_class: Int64, counts: Int64) -> tuple[Int64, Int64, Int64]:
    """For each value its most frequent class, that one's rows, and the rows of the second. of_value: rising."""
    order = np.lexsort((counts, of_value))  # of each value the most frequent class comes last
    last = np.flatnonzero(np.append(np.diff(of_value[order]) > 0, True))
    only = np.diff(last, prepend=-1) == 1
    second = np.where(only, 0, counts[order[last - 1]])
    return of_class[order[last]], counts[order[last]], second


def _neighbour_agrees(value: Int64, y: Int64, majority: Int64, many: int) -> Float64:
    """For values that one row has: whether the majority of the value before or after is its class, a half for each."""
    before, after = np.maximum(value - 1, 0), np.minimum(value + 1, many - 1)
    agrees = np.stack([majority[before] == y, majority[after] == y]).astype(np.float64)
    known = np.stack([before != value, after != value])
    return np.asarray((agrees * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _between(column: NDArray[np.generic], value: Int64, means: Float64) -> Float64:
    """For each row the point on the line from the value before its own to the one after, at its own."""
    at = np.zeros(len(means))
    at[value] = column
    place = np.arange(len(means))
    before, after = np.maximum(place - 1, 0), np.minimum(place + 1, len(means) - 1)
    before, after = np.where(place == 0, after, before), np.where(place == len(means) - 1, before, after)
    step = at[after] - at[before]  # 0 for the first and the last, which take the mean of their neighbour
    share = np.full(len(means), 0.5)
    np.divide(at - at[before], step, out=share, where=np.isfinite(step) & (step != 0))
    return np.asarray(means[before] + np.clip(share, 0, 1) * (means[after] - means[before]))[value]


def _monotone(value: Int64, y: Float64) -> bool:
    """Whether both rise together in every row, or one falls where the other rises."""
    steps = np.diff(y[np.argsort(value, kind="stable")])
    return bool((steps >= 0).all() or (steps <= 0).all())
