"""How smooth a network's function is: its input gradient, its roughness on lines between rows, its flatness."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.full_gradient import LossSurface
from wellfit.engines.compiled.network.predict import raw_outputs
from wellfit.engines.contract.network import Network
from wellfit.tables.arrays import Arrays, Target

Float64 = NDArray[np.float64]
MOST_COLUMNS = 64  # along which the input gradient is taken; of more, as many drawn at random stand for all
MOST_ROWS = 200
STEP = 0.02  # of a difference, in standard deviations of the column
LINES, POINTS = 64, 33  # between pairs of rows, and points on each
NOISE = 0.05  # of weights, in norms of each array
DRAWS = 8


def input_gradient(network: Network, arrays: Arrays, spread: Float64, seed: int = 0) -> float:
    """Mean over rows of the norm of the gradient of the raw outputs by the numeric columns, by central differences.

    Columns are in units of `spread` (columns,), outputs in those of the network (log odds, scaled numbers). NaN without
    numeric columns.
    """
    random = np.random.default_rng(seed)
    rows = arrays.take(np.sort(random.permutation(arrays.rows)[:MOST_ROWS]))
    columns = np.flatnonzero(spread > 0)
    if not len(columns):
        return math.nan
    chosen = np.sort(random.permutation(columns)[:MOST_COLUMNS])
    squares = np.zeros(rows.rows)
    for column in chosen:
        ends = [_moved(network, rows, int(column), sign * STEP * spread[column]) for sign in (1.0, -1.0)]
        squares += (((ends[0] - ends[1]) / (2 * STEP)) ** 2).sum(axis=1)
    return float(np.sqrt(squares * len(columns) / len(chosen)).mean())


def _moved(network: Network, rows: Arrays, column: int, step: float) -> Float64:
    numbers = rows.numbers.copy()
    numbers[:, column] += np.float32(step)
    moved = Arrays(numbers, rows.codes, rows.levels, rows.sparse, rows.image)
    return raw_outputs(network, moved).astype(np.float64)


def roughness(network: Network, arrays: Arrays, seed: int = 0) -> float:
    """Root mean square of the second derivative of the raw outputs on straight lines between pairs of rows, each line
    taken as of length 1: 0 of a linear function. Categories are those of the line's first row. NaN without numeric
    columns or with missing numbers alone.
    """
    if not arrays.numbers.shape[1] or arrays.rows < 2:
        return math.nan
    random = np.random.default_rng(seed)
    pairs = np.array([random.choice(arrays.rows, 2, replace=False) for _ in range(LINES)])
    share = np.linspace(0, 1, POINTS, dtype=np.float32)
    first, second = (arrays.take(pairs[:, k]) for k in range(2))
    starts = np.nan_to_num(first.numbers), np.nan_to_num(second.numbers)
    points = starts[0][:, None, :] + share[None, :, None] * (starts[1] - starts[0])[:, None, :]
    repeated = first.take(np.repeat(np.arange(LINES), POINTS))
    numbers = np.ascontiguousarray(points.reshape(LINES * POINTS, -1))
    lines = Arrays(numbers, repeated.codes, repeated.levels, repeated.sparse, repeated.image)
    z = raw_outputs(network, lines).astype(np.float64).reshape(LINES, POINTS, -1)
    bends = (z[:, 2:] - 2 * z[:, 1:-1] + z[:, :-2]) * (POINTS - 1) ** 2
    return float(np.sqrt((bends**2).sum(axis=-1).mean()))


def rise_under_noise(
    network: Network,
    arrays: Arrays,
    target: Target,
    rows: NDArray[np.int64],
    weight: NDArray[np.float32],
    seed: int = 0,
) -> float:
    """Mean rise of the loss as minimised over the rows, where each array of weights is moved by 5 % of its norm in a
    random direction. Small in a flat minimum.
    """
    surface = LossSurface(network, arrays, target, rows, weight, "float32")
    random = np.random.default_rng(seed)
    still = surface.at(surface.start).objective
    rises = []
    for _ in range(DRAWS):
        moved = surface.start.copy()
        for segment in network.segments:
            if segment.role == "statistic":
                continue
            part = slice(segment.begin, segment.end)
            drawn = random.normal(size=segment.end - segment.begin)
            norm = np.linalg.norm(drawn)
            moved[part] += NOISE * drawn / norm * np.linalg.norm(surface.start[part])
        rises.append(surface.at(moved).objective - still)
    return float(np.mean(rises))
