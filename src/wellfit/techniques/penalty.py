"""Penalties: minimise the mean data loss plus lambda times the size of the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, kernel
from wellfit.techniques.base import Technique, technique
from wellfit.techniques.layout import PARAMETERS, PARAMETERS_2, PENALTY, SETTINGS
from wellfit.techniques.schedule import Strength, strength


class Penalty(Technique):
    """A term added to the loss. Weights are penalised; biases and gains only where asked."""

    strength: Strength = strength(default=0.0)
    biases: bool = Field(default=False)


@technique("l2")
class L2(Penalty):
    """L2, coupled: adds (lambda / 2) sum w^2 to the mean loss, so lambda w to the gradient, which the optimiser then
    sees.

    strength: lambda, at least 0, default 0; may carry a schedule. biases: penalise biases, gamma and beta too,
        default no.
    scikit-learn's MLP has alpha / (2 n) sum w^2: lambda = alpha / n; Ridge has alpha sum w^2 beside an unaveraged
    sum of squares: lambda = alpha / n with this library's 1/2 on the squared error.
    Cost: one pass over the weights. When not: with Adam and its kin, whose division weakens it where gradients are
    large: use weight_decay.
    Source: Hoerl & Kennard, 1970; Goodfellow, Bengio & Courville, 7.1.1.

    >>> from wellfit import Recipe
    >>> Recipe(l2=0.001).l2.strength
    0.001
    """


@technique("l1")
class L1(Penalty):
    """L1: adds lambda sum abs(w) to the mean loss, so lambda sign(w), sign(0) = 0, to the gradient.

    The subgradient makes weights small but not exactly zero. strength: lambda, at least 0, default 0; may carry a
    schedule.
    biases: default no. scikit-learn's Lasso has alpha in the same place (1 / (2 n) sum of squares): lambda = alpha.
    Cost: one pass over the weights. When not: where many inputs say the same, of which it keeps one by chance; elastic
    net then.
    Source: Tibshirani, 1996.

    >>> from wellfit import Recipe
    >>> Recipe(l1={"strength": 0.001, "biases": True}).l1.biases
    True
    """


@kernel
def l2_gradient(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g + lambda w over one run of penalised parameters."""
    w, g = parameters[row[PARAMETERS] : row[PARAMETERS_2]], gradient[row[PARAMETERS] : row[PARAMETERS_2]]
    strength = settings[row[SETTINGS]]
    total = constant(0, strength)
    for i in range(len(w)):
        total += w[i] * w[i]
        g[i] += strength * w[i]
    sums[PENALTY] += 0.5 * np.float64(strength) * np.float64(total)


@kernel
def l1_gradient(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g + lambda sign(w) over one run of penalised parameters."""
    w, g = parameters[row[PARAMETERS] : row[PARAMETERS_2]], gradient[row[PARAMETERS] : row[PARAMETERS_2]]
    strength = settings[row[SETTINGS]]
    total = constant(0, strength)
    zero = constant(0, strength)
    for i in range(len(w)):
        total += abs(w[i])
        g[i] += strength if w[i] > zero else (-strength if w[i] < zero else strength * w[i])
    sums[PENALTY] += np.float64(strength) * np.float64(total)


KERNELS: dict[str, Kernel] = {"l2": l2_gradient, "l1": l1_gradient}


def penalty_value(penalty: Penalty, factor: float, weights: Any) -> float:
    """The penalty of some weights, in float64. factor: the schedule's, 1 without one."""
    base = penalty.strength if isinstance(penalty.strength, float | int) else penalty.strength.value
    w = np.asarray(weights, dtype=np.float64)
    size = 0.5 * np.square(w).sum() if isinstance(penalty, L2) else np.abs(w).sum()
    return float(base * factor * size)
