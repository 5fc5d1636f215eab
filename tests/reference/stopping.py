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


def algorithm_7_3(
    weights: Weights,
    train: Callable[[Weights, int], Weights],
    former_training_loss: Callable[[Weights], float],
    former_validation_loss: Callable[[Weights], float],
    n: int,
    limit: int,
) -> tuple[Weights, int]:
    """Goodfellow, Bengio and Courville 2016, algorithm 7.3, from the weights of algorithm 7.1; at most limit updates.

    train(weights, n) makes n updates on all rows. Returns the weights and the updates made.
    """
    epsilon, made = former_training_loss(weights), 0
    while former_validation_loss(weights) > epsilon and made < limit:
        few = min(n, limit - made)
        weights, made = train(weights, few), made + few
    return weights, made


# Prechelt 1998, "Early stopping - but when?", section 2, by definition: E is validation error, E_tr training error, at
# epochs t = 1, 2, ... (here: evaluations); lists start at epoch 1, so that E(t) is errors[t - 1].


def generalisation_loss(errors: Sequence[float], t: int) -> float:
    """GL(t) in percent."""
    return 100 * (errors[t - 1] / min(errors[:t]) - 1)


def training_progress(training: Sequence[float], t: int, k: int) -> float:
    """P_k(t), of the strip of k epochs that ends at t, in parts of a thousand."""
    strip = training[t - k : t]
    return 1000 * (sum(strip) / (k * min(strip)) - 1)


def stops_gl(errors: Sequence[float], alpha: float) -> int | None:
    """The epoch at which GL_alpha stops, None if it does not."""
    return next((t for t in range(1, len(errors) + 1) if generalisation_loss(errors, t) > alpha), None)


def stops_pq(errors: Sequence[float], training: Sequence[float], alpha: float, k: int) -> int | None:
    """The first end of a strip with GL(t) / P_k(t) > alpha; without progress any loss is enough."""
    for t in range(k, len(errors) + 1, k):
        lost, progress = generalisation_loss(errors, t), training_progress(training, t, k)
        if lost > 0 and (progress <= 0 or lost / progress > alpha):
            return t
    return None


def up(errors: Sequence[float], s: int, t: int, k: int) -> bool:
    """Whether UP_s stops at epoch t, the end of a strip, by its recursion."""
    if t <= k or errors[t - 1] <= errors[t - k - 1]:
        return False
    return s == 1 or up(errors, s - 1, t - k, k)


def stops_up(errors: Sequence[float], s: int, k: int) -> int | None:
    """The first end of a strip at which UP_s stops."""
    return next((t for t in range(k, len(errors) + 1, k) if up(errors, s, t, k)), None)


def stops_stalled(training: Sequence[float], least: float, k: int) -> int | None:
    """The first end of a strip whose training progress is below the least."""
    return next((t for t in range(k, len(training) + 1, k) if training_progress(training, t, k) < least), None)


def stops_growing(errors: Sequence[float], growth: float, patience: int) -> int | None:
    """The first evaluation t with t > growth b + patience, b the evaluation of the first of the best so far."""
    for t in range(1, len(errors) + 1):
        seen = list(errors[:t])
        if t > growth * (seen.index(min(seen)) + 1) + patience:
            return t
    return None
