"""Numbers with 95 % intervals from independent repetitions of an experiment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.statistics.intervals import Estimate
from wellfit.statistics.intervals.ranges import UNBOUNDED, Range, around
from wellfit.statistics.intervals.shares import exact_share

ONE = "no interval: it takes two repetitions"


def mean_of(values: ArrayLike, within: Range = UNBOUNDED) -> Estimate:
    """The mean of independent repetitions with the interval of Student's t.

    values: (repetitions,), such as one a seed or a sample of rows; not folds, which share rows. Where all are the same,
        the interval has no width.
    within: the range of the values, which the interval never leaves (default: all numbers).

    >>> str(mean_of([1.0, 2.0, 3.0]))
    '2 (95 % interval -0.4841 to 4.484)'
    """
    found = np.asarray(values, np.float64).ravel()
    if len(found) < 2 or not np.isfinite(found).all():
        return Estimate(float(found.mean()) if len(found) else math.nan, remark=ONE if len(found) < 2 else "")
    mean, error = float(found.mean()), float(found.std(ddof=1)) / math.sqrt(len(found))
    if error == 0:
        return Estimate(mean, mean, mean)
    return Estimate(mean, *around(mean, error, len(found) - 1, within))


def difference(first: ArrayLike, second: ArrayLike) -> Estimate:
    """The mean of first - second over repetitions that both share.

    first, second: (repetitions,), in the same order: the same seeds or the same samples.
    """
    return mean_of(_array(first) - _array(second))


def ratio(first: ArrayLike, second: ArrayLike) -> Estimate:
    """The geometric mean of first / second over repetitions that both share; both above 0.

    first, second: (repetitions,), in the same order.
    """
    found = mean_of(np.log(_array(first)) - np.log(_array(second)))
    mean, low, high = (math.exp(one) for one in (found.mean, found.low, found.high))
    return Estimate(mean, low, high, found.remark)


def share(count: float, size: int) -> Estimate:
    """A share found among independent cases, with the exact interval of Clopper and Pearson.

    count: cases that have it. size: all cases.
    """
    return Estimate(count / size, *exact_share(count / size, size))


def exact(value: Any) -> Estimate:
    """A number without chance, such as the largest deviation from a formula: its interval has no width."""
    return Estimate(float(value), float(value), float(value))


def _array(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, np.float64).ravel()
