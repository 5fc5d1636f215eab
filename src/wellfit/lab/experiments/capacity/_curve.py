"""Rows of one input whose true function is known: a sine with normal noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NOISE = 0.3  # standard deviation
GRID = np.linspace(-3, 3, 61)


def truth(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The true function at inputs of any shape."""
    return np.asarray(np.sin(1.5 * x))


def curve(rows: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inputs (rows, 1), uniform from -3 to 3, and targets (rows,). seed: every seed draws other rows."""
    random = np.random.default_rng([seed, 7])
    x = random.uniform(-3, 3, size=(rows, 1))
    return x, truth(x[:, 0]) + random.normal(0, NOISE, rows)
