"""Clipping of one update's whole gradient, all parameters in one vector.

Each returns the gradient, and whether it was changed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def by_value(gradient: Vector, low: float, high: float) -> tuple[Vector, bool]:
    """Each g_i into [low, high]; a NaN stays."""
    clipped = np.where(gradient < low, low, np.where(gradient > high, high, gradient))
    return clipped, bool(((gradient < low) | (gradient > high)).any())


def by_norm(gradient: Vector, limit: float) -> tuple[Vector, bool]:
    """g limit / norm(g) where norm(g) > limit: the direction stays."""
    norm = float(np.sqrt((gradient**2).sum()))
    if norm > limit:
        return gradient * (limit / norm), True
    return gradient, False


def share_clipped(flags: list[bool]) -> float:
    """The share of updates whose gradient was changed."""
    return sum(flags) / len(flags)


def by_percentile(gradient: Vector, norms: list[float], percentile: float, window: int) -> tuple[Vector, bool]:
    """Scaled to a percentile of the last norms; `norms` holds all earlier ones and gets this one added."""
    norms.append(float(np.sqrt((gradient**2).sum())))
    return by_norm(gradient, float(np.percentile(norms[-window:], percentile)))
