"""How sure a loss is that is no mean over rows: the jackknife over blocks of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.metrics import MetricOnRows
from wellfit.tables.arrays import Target

BLOCKS = 20
Statistic = Callable[[MetricOnRows, NDArray[np.int64]], float]


def deal(rows: int, parts: int, seed: int, groups: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """A part 0 to parts - 1 for each row, as even as can be; rows of one group in one part."""
    units = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(units.max(initial=-1)) + 1
    order = np.random.default_rng([seed, 0x5E1EC7]).permutation(count)
    part = np.empty(count, np.int64)
    part[order] = np.arange(count) % max(1, min(parts, count))
    return np.asarray(part[units])


def jackknife(
    metric: MetricOnRows,
    target: Target,
    weight: NDArray[np.float64],
    statistic: Statistic,
    groups: NDArray[np.int64] | None = None,
) -> tuple[float, float]:
    """A statistic of all rows, and its standard error: sqrt((J - 1)/J sum (t_j - mean t)^2), t_j without block j.

    target, weight: the rows of the metric, all of positive weight.
    statistic: of a metric on some rows, and of their numbers.
    groups: (rows,); rows of one group are in one block. NaN with fewer than 2 blocks.
    """
    rows = len(weight)
    whole = statistic(metric, np.arange(rows))
    block = deal(rows, BLOCKS, 0, groups)
    blocks = int(block.max()) + 1
    if blocks < 2:
        return whole, float("nan")
    values = []
    for j in range(blocks):
        kept = np.flatnonzero(block != j)
        values.append(statistic(type(metric)(target.take(kept), weight[kept]), kept))
    return whole, float(np.sqrt((blocks - 1) * np.var(values)))
