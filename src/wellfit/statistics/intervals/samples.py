"""The mean over folds and over rows, with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.intervals.estimate import LEAST_UNITS, Estimate
from wellfit.statistics.intervals.ranges import POSITIVE, SHARE, UNBOUNDED, Range, around
from wellfit.statistics.intervals.shares import exact_share
from wellfit.statistics.intervals.units import Units, units_of

Float64 = NDArray[np.float64]
ALL_THE_SAME = 1e-12  # a standard error below this part of the mean is rounding
FEW = f"no interval: it takes {LEAST_UNITS} rows or groups of equal weight, or as much as that in uneven ones"
MOST_TIMES = 100  # of a loss: beyond it the interval says no more than that it is unknown
FEW_DECIDE = "no interval: a few rows decide it"
ALIKE = "no interval: it is the same for every row"


def over_folds(
    scores: Sequence[float] | Float64, test_to_training: float, values: Range = UNBOUNDED, size: float = 0.0
) -> Estimate:
    """The mean of J folds' scores with the corrected interval of Nadeau & Bengio.

    The standard error is sqrt((1/J + n_test/n_train) s^2), with s^2 the scores' sample variance and J - 1 degrees of
    freedom (`around`). Folds share training rows, so that s^2 / J alone would be too small. Where all folds agree there
    is no interval, since that says nothing of how far other folds would differ.

    test_to_training: n_test/n_train of a fold, 1/(k - 1) for k folds.
    values: the range of the scores, which the interval never leaves (default: all numbers).
    size: of shares, the effective number of held-out rows: the interval is then at least that of Clopper & Pearson for
        so many rows. 0 (default): the folds alone decide.

    Source: Nadeau & Bengio, "Inference for the generalization error", 2003; for repeated folds: Bouckaert & Frank,
    "Evaluating the replicability of significance tests for comparing learning algorithms", 2004.

    >>> str(over_folds([1.0, 2.0, 3.0], 0.5))
    '2 (95 % interval -1.928 to 5.928)'
    """
    found = np.asarray(scores, dtype=np.float64)
    if not len(found) or not np.isfinite(found).all():
        return Estimate(float(found.mean()) if len(found) else math.nan)
    mean = float(found.mean())
    low, high = exact_share(mean, size) if size > 0 else (math.nan, math.nan)
    alike = False
    if len(found) > 1:
        error = math.sqrt((1 / len(found) + test_to_training) * found.var(ddof=1))
        alike = error <= ALL_THE_SAME * abs(mean) and math.isnan(low)
        if error > ALL_THE_SAME * abs(mean):
            ends = around(mean, error, len(found) - 1, values)
            low, high = float(np.fmin(low, ends[0])), float(np.fmax(high, ends[1]))
    return Estimate(mean, low, high, "no interval: it is the same in every fold" if alike else "")


def over_rows(
    values: Float64, weights: NDArray[Any], within: Range = UNBOUNDED, groups: NDArray[Any] | None = None
) -> Estimate:
    """The weighted mean of rows' values with its 95 % interval.

    values: (rows,). weights: (rows,) of 0 or more; rows of weight 0 are left out.
    within: the range of the values. Of shares (`SHARE`) the interval is exact (`exact_share`); of others it comes from
        the standard error (`around`), and there is none of fewer than 10 rows, or where all values are the same.
    groups: (rows,); rows of one group are taken as one. None (default): rows are independent of each other.
    """
    kept = np.asarray(weights) > 0
    if not kept.any():
        return Estimate(math.nan)
    units = units_of(np.asarray(weights)[kept], None if groups is None else np.asarray(groups)[kept])
    found = np.asarray(values, np.float64)[kept]
    mean = float(units.share @ found)
    if not math.isfinite(mean):
        return Estimate(mean)
    if within == SHARE:
        return Estimate(mean, *exact_share(mean, units.size_of_share(found)))
    return by_spread(mean, units.means_without(found), units, within)


def by_spread(mean: float, left: Float64, units: Units, within: Range, least: float = 0.0) -> Estimate:
    """A score with the interval that its standard error makes, or the remark why there is none.

    left: (units,) the score without each unit.
    least: what the standard error is taken to be at least (default 0).
    """
    if units.effective < LEAST_UNITS:
        return Estimate(mean, remark=FEW)
    error = units.standard_error(left)
    if not error > ALL_THE_SAME * abs(mean):
        return Estimate(mean, remark=ALIKE)
    low, high = around(mean, max(error, least), units.effective - 1, within)
    if within == POSITIVE and high > MOST_TIMES * mean:
        return Estimate(mean, remark=FEW_DECIDE)
    return Estimate(mean, low, high)
