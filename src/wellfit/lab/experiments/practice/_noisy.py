"""A table on which networks overfit, which the experiments on defaults share."""

from __future__ import annotations

import numpy as np

from wellfit.lab.base.data import Rows, digits


def noisy_digits() -> Rows:
    """The digits of scikit-learn; one row in ten has a label drawn at random, in every part."""
    X, y = digits()
    rng = np.random.default_rng(0)
    return Rows(X, np.where(rng.random(len(y)) < 0.1, rng.integers(10, size=len(y)), y))
