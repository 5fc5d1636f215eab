"""Made tables that the experiments on penalties share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.lab.base.data import Rows

Float64 = NDArray[np.float64]


def ring(rows: int, seed: int = 0) -> Rows:
    """Two columns from -1 to 1; class 1 lies inside a circle, and a row in ten has the other class."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, (rows, 2))
    inside = (X**2).sum(axis=1) < 0.6
    return Rows(X, (inside ^ (rng.random(rows) < 0.1)).astype(np.int64))


def linear(rows: int, informative: int, noise: int, seed: int = 0) -> tuple[Float64, Float64]:
    """Independent columns, the first of which give the target with weights 1, the others nothing; noise of sd 1."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, informative + noise))
    return X, X[:, :informative].sum(axis=1) + rng.normal(size=rows)
