"""How many of each candidate's fold networks the model keeps, so that it predicts fast enough.

Candidates differ more than the folds of one do, so that one network of each of many candidates is better than all
folds of few. Of an ensemble with weights w, k_c networks of candidate c average to an own error of variance
sum w_c^2 s^2 / k_c: networks are added where that falls most for what they cost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def allocate(weights: Float64, costs: Float64, folds: int, most_cost: float) -> NDArray[np.int64]:
    """How many networks (candidates,) each candidate keeps, 1 to `folds` where its weight is above 0, else 0.

    weights, costs: (candidates,), costs of one network each. Every candidate keeps one, whatever it costs.
    """
    kept = (weights > 0).astype(np.int64)
    left = most_cost - float(costs @ kept)
    while True:
        gain = np.where((kept > 0) & (kept < folds), weights**2 / np.maximum(kept * (kept + 1), 1), 0.0)
        gain = np.where(costs <= left, gain / np.maximum(costs, 1e-12), 0.0)
        if not gain.max() > 0:
            return kept
        chosen = int(gain.argmax())
        kept[chosen] += 1
        left -= float(costs[chosen])


def effective_networks(weights: Float64, kept: NDArray[np.int64]) -> float:
    """As how many networks of each candidate they average out: sum w^2 / sum (w^2 / k)."""
    squares = weights**2
    return float(squares.sum() / np.sum(squares[kept > 0] / kept[kept > 0]))


def folds_kept(kept: Sequence[int], folds: Sequence[int]) -> list[list[int]]:
    """Which of these folds' networks each candidate keeps: turn by turn, so that all rows have trained about equally
    many.
    """
    first, chosen = 0, []
    for many in kept:
        chosen.append(sorted(folds[(first + j) % len(folds)] for j in range(many)))
        first += many
    return chosen
