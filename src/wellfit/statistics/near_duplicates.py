"""Rows that are nearly another row: much nearer to it than rows of this table lie to one another, with its target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.blas import single_threaded_blas

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

NEIGHBOURS = 10
CHANCE = 1e-4  # that a row without a duplicate is named
LEAST_ROWS = 30
MOST_RATIO = 0.2  # of the distance to the nearest row to that of the tenth nearest


@dataclass(frozen=True)
class NearDuplicates:
    """Pairs of rows that are nearly equal.

    pairs: (pairs, 2) row numbers, the nearest first, each pair once.
    ratio: of the distance to the nearest row to that of the tenth nearest, below which two rows count as nearly equal.
    dimension: how many dimensions the rows fill, by the distances of their neighbours; NaN: not known.
    agreement: share of the pairs whose targets agree. usual: the same of rows and an ordinary neighbour.
    """

    pairs: Int64
    ratio: float
    dimension: float
    agreement: float
    usual: float


def near_duplicates(
    X: Float32, target: Float64, *, is_class: bool, neighbours: int = NEIGHBOURS, chance: float = CHANCE,
    most_ratio: float = MOST_RATIO,
) -> NearDuplicates:  # fmt: skip
    """Rows whose nearest row is far nearer than the local density of rows explains, and has the same target.

    Of rows drawn from a density in D dimensions, the ratio of the distance to the nearest row to that of the k-th
    nearest falls below r with the chance 1 - (1 - r^D)^(k-1). D is estimated from the ratios of farther neighbours
    (Levina & Bickel, 2005), which duplicates hardly touch; r is where that chance is `chance`.

    X: (rows, inputs), encoded; equal rows given once. target: (rows,) classes from 0 on, or numbers.
    is_class: whether they are classes.
    neighbours: k (default 10). chance: of naming a row without a duplicate (default 1e-4). most_ratio: that r is at
        most (default 0.2).
    """
    rows = len(X)
    none = NearDuplicates(np.zeros((0, 2), np.int64), 0.0, math.nan, math.nan, math.nan)
    if rows < LEAST_ROWS or X.shape[1] == 0:
        return none
    distance, place = _nearest(X, min(neighbours, rows - 1))
    dimension = _dimension(distance)
    ratio = min(_threshold(dimension, distance.shape[1], chance), most_ratio)
    near = np.flatnonzero(distance[:, 0] < ratio * distance[:, -1])
    agrees = _agrees(target, place, is_class)
    usual = float(agrees[:, 1:].mean())
    found = near[agrees[near, 0]]
    pairs = np.stack([np.minimum(found, place[found, 0]), np.maximum(found, place[found, 0])], axis=1)
    pairs, first = np.unique(pairs, axis=0, return_index=True)
    order = np.argsort(distance[found[first], 0], kind="stable")
    share = float(agrees[near, 0].mean()) if len(near) else math.nan
    return NearDuplicates(np.asarray(pairs[order], np.int64), ratio, dimension, share, usual)


def _nearest(X: Float32, count: int) -> tuple[Float64, Int64]:
    """Distances to the nearest other rows, rising, and these rows; (rows, count) each."""
    from sklearn.neighbors import NearestNeighbors

    with single_threaded_blas():
        model = NearestNeighbors(n_neighbors=count, algorithm="brute" if X.shape[1] > 15 else "auto").fit(X)
        distance, place = model.kneighbors()
    return np.asarray(distance, np.float64), np.asarray(place, np.int64)


def _dimension(distance: Float64) -> float:
    """The dimension that neighbours fill: the inverse mean log ratio of the last to those of the farther half, among
    which are copies only where a row has more than five.
    """
    half = distance.shape[1] // 2
    last, middle = distance[:, -1:], distance[:, half:-1]
    known = (middle > 0).all(axis=1) & (last[:, 0] > 0)
    if not known.any():
        return math.nan
    # The ratios between the j-th and the k-th neighbour, j < k, are those of k - j uniform draws among k - 1 beyond.
    logs = np.log(last[known] / middle[known])
    count = distance.shape[1]
    expected = np.array([sum(1 / m for m in range(j, count)) for j in range(half + 1, count)])
    mean = float(logs.mean(axis=0).sum())
    return float(expected.sum() / mean) if mean > 0 else math.inf


def _threshold(dimension: float, neighbours: int, chance: float) -> float:
    """The ratio below which the nearest distance falls with a given chance, in so many dimensions."""
    if not math.isfinite(dimension) or dimension <= 0:
        return 0.0
    inner = 1 - (1 - chance) ** (1 / max(neighbours - 1, 1))
    return float(inner ** (1 / dimension))


def _agrees(target: Float64, place: Int64, is_class: bool) -> NDArray[np.bool_]:
    """Whether each row's target is that of its neighbours (rows, neighbours): equal, or of numbers within 2 % of the
    spread between the quartiles.
    """
    own = target[:, None]
    if is_class:
        return np.asarray(target[place] == own)
    low, high = np.quantile(target, [0.25, 0.75])
    spread = high - low if high > low else float(target.std())
    return np.asarray(np.abs(target[place] - own) <= 0.02 * spread)
