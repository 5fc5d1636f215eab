"""Averages of weights and lookahead, written out from their definitions in NumPy float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def running_average(weights: list[Vector], half_life: float, corrected: bool = True) -> Vector:
    """The exponential average of all weights so far, newest last. half_life: in updates."""
    beta = 0.5 ** (1 / half_life) if half_life > 0 else 0.0
    ages = np.arange(len(weights))[::-1]
    shares = beta ** ages.astype(float)
    if corrected:
        shares = shares / shares.sum()
    else:  # the first stands for all before it
        shares = shares * (1 - beta)
        shares[0] = beta ** float(ages[0])
    return np.asarray(sum(share * w for share, w in zip(shares, weights, strict=True)))


def equal_mean(weights: list[Vector]) -> Vector:
    """The mean of some weights."""
    return np.mean(weights, axis=0)


class Lookahead:
    """Zhang 2019, algorithm 1, around any inner optimiser: hand it each of the fast weights."""

    def __init__(self, start: Vector, period: int, share: float) -> None:
        self.slow, self.period, self.share, self.t = start.copy(), period, share, 0

    def __call__(self, fast: Vector) -> Vector:
        """The fast weights after this update."""
        self.t += 1
        if self.t % self.period:
            return fast
        self.slow = self.slow + self.share * (fast - self.slow)
        return self.slow.copy()
