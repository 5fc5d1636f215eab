"""Early stopping: which weights are kept and when a run ends, from the validation errors alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Weights = TypeVar("Weights")


def algorithm_7_1(
    weights: Weights,
    train: Callable[[Weights, int], Weights],
    validation_error: Callable[[Weights], float],
    n: int,
    p: int,
) -> tuple[Weights, int, float]:
    """Goodfellow, Bengio and Courville 2016, algorithm 7.1, letter by letter.

    n updates between evaluations, patience p evaluations; train(weights, n) makes n updates. Returns the best weights
    theta*, the updates i* that made them, and their error v*. A tie or a NaN is no improvement.
    """
    theta, i, j, v = weights, 0, 0, math.inf
    best_theta, best_i = theta, i
    while j < p:
        theta = train(theta, n)
        i = i + n
        error = validation_error(theta)
        if error < v:
            j, best_theta, best_i, v = 0, theta, i, error
        else:
            j = j + 1
    return best_theta, best_i, v


@dataclass(frozen=True)
class Outcome:
    """kept: index of the evaluation whose weights are kept, -1 for those before training; made: evaluations made."""

    kept: int
    made: int
    error: float


def strict(errors: Sequence[float], patience: int | None) -> Outcome:
    """Algorithm 7.1 over errors known beforehand; they may run out before the patience does."""
    kept, waited, best = -1, 0, math.inf
    for index, error in enumerate(errors):
        if error < best:
            kept, waited, best = index, 0, error
        else:
            waited += 1
        if patience is not None and waited >= patience:
            return Outcome(kept, index + 1, best)
    return Outcome(kept, len(errors), best)


def last_of_the_best(errors: Sequence[float], patience: int | None = None, minimum_improvement: float = 0.0) -> Outcome:
    """The default: a tie replaces the kept weights and does not reset patience.

    Patience starts anew where the error is more than minimum_improvement below the error at its last start; small
    gains therefore add up. Without patience all evaluations are made.
    """
    kept, waited, best, reference = -1, 0, math.inf, math.inf
    for index, error in enumerate(errors):
        if error <= best:
            kept, best = index, error
        if error < reference - minimum_improvement:
            waited, reference = 0, error
        else:
            waited += 1
        if patience is not None and waited >= patience:
            return Outcome(kept, index + 1, best)
    return Outcome(kept, len(errors), best)
