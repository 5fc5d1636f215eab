"""Penalties in the constraint form: minimise the loss subject to norm(w) <= c."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import CONSTRAIN_SEAM
from wellfit.techniques.operations import Builder, of_layer
from wellfit.techniques.update.schedule import LayerStrength, is_on, strength

UNIT = 16  # floats: a run's begin and end are kept as multiples, so that float32 holds them exactly


@technique("constraint")
class Constraint(Technique):
    """Holds the weights inside a ball: after each update they are moved to the nearest point with norm(w) <= c.

        norm "l2", the circle:   w <- w min(1, c / norm(w)),                     norm(w) = sqrt(sum w^2)
        norm "l1", the diamond:  w <- sign(w) max(abs(w) - s, 0), s such that sum abs(w) = c, where it was above

    w: all weights of the network, or of each layer by itself. The diamond gives exact zeros. Its s is found in float64
    by repeating s = (sum over abs(w) > s of abs(w) - c) / (how many) until no weight drops out: exact, without sorting.

    radius: c, at least 0; 0, the default, is off; may carry a schedule; with scope "layer" it may be a list: one for
        each hidden layer and the output. norm: "l2" (default) or "l1". scope: "network" (default) or "layer".
    biases: hold biases, gamma and beta too, default no. Frozen weights neither count nor move.
    The constraint form says how large the weights may be; the penalty that has the same minimum has the multiplier
    lambda = -(g . w) / (w . w) (circle, l2's lambda) or -(g . w) / sum abs(w) (diamond, l1's lambda), with g the full
    gradient at the minimum: `wellfit.engines.compiled.measure.multipliers.multipliers` reports it.
    Cost: two passes over the weights; the diamond three to twenty. The projection is Euclidean: with plain descent and
    momentum the limit is the constrained minimum; adaptive optimisers, which scale each weight's step by itself, end
    elsewhere on the ball's surface. When not: before batch or layer normalisation, which undo any scale.

    >>> from wellfit import Recipe
    >>> Recipe(constraint={"radius": 5.0, "norm": "l1"}, optimizer="momentum").constraint.scope
    'network'

    Source: Goodfellow, Bengio & Courville, 7.2; Duchi, Shalev-Shwartz, Singer & Chandra, "Efficient projections onto
    the l1-ball", 2008; Michelot, "A finite algorithm for finding the projection of a point onto the canonical simplex",
    1986.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\text{l2:} \quad w \leftarrow w \, \min\left(1, \frac{c}{\lVert w \rVert}\right)",
        r"\text{l1:} \quad w \leftarrow \operatorname{sign}(w) \max(|w| - s, 0), \quad s \text{ such that } "
        r"\sum |w| = c",
    )
    main: ClassVar[str] = "radius"
    title: ClassVar[str] = "Ball constraint"
    seam: ClassVar[Seam] = "constrain"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    example: ClassVar[dict[str, Any]] = {"constraint": {"radius": 10.0, "norm": "l1"}}

    radius: LayerStrength = strength(default=0.0, layers=True)
    norm: Literal["l2", "l1"] = Field(default="l2")
    scope: Literal["network", "layer"] = Field(default="network")
    biases: bool = Field(default=False)

    @model_validator(mode="after")
    def _one_radius_for_all(self) -> Constraint:
        if isinstance(self.radius, tuple) and self.scope == "network":
            raise ValueError('a list of radii is for the scope "layer": the whole network has one')
        return self

    def operations(self, program: Builder) -> None:
        for name, (radius, runs) in constrained(program).items():
            if is_on(radius):
                where = program.setting(radius, len(runs), *(edge // UNIT for run in runs for edge in run))
                program.emit(CONSTRAIN_SEAM, KERNELS[self.norm], layer=name, settings=where)


def constrained(program: Builder) -> dict[str, tuple[Any, list[tuple[int, int]]]]:
    """The parts that the constraint holds ("network", or layers by name): radius, and runs of whole alignments."""
    chosen = program.recipe.constraint
    parts: dict[str, tuple[Any, list[tuple[int, int]]]] = {}

    def treatment(part: Any) -> tuple[str, Any]:
        name = "network" if chosen.scope == "network" else part.layer
        return name, of_layer(chosen.radius, part.layer)

    for begin, end, (name, radius) in program.runs(chosen.biases, treatment):
        parts.setdefault(name, (radius, []))[1].append((begin, -(-end // UNIT) * UNIT))
    return parts


BALL = fields("settings")


@kernel(BALL)
def project_on_circle(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Settings: radius, number of runs, begin and end of each run."""
    s = row[BALL.settings]
    radius, runs = settings[s], np.int64(settings[s + 1])
    if radius == constant(0, radius):
        return
    total = 0.0
    for r in range(runs):
        w = parameters[np.int64(settings[s + 2 + 2 * r]) * UNIT : np.int64(settings[s + 3 + 2 * r]) * UNIT]
        for i in range(len(w)):
            total += np.float64(w[i]) * np.float64(w[i])
    norm = np.sqrt(total)
    if norm > radius:
        factor = constant(radius / norm, radius)
        for r in range(runs):
            w = parameters[np.int64(settings[s + 2 + 2 * r]) * UNIT : np.int64(settings[s + 3 + 2 * r]) * UNIT]
            for i in range(len(w)):
                w[i] *= factor


@kernel(BALL)
def project_on_diamond(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Settings: radius, number of runs, begin and end of each run."""
    s = row[BALL.settings]
    radius, runs = settings[s], np.int64(settings[s + 1])
    if radius == constant(0, radius):
        return
    threshold, above = np.float64(0), np.int64(-1)
    while True:
        total, count = np.float64(0), np.int64(0)
        for r in range(runs):
            w = parameters[np.int64(settings[s + 2 + 2 * r]) * UNIT : np.int64(settings[s + 3 + 2 * r]) * UNIT]
            for i in range(len(w)):
                size = np.float64(abs(w[i]))
                if size > threshold:
                    total += size
                    count += 1
        if above < 0 and not total > radius:  # inside the ball, or a NaN, which stays to be seen
            return
        if 0 <= above <= count or count == 0:
            break
        threshold, above = (total - radius) / count, count
    reach = constant(threshold, radius)
    for r in range(runs):
        w = parameters[np.int64(settings[s + 2 + 2 * r]) * UNIT : np.int64(settings[s + 3 + 2 * r]) * UNIT]
        for i in range(len(w)):
            size = max(abs(w[i]) - reach, constant(0, reach))
            w[i] = size if w[i] > 0 else -size


KERNELS: dict[str, Kernel] = {"l2": project_on_circle, "l1": project_on_diamond}
