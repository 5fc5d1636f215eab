"""Dealing rows into parts, each of which is predicted by what was fitted on the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def deal(rows: int, parts: int, seed: int, groups: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """A part 0 to parts - 1 for each row, as even as can be; rows of one group in one part."""
    units = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(units.max(initial=-1)) + 1
    order = np.random.default_rng([seed, 0x5E1EC7]).permutation(count)
    part = np.empty(count, np.int64)
    part[order] = np.arange(count) % max(1, min(parts, count))
    return np.asarray(part[units])
