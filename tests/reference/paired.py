"""A paired difference as the books write it, with loops: corrected resampled t, analysis of variance."""

from __future__ import annotations

import math

import numpy as np


def corrected_t(values: np.ndarray, ratio: float) -> tuple[float, float]:
    """Mean and squared standard error over folds of values (folds, seeds): Nadeau & Bengio (2003), equation 8."""
    folds = [sum(row) / len(row) for row in values.tolist()]
    mean = sum(folds) / len(folds)
    variance = sum((one - mean) ** 2 for one in folds) / (len(folds) - 1)
    return mean, (1 / len(folds) + ratio) * variance


def two_way(values: np.ndarray) -> tuple[float, float]:
    """Variances of a seed's effect on all folds and of the rest, from the mean squares of a table (folds, seeds)."""
    folds, seeds = values.shape
    mean = values.mean()
    of_seeds, rest = 0.0, 0.0
    for s in range(seeds):
        effect = values[:, s].mean() - mean
        of_seeds += folds * effect**2 / (seeds - 1)
        for j in range(folds):
            off = values[j, s] - values[j].mean() - effect
            rest += off**2 / ((folds - 1) * (seeds - 1))
    return max(of_seeds - rest, 0.0) / folds, rest


def holm(p: list[float]) -> list[float]:
    """Adjusted p: the largest over all smaller p of (number not yet rejected) times p."""
    return [min(1.0, max((sum(other >= one for other in p)) * one for one in p if one <= own)) for own in p]


def welch_satterthwaite(parts: list[float], freedoms: list[float]) -> float:
    """Degrees of freedom of a sum of mean squares."""
    return sum(parts) ** 2 / math.fsum(part**2 / freedom for part, freedom in zip(parts, freedoms, strict=True))
