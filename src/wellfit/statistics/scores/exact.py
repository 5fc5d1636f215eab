"""Intervals that keep their width where nothing went wrong: of balanced errors, of AUC, and of medians."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.intervals import (
    LEAST_UNITS,
    SHARE,
    Estimate,
    Units,
    around,
    exact_share,
    square_and_add,
)
from wellfit.statistics.metrics.formulas import Auc, BalancedError, MedianAbsoluteError
from wellfit.statistics.scores.left_out import class_curves

Float64 = NDArray[np.float64]
Z = 1.959963984540054  # of the normal distribution, at 0.975
HALVINGS = 60  # of an interval that holds a root
LEAST_FOR_MEDIAN = 6  # rows: of fewer the median may lie outside all of them with a chance above 5 %


def balanced_interval(on_rows: BalancedError, form: Float64, units: Units) -> tuple[float, float]:
    """The exact interval of each class's error, put together as those of independent shares."""
    wrong, parts = on_rows.rows(form), []
    for number in np.unique(on_rows.own):
        rows = on_rows.own == number
        part = units.part(rows)
        error = float(part.share @ wrong[rows])
        parts.append((error, *exact_share(error, part.size_of_share(wrong[rows]))))
    return square_and_add(parts)


def auc_interval(on_rows: Auc, form: Float64, units: Units) -> tuple[float, float]:
    """Of 1 - AUC: Newcombe's interval of each class, put together, or that of the ranks' variance where it is wider.

    The first takes classes as independent of each other; the second knows that they share their rows, but has no width
    where no pair is in the wrong order.
    """
    parts, influence = [], np.zeros(form.shape[1])
    for own, loss, single in class_curves(on_rows, form):
        sizes = units.part(own).effective, units.part(~own).effective
        parts.append((loss, *newcombe(loss, *sizes)))
        influence += single
    low, high = square_and_add(parts)
    mean, left = float(np.mean([part[0] for part in parts])), units.means_without(influence / len(parts))
    error = units.standard_error(left)
    if error > 0 and units.effective >= LEAST_UNITS:
        ends = around(mean, error, units.effective - 1, SHARE)
        low, high = float(np.fmin(low, ends[0])), float(np.fmax(high, ends[1]))
    return min(max(low, 0.0), mean), max(min(high, 1.0), mean)


def newcombe(area: float, one: float, other: float) -> tuple[float, float]:
    """Newcombe's interval (method 5) of an area under the ROC curve, or of 1 minus it, from the sizes of both classes.

    Its ends are the areas that lie 1.96 of their own standard errors away, by Hanley & McNeil's variance with the mean
    of both sizes in the place of each: as Wilson's interval of a share it has a width where the area is 0 or 1.

    Source: Newcombe, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2",
    2006.

    >>> [round(end, 3) for end in newcombe(1.0, 15, 15)]
    [0.865, 1.0]
    """
    middle = (one + other) / 2 - 1

    def reach(at: float) -> float:
        inside = 1 + middle * ((1 - at) / (2 - at) + at / (1 + at))
        return Z * math.sqrt(max(at * (1 - at) * inside / (one * other), 0.0))

    def end(outer: float) -> float:
        inner = area
        for _ in range(HALVINGS):
            half = (outer + inner) / 2
            outer, inner = (half, inner) if abs(area - half) > reach(half) else (outer, half)
        return inner

    return end(0.0), end(1.0)


def median_estimate(on_rows: MedianAbsoluteError, form: Float64, units: Units) -> Estimate:
    """The median absolute error between the errors below which the least and the most share of rows may truly lie.

    Half of the rows lie below the median, and the exact interval of a half among so many rows says at which of the
    sorted errors it may be (Woodruff, 1952); of several columns the ends are averaged. It takes 6 rows.
    """
    loss = on_rows.loss(form)
    if units.effective < LEAST_FOR_MEDIAN:
        return Estimate(loss, remark=f"no interval: it takes {LEAST_FOR_MEDIAN} rows of equal weight")
    shares = exact_share(0.5, units.effective)
    ends = np.mean([_quantiles(np.abs(column), units.share, shares) for column in form], axis=0)
    if ends[0] == ends[1]:
        return Estimate(loss, remark="no interval: most rows have the same error")
    return Estimate(loss, float(ends[0]), float(ends[1]))


def _quantiles(values: Float64, share: Float64, at: tuple[float, float]) -> Float64:
    order = np.argsort(values)
    places = np.searchsorted(np.cumsum(share[order]), at, side="left")
    return np.asarray(values[order][np.minimum(places, len(values) - 1)])
