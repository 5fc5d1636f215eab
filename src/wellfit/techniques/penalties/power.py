"""A penalty of any power of the weights."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, technique
from wellfit.techniques.layout import PENALTY
from wellfit.techniques.penalties.penalty import RUN, Array, Penalty


@technique("power")
class PowerPenalty(Penalty):
    """A power of the weights: adds lambda sum abs(w)^q to the mean loss; q = 1 is l1, q = 2 is l2 of twice lambda.

    Gradient lambda q abs(w)^(q-1) sign(w). For q < 1, where that has no bound near 0, abs(w)^q becomes
    (w^2 + s^2)^(q/2) - s^q, whose gradient lambda q w (w^2 + s^2)^(q/2 - 1) stays below lambda q s^(q-1).

    strength: lambda, at least 0, default 0; may carry a schedule, or be a list: one for each hidden layer and the
        output. exponent: q, above 0, default 0.5: favours few large weights more than l1 does.
    smoothing: s, above 0, default 0.001; used for q < 1 alone. biases: penalise biases, gamma and beta too, default no.
    Shapes: any. Cost: a power for each weight, many times l2's. When not: q < 1 is not convex, so that what is left
    depends on the start, and weights near 0 tend to stay there; q of 1 or 2 is cheaper as l1 or l2.

    >>> from wellfit import Recipe
    >>> Recipe(power={"strength": 1e-4, "exponent": 0.7}).power.exponent
    0.7

    Source: Frank & Friedman, "A statistical view of some chemometrics regression tools" (bridge regression), 1993.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"J + \lambda \sum |w|^q, \quad q < 1: \; |w|^q \rightarrow (w^2 + s^2)^{q / 2} - s^q",
    )
    main: ClassVar[str] = "strength"
    title: ClassVar[str] = "Power penalty"
    seam: ClassVar[Seam] = "penalty gradient"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    example: ClassVar[dict[str, Any]] = {"power": {"strength": 0.0001, "exponent": 0.5}}

    exponent: float = Field(default=0.5, gt=0.0)
    smoothing: float = Field(default=1e-3, gt=0.0)

    def constants(self) -> tuple[float, ...]:
        return (self.exponent, self.smoothing)

    def size(self, weights: Any) -> float:
        w, q, s = np.abs(np.asarray(weights, np.float64)), self.exponent, self.smoothing
        return float((((w * w + s * s) ** (q / 2) - s**q) if q < 1 else w**q).sum())

    def slope(self, weights: Any) -> Array:
        w, q, s = np.asarray(weights, np.float64), self.exponent, self.smoothing
        return q * w * (w * w + s * s) ** (q / 2 - 1) if q < 1 else q * np.abs(w) ** (q - 1) * np.sign(w)


@kernel(RUN)
def power_gradient(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g + lambda q abs(w)^(q-1) sign(w), smoothed for q < 1, over one run of penalised parameters."""
    w, g = parameters[row[RUN.begin] : row[RUN.end]], gradient[row[RUN.begin] : row[RUN.end]]
    strength, q, s = settings[row[RUN.settings]], settings[row[RUN.settings] + 1], settings[row[RUN.settings] + 2]
    zero, one = constant(0, strength), constant(1, strength)
    total = np.float64(0)
    slope = strength * q
    if q < one:
        half, floor = q * constant(0.5, q), np.float64(s**q)
        for i in range(len(w)):
            square = w[i] * w[i] + s * s
            power = square**half
            total += np.float64(power) - floor
            g[i] += slope * w[i] * (power / square)
    else:
        for i in range(len(w)):
            size = abs(w[i])
            power = size ** (q - one)
            total += np.float64(power * size)
            g[i] += slope * power * (one if w[i] > zero else (-one if w[i] < zero else w[i]))
    sums[PENALTY] += np.float64(strength) * total


PowerPenalty.kernel = power_gradient
