"""Slow references of what changes rows and targets at random, handed their draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Cells = list[list[int]]  # the columns of each cell


def next_of_class(y: NDArray[Any], i: int) -> int:
    """The next row with the same labels, going round; i itself if there is none."""
    for k in [*range(i + 1, len(y)), *range(i)]:
        if np.array_equal(y[k], y[i]):
            return k
    return i


def swap(x: Array, y: NDArray[Any], cells: Cells, taken: NDArray[np.bool_]) -> Array:
    """Each taken cell (rows, cells) comes from the next row of the class, as it was before."""
    new = x.copy()
    for i in range(len(x)):
        donor = next_of_class(y, i)
        for c, columns in enumerate(cells):
            if taken[i, c]:
                new[i, columns] = x[donor, columns]
    return new


def cut_out(x: Array, cells: Cells, gone: NDArray[np.bool_]) -> Array:
    """Cells (rows, cells) set to 0."""
    new = x.copy()
    for i, c in zip(*np.nonzero(gone), strict=True):
        new[i, cells[c]] = 0.0
    return new


def mixup(x: Array, y: Array, w: Array, shares: Array, whole: list[int]) -> tuple[Array, Array, Array]:
    """Each row mixed with the next one, going round; shares (rows,) of its own; the columns `whole` stay its own."""
    after = np.roll(np.arange(len(x)), -1)
    s = shares[:, None]
    mixed = s * x + (1 - s) * x[after]
    mixed[:, whole] = x[:, whole]
    return mixed, s * y + (1 - s) * y[after], shares * w + (1 - shares) * w[after]


def cutmix(x: Array, y: Array, w: Array, cells: Cells, taken: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Taken cells (rows, cells) come from the next row, going round; targets and weights by their share."""
    after = np.roll(np.arange(len(x)), -1)
    new = x.copy()
    for i, c in zip(*np.nonzero(taken), strict=True):
        new[i, cells[c]] = x[after[i], cells[c]]
    own = 1 - taken.mean(axis=1)
    return new, own[:, None] * y + (1 - own[:, None]) * y[after], own * w + (1 - own) * w[after]


def smooth(y: Array, classes: int, eps: float, form: str) -> Array:
    """Targets between 0 and 1, by linear interpolation between where the form puts 0 and where it puts 1."""
    low = eps / (classes - 1) if form == "others" else eps / classes
    high = 1 - eps if form == "others" else 1 - eps + eps / classes
    return low + y * (high - low)
