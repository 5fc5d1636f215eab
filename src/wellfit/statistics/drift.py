"""Columns that are distributed differently in two tables: tests with a correction for many, and how large it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 20_000  # of each table, drawn at random
LEAST_ROWS = 10
LEVEL = 0.01  # the chance that a table without drift is said to have some
LEAST_DISTANCE = 0.1  # of 1: below it even a certain difference hardly moves a score
LEAST_EXPECTED = 5.0  # rows of a category in each table, by the usual rule for the chi-squared test


@dataclass(frozen=True)
class Drift:
    """A difference between two samples of one column.

    distance: between 0 (alike) and 1: the largest difference of the shares below a value (Kolmogorov-Smirnov), or half
        the sum of the differences of the categories' shares (total variation).
    p: the chance of so large a difference without drift.
    """

    distance: float
    p: float


def numbers_drift(earlier: NDArray[np.generic], later: NDArray[np.generic]) -> Drift:
    """The two-sample Kolmogorov-Smirnov test. Missing values count as the largest.

    earlier, later: (rows,) numbers, NaN where missing.

    >>> numbers_drift(np.arange(100.0), np.arange(100.0) + 50).distance
    0.5
    """
    from scipy.special import kolmogorov  # scipy.stats has the test, and takes two seconds to load

    first, second = (np.sort(np.nan_to_num(np.float64(one), nan=np.inf)) for one in (earlier, later))
    every = np.concatenate([first, second])
    below = (np.searchsorted(one, every, side="right") / len(one) for one in (first, second))
    distance = float(np.abs(np.subtract(*below)).max())
    size = len(first) * len(second) / (len(first) + len(second))
    return Drift(distance, float(kolmogorov(math.sqrt(size) * distance)))


def categories_drift(earlier: NDArray[np.generic], later: NDArray[np.generic]) -> Drift:
    """The chi-squared test of two samples of categories; rare categories count as one.

    earlier, later: (rows,) codes.

    >>> categories_drift(np.zeros(50), np.ones(50)).distance
    1.0
    """
    from scipy.special import chdtrc

    place = np.unique(np.concatenate([earlier, later]), return_inverse=True)[1]
    sizes = np.array([len(earlier), len(later)], np.float64)
    parts = np.split(place, [len(earlier)])
    counts = np.array([np.bincount(part, minlength=int(place.max()) + 1) for part in parts], np.float64)
    rare = counts.sum(axis=0) * sizes.min() / sizes.sum() < LEAST_EXPECTED
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    counts = counts[:, counts.sum(axis=0) > 0]
    expected = np.outer(sizes, counts.sum(axis=0)) / sizes.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    shares = counts / sizes[:, None]
    freedom = counts.shape[1] - 1
    return Drift(float(np.abs(shares[0] - shares[1]).sum() / 2), float(chdtrc(freedom, statistic)) if freedom else 1.0)


def which_drift(found: Sequence[Drift], *, level: float = LEVEL, least_distance: float = LEAST_DISTANCE) -> list[int]:
    """Places of the differences that are large and, by the correction of Holm for as many tests, no chance.

    found: of every column. level: the chance of naming any column without drift (default 0.01). least_distance: below
    it a difference is not worth a word, however certain (default 0.1).
    """
    named = []
    for rank, place in enumerate(sorted(range(len(found)), key=lambda k: found[k].p)):
        if found[place].p > level / (len(found) - rank):
            break
        if found[place].distance >= least_distance:
            named.append(place)
    return sorted(named, key=lambda k: -found[k].distance)
