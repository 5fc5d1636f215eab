"""Bias and variance over all rows, with intervals over training samples and rows, and their change between recipes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.statistics.intervals import POSITIVE, UNBOUNDED, Estimate, around

Float64 = NDArray[np.float64]
Parts = dict[str, Float64]  # by name, (rows,) each
PartsOf = Callable[[Float64], Parts]


@dataclass(frozen=True)
class Decomposed:
    """The parts of the error of one recipe.

    parts: each mean over rows with its 95 % interval, by name. errors: the standard error of each.
    rows: each part, (rows,). left_out: each part's means over rows without one sample, (samples,).
    weight: (rows,), adding up to 1.
    """

    parts: dict[str, Estimate]
    errors: dict[str, float]
    rows: Parts
    left_out: Parts
    weight: Float64

    __repr__ = short_repr


def decomposed(predicted: Any, parts_of: PartsOf, weight: Any = None) -> Decomposed:
    """Means over rows of parts of the error, each with an interval for new training samples and new rows.

    The squared standard error is that of the rows, taken as independent, and that of the samples by the jackknife:
    (S - 1)/S times the sum of squares by which the S means without one sample differ from their mean.

    predicted: (samples, seeds, rows, columns).
    parts_of: of such predictions the parts by name, (rows,) each.
    weight: (rows,) of 0 or more, some above 0. None (default): 1 each.

    Source: Efron & Stein, "The jackknife estimate of variance", 1981.
    """
    h = np.asarray(predicted, np.float64)
    share = np.ones(h.shape[2]) if weight is None else np.asarray(weight, np.float64)
    share = share / share.sum()
    rows = parts_of(h)
    without = [parts_of(np.delete(h, s, axis=0)) for s in range(len(h))] if len(h) > 2 else []
    left_out = {name: np.array([float(share @ one[name]) for one in without]) for name in rows}
    found = {name: _estimate(rows[name], left_out[name], share, name != "sampling") for name in rows}
    return Decomposed(
        {name: one for name, (one, _) in found.items()}, {name: error for name, (_, error) in found.items()}, rows,
        left_out, share,
    )  # fmt: skip


def changed(first: Decomposed, second: Decomposed, name: str) -> tuple[Estimate, float]:
    """By how much a part differs, second less first, on the same samples and rows: its interval and standard error.

    name: of the part.
    """
    difference = second.left_out[name] - first.left_out[name]
    return _estimate(second.rows[name] - first.rows[name], difference, first.weight, False)


def _estimate(rows: Float64, left_out: Float64, share: Float64, positive: bool) -> tuple[Estimate, float]:
    """A mean over rows; without an interval where fewer than three samples, or two rows, show how far it spreads."""
    mean, samples = float(share @ rows), len(left_out)
    effective = float(1 / (share**2).sum())
    if samples < 3 or effective < 2 or not np.isfinite(left_out).all():
        return Estimate(mean), math.nan
    of_samples = (samples - 1) / samples * float(((left_out - left_out.mean()) ** 2).sum())
    of_rows = float((share**2 * (rows - mean) ** 2).sum()) * effective / (effective - 1)
    squared = of_samples + of_rows
    if not squared > 0:
        return Estimate(mean, mean, mean), 0.0
    freedom = squared**2 / (of_samples**2 / (samples - 1) + of_rows**2 / (effective - 1))
    low, high = around(mean, math.sqrt(squared), freedom, POSITIVE if positive and mean > 0 else UNBOUNDED)
    return Estimate(mean, low, high), math.sqrt(squared)
