"""Sharpness-aware minimisation: descend by the gradient at the worst point nearby."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import GRADIENT_FIRST, PERTURB_SEAM, TRAINED
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.clipping import norm_of
from wellfit.techniques.update.schedule import Strength, is_on, strength


@technique("sharpness_aware")
class SharpnessAware(Technique):
    """Takes the gradient where the loss is highest within a small ball around the weights, to first order.

    e = radius g / norm(g), g the gradient of the batch's data loss at w, over all trained parameters; the update at w
    then uses the gradient at w + e: of the data loss and of penalties and priors. Minima whose surroundings are low as
    well are preferred to narrow ones.

    radius: rho, at least 0, default 0, an absolute length in the space of all trained parameters (0.05 is common); may
        carry a schedule.
    Both passes have the same rows and masks; moving statistics, the history's training losses and the first gradient
    come from w. The penalties in the history's objective are those of w + e, as the update has them. With Nesterov's
    momentum both displacements are added.
    Cost: one more forward and backward pass a step. Not where time counts more than the last tenth of a per cent.
    Source: Foret, Kleiner, Mobahi & Neyshabur, "Sharpness-aware minimization for efficiently improving generalization",
    2021. Their optional second norm (p other than 2) is left out.

    >>> from wellfit import Recipe
    >>> Recipe(sharpness_aware=0.05).sharpness_aware.radius
    0.05
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"e = \rho \, \frac{g(w)}{\lVert g(w) \rVert}, \quad w \leftarrow w + \delta\left(g(w + e)\right)",
    )
    main: ClassVar[str] = "radius"
    title: ClassVar[str] = "SAM, sharpness-aware minimisation"
    seam: ClassVar[Seam] = "perturb"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("wider minima",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "noisy labels")
    example: ClassVar[dict[str, Any]] = {"sharpness_aware": 0.05}

    radius: Strength = strength(default=0.0)

    def operations(self, program: Builder) -> None:
        if is_on(self.radius):
            program.clock[GRADIENT_FIRST] = 1
            program.emit(PERTURB_SEAM, climb, settings=program.setting(self.radius))


CLIMB = fields("settings")


@kernel(CLIMB)
def climb(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """w <- w + radius g / norm(g) on the copy of the parameters."""
    radius, n = settings[row[CLIMB.settings]], clock[TRAINED]
    norm = norm_of(gradient, n)
    if norm == 0.0:
        return
    factor = constant(np.float64(radius) / norm, radius)
    for i in range(n):
        parameters[i] += factor * gradient[i]
