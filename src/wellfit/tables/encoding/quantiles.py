"""Centre, scale, quantiles and bins of columns of numbers; a weight k counts as k equal rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.recipe import Recipe
from wellfit.techniques.rows.scaling import QuantileScaling, Scaling

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
NO_WIDTH = 1 / float(np.finfo(np.float32).max)  # the inverse of what is narrower is infinite in float32
QUARTERS = np.array([0.25, 0.5, 0.75])
FEW = 8  # quantiles, for which values are parted rather than sorted: half the time
JUST_ABOVE = 1 + 3e-12  # passes over a cumulative share that equals the one asked for, but for rounding


def weighted_quantile(values: Float32 | Float64, weight: Float64, q: Float64) -> Float64:
    """The smallest values at which the weights' cumulative share reaches q: weight k counts as k equal rows."""
    if weight.min() == weight.max():  # the common case needs no order, and sorts several times faster
        positions = np.ceil(q * len(values) * (1 - 1e-12)).astype(np.int64) - 1
        places = np.clip(positions, 0, len(values) - 1)
        ordered = np.partition(values, places) if len(q) <= FEW else np.sort(values)
        return ordered[places].astype(np.float64)
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order])
    positions = np.searchsorted(cumulative, q * cumulative[-1] * (1 - 1e-12), side="left")
    return np.asarray(values[order][np.minimum(positions, len(values) - 1)], dtype=np.float64)


def middle_quantiles(values: Float32 | Float64, weight: Float64) -> tuple[float, float, float]:
    """The quartiles and the median, where two values are equally near their mean; weight k counts as k equal rows."""
    found = weighted_quantile(values, weight, np.concatenate([QUARTERS, QUARTERS * JUST_ABOVE]))
    first, median, third = ((found[:3] + found[3:]) / 2).tolist()
    return first, median, third


def fit_numbers(
    numbers: Float32 | Float64, weight: Float64, scaling: Scaling
) -> tuple[Float64, Float64, Float64, Float64]:
    """Centre, scale (both (columns,)), knots (columns, knots) and scores (knots,). numbers: (rows, columns), NaN
    missing.
    """
    columns = numbers.shape[1]
    centre, scale = np.zeros(columns), np.zeros(columns)
    knots = scaling.knots if isinstance(scaling, QuantileScaling) else 0
    table = np.zeros((columns, knots))
    levels = (np.arange(knots) + 0.5) / max(knots, 1)
    for j in range(columns):
        v: Any = np.ascontiguousarray(numbers[:, j])
        w = weight
        seen = ~np.isnan(v)
        if seen.any():
            if not seen.all():
                v, w = v[seen], weight[seen]
            centre[j], scale[j] = _centre_and_scale(v, w, scaling.name)
            if not knots:
                continue
            table[j] = weighted_quantile(v, w, levels)
    return centre, scale, table, _normal_scores(levels)


def _centre_and_scale(v: Float32 | Float64, w: Float64, method: str) -> tuple[float, float]:
    """Centre and factor of one column; the factor of a constant column is 0."""
    low, high = float(v.min()), float(v.max())
    if method == "none":
        return 0.0, 1.0
    if high - low < NO_WIDTH:
        return low, 0.0
    if method == "min_max":
        return low, 1 / (high - low)
    if method == "standard":
        v = v.astype(np.float64)
        mean = float(np.average(v, weights=w))
        spread = float(np.sqrt(np.average((v - mean) ** 2, weights=w)))
        return mean, 1 / spread if spread > NO_WIDTH else 0.0
    first, median, third = middle_quantiles(v, w)
    return median, 1 / (third - first if third - first > NO_WIDTH else (high - low) / 2)


def _normal_scores(levels: Float64) -> Float64:
    from scipy.special import ndtri

    return np.asarray(ndtri(levels), dtype=np.float64)


def fit_edges(numbers: Float32 | Float64, weight: Float64, recipe: Recipe) -> tuple[Float64, ...]:
    """Edges of the bins of each column for a piecewise linear embedding; () without one."""
    if recipe.number_embedding.name != "piecewise":
        return ()
    found = []
    for column in numbers.T:
        seen = ~np.isnan(column)
        edges = bin_edges(column[seen], weight[seen], recipe.number_embedding.bins) if seen.any() else np.zeros(0)
        found.append(edges if len(edges) > 1 else np.zeros(0))
    return tuple(found)


def bin_edges(values: Float32 | Float64, weight: Float64, bins: int) -> Float64:
    """Edges of at most so many bins, rising: quantiles. Where some coincide, each value that holds more than a bin's
    share is an edge, and the quantiles of the other values share the bins that are left: of a column that is mostly 0
    they would be 0, and would not describe the rest.
    """
    quantiles = weighted_quantile(values, weight, np.linspace(0, 1, bins + 1))
    if (np.diff(quantiles) > 0).all():
        return quantiles
    distinct, mass = _masses(values.astype(np.float64), weight)
    heavy = np.zeros(len(distinct), dtype=bool)
    while True:
        left = bins - np.count_nonzero(heavy)
        further = ~heavy & (mass * left > mass[~heavy].sum() * (1 + 1e-12))
        if not further.any():
            break
        heavy |= further
    edges = distinct[heavy]
    if not heavy.all():
        # The outer bins go on beyond their edges: between a heavy value and the one next to it they would be slivers.
        low, high = int(heavy[0]), int(heavy[-1])
        others = weighted_quantile(distinct[~heavy], mass[~heavy], np.linspace(0, 1, left + 1 + low + high))
        edges = np.append(edges, others[low : len(others) - high])
    return np.unique(edges)


def _masses(values: Float64, weight: Float64) -> tuple[Float64, Float64]:
    """The distinct values, rising, and the weight that each holds."""
    if weight.min() == weight.max():  # needs no order of the weights
        distinct, counts = np.unique(values, return_counts=True)
        return distinct, np.asarray(counts * float(weight[0]), dtype=np.float64)
    order = np.argsort(values)
    sorted_values = values[order]
    starts = np.flatnonzero(np.append(True, sorted_values[1:] != sorted_values[:-1]))
    mass: Float64 = np.add.reduceat(weight[order], starts).astype(np.float64)
    return sorted_values[starts], mass
