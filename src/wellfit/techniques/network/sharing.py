"""Weight sharing: layers or units that hold one value, or values near each other."""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import FORWARD_SEAM, PENALTY, PENALTY_SEAM, ROWS
from wellfit.techniques.operations import NOWHERE, Builder
from wellfit.techniques.update.schedule import Strength, is_on, strength


class Sharing(Technique):
    """Which weights hold one value. layers, units: what belongs together; hard: as one parameter."""

    title: ClassVar[str] = "Weight sharing"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")

    name: str
    layers: ClassVar[bool] = False
    units: ClassVar[bool] = False
    hard: ClassVar[bool] = False

    def first_alike(self, hidden: tuple[int, ...], k: int) -> int:
        """The first hidden layer that belongs together with layer k: one of its fan_in and units, after the first."""
        if not self.layers or k == 0:
            return k
        return next(j for j in range(1, k + 1) if hidden[j - 1 : j + 1] == hidden[k - 1 : k + 1])

    def owner(self, hidden: tuple[int, ...], k: int) -> int:
        """The hidden layer whose weights layer k uses: k itself unless it is tied to another."""
        return self.first_alike(hidden, k) if self.hard else k

    def columns(self, units: int) -> int:
        """Different units of a layer of so many: all, unless groups of them are tied."""
        return -(-units // getattr(self, "group", 1)) if self.hard and self.units else units

    def refused(self, recipe: Any) -> str | None:
        hidden = recipe.hidden
        if self.layers and all(self.first_alike(hidden, k) == k for k in range(len(hidden))):
            return (
                f"sharing {self.name!r} needs two hidden layers after the first with equal fan_in and units, and "
                f"hidden = {hidden} has none: make three or more layers of one width"
            )
        return None


@technique("sharing")
class NoSharing(Sharing):
    """None: every weight for itself."""

    helps: ClassVar[bool] = False
    name: Literal["none"] = "none"


@technique("sharing")
class TiedLayers(Sharing):
    """Tied layers: hidden layers of equal fan_in and units are one layer applied several times.

    They use one W (fan_in, units) and one b (units,), whose gradient is the sum of those of its uses; penalties and
    decay count it once. Layers after the first are compared, since the first reads the inputs; each keeps its own
    normalisation, learned slopes and mix. Lists of strengths or rates have one value for all layers that are tied.

    Cost: the parameters of one layer instead of several; a pass over W more for each further use. Not for layers that
    should do different things, as in most networks that are wide enough.

    >>> from wellfit import Recipe
    >>> Recipe(hidden=(64, 64, 64), sharing="tied_layers").sharing.owner((64, 64, 64), 2)
    1

    Source: Rumelhart, Hinton & Williams, 1986; Goodfellow, Bengio & Courville, "Deep learning", 2016, 7.9.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"W^{(l)} = W^{(m)}, \quad b^{(l)} = b^{(m)} \quad \text{for hidden layers } l, m \text{ of one shape}",
    )

    name: Literal["tied_layers"] = "tied_layers"
    layers: ClassVar[bool] = True
    hard: ClassVar[bool] = True


@technique("sharing")
class TiedUnits(Sharing):
    """Tied units: neighbouring units of a hidden layer share their incoming weights and bias.

    Units 1 to `group` of a layer have one column of W and one bias, the next `group` another, the last group may be
    smaller: z_u = (h V + c)_(group of u) with V (fan_in, groups) and c (groups,) the parameters, whose gradients are
    sums over the group. Normalisation, slopes, mix, dropout and outgoing weights are the units' own.

    group: units of a group, at least 2, default 2.
    Cost: less than the layer without. Not for narrow layers: the layer can tell apart as many things as it has groups.

    >>> from wellfit import Recipe
    >>> Recipe(sharing={"name": "tied_units", "group": 4}).sharing.columns(128)
    32

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 7.9.
    """

    equations: ClassVar[tuple[str, ...]] = (r"z_u = (h V + c)_{\text{group of } u}",)

    name: Literal["tied_units"] = "tied_units"
    group: int = Field(default=2, ge=2)
    units: ClassVar[bool] = True
    hard: ClassVar[bool] = True

    def forward(self, program: Builder, node: Any) -> None:
        x = program.wire(node.inputs[0])
        y = program.give(node, program.buffer(node.width) if x.gradient >= 0 else NOWHERE)
        program.emit(
            FORWARD_SEAM, repeat_forward, repeat_backward if x.gradient >= 0 else None, layer=node.name, input=x.value,
            output=y.value, input_gradient=x.gradient, output_gradient=y.gradient, columns=x.width, units=node.width,
            group=self.group,
        )  # fmt: skip


@technique("sharing")
class CloseLayers(Sharing):
    """Close layers: the weights of hidden layers of equal shape are drawn towards each other.

    Adds (lambda / 2) sum over pairs of such layers of the sum of (w - w')^2 to the mean loss, over weights and biases:
    gradient lambda (n w - sum of all n). For large lambda the layers become one (tied_layers).

    strength: lambda, at least 0, default 0; may carry a schedule.
    Cost: a pass over the layers' weights for each pair. Not for layers with different tasks.

    >>> from wellfit import Recipe
    >>> Recipe(sharing={"name": "close_layers", "strength": 0.01}).sharing.strength
    0.01

    Source: Nowlan & Hinton, "Simplifying neural networks by soft weight-sharing", 1992, with given groups; Goodfellow,
    Bengio & Courville, "Deep learning", 2016, 7.9.
    """

    equations: ClassVar[tuple[str, ...]] = (r"J + \frac{\lambda}{2} \sum_{\text{pairs of layers}} \; \sum (w - w')^2",)
    seam: ClassVar[Seam] = "penalty gradient"

    name: Literal["close_layers"] = "close_layers"
    strength: Strength = strength(default=0.0)
    layers: ClassVar[bool] = True

    def operations(self, program: Builder) -> None:
        if not is_on(self.strength):
            return
        where, hidden = program.setting(self.strength), program.recipe.hidden
        found = {s.name: s for s in program.segments if not s.frozen}
        for k, name in product(range(len(hidden)), ("weight", "bias")):
            second = found.get(f"hidden{k}.{name}")
            for j in range(1, k):
                first = found.get(f"hidden{j}.{name}")
                if first and second and self.first_alike(hidden, j) == self.first_alike(hidden, k):
                    program.emit(
                        PENALTY_SEAM, close_parts, layer=second.name, one=first.begin, other=second.begin,
                        size=second.end - second.begin, settings=where,
                    )  # fmt: skip


@technique("sharing")
class CloseUnits(Sharing):
    """Close units: the incoming weights of neighbouring units are drawn towards each other.

    Adds (lambda / 2) sum over pairs of units of a group of the sum of (w - w')^2 to the mean loss, over incoming
    weights and biases of all hidden layers: gradient lambda (n w - sum of the group's n). The groups are those of
    tied_units, which large lambda approaches.

    strength: lambda, at least 0, default 0; may carry a schedule. group: units of a group, at least 2, default 2.
    Cost: a pass over the hidden layers' weights. Not for narrow layers.

    >>> from wellfit import Recipe
    >>> Recipe(sharing={"name": "close_units", "strength": 0.01}).sharing.group
    2

    Source: Nowlan & Hinton, "Simplifying neural networks by soft weight-sharing", 1992, with given groups.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"J + \frac{\lambda}{2} \sum_{\text{pairs of units of a group}} \; \sum (w - w')^2",
    )
    seam: ClassVar[Seam] = "penalty gradient"

    name: Literal["close_units"] = "close_units"
    strength: Strength = strength(default=0.0)
    group: int = Field(default=2, ge=2)
    units: ClassVar[bool] = True

    def operations(self, program: Builder) -> None:
        if not is_on(self.strength):
            return
        where, found = program.setting(self.strength), {s.name: s for s in program.segments if not s.frozen}
        for k, name in product(range(len(program.recipe.hidden)), ("weight", "bias")):
            part = found.get(f"hidden{k}.{name}")
            if part is not None:
                program.emit(
                    PENALTY_SEAM, close_units, layer=part.name, begin=part.begin, settings=where,
                    rows=part.shape[0] if name == "weight" else 1, units=part.shape[-1], group=self.group,
                )  # fmt: skip


def parts_used_again(program: Builder, node: Any, segments: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Places of the operations around an earlier use of arrays whose gradient a later layer has already written on the
    way back; none, where no later layer uses them.
    """
    nodes = program.plan.nodes
    if not any(other.arrays.get("weight") == node.arrays["weight"] for other in nodes[nodes.index(node) + 1 :]):
        return []
    return [
        {"begin": segment.begin, "end": segment.end, "copy": program.buffer(segment.end - segment.begin, rows=1)}
        for segment in segments
        if segment is not None and not segment.frozen
    ]


AGAIN = fields("begin end copy")


@kernel(AGAIN)
def nothing(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The forward pass of what acts backwards alone."""


@kernel(AGAIN)
def set_aside(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Keep the gradient of a part that a later use has written, before an earlier use writes its own."""
    begin, end = row[AGAIN.begin], row[AGAIN.end]
    for i in range(end - begin):
        work[row[AGAIN.copy] + i] = gradient[begin + i]


@kernel(AGAIN)
def add_again(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Add what was set aside."""
    begin, end = row[AGAIN.begin], row[AGAIN.end]
    for i in range(end - begin):
        gradient[begin + i] += work[row[AGAIN.copy] + i]


REPEAT = fields("input input_gradient output output_gradient columns units group")


@kernel(REPEAT)
def repeat_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Each unit gets the value of its group."""
    rows, groups, units, size = clock[ROWS], row[REPEAT.columns], row[REPEAT.units], row[REPEAT.group]
    for i in range(rows):
        for u in range(units):
            work[row[REPEAT.output] + i * units + u] = work[row[REPEAT.input] + i * groups + u // size]


@kernel(REPEAT)
def repeat_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The gradient by a group's value: the sum over its units."""
    rows, groups, units, size = clock[ROWS], row[REPEAT.columns], row[REPEAT.units], row[REPEAT.group]
    for i in range(rows):
        for j in range(groups):
            total = constant(0, work[0])
            for u in range(j * size, min((j + 1) * size, units)):
                total += work[row[REPEAT.output_gradient] + i * units + u]
            work[row[REPEAT.input_gradient] + i * groups + j] = total


CLOSE_PARTS = fields("one other size settings")


@kernel(CLOSE_PARTS)
def close_parts(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A pair of parts of `size` numbers: g += lambda (w - w'), g' -= the same."""
    a, b, strength = row[CLOSE_PARTS.one], row[CLOSE_PARTS.other], settings[row[CLOSE_PARTS.settings]]
    total = constant(0, strength)
    for i in range(row[CLOSE_PARTS.size]):
        d = parameters[a + i] - parameters[b + i]
        total += d * d
        gradient[a + i] += strength * d
        gradient[b + i] -= strength * d
    sums[PENALTY] += 0.5 * np.float64(strength) * np.float64(total)


CLOSE_UNITS = fields("begin rows units group settings")


@kernel(CLOSE_UNITS)
def close_units(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Rows of `size` numbers in groups of `group`: g += lambda (n w - sum of the group)."""
    units, size, strength = row[CLOSE_UNITS.units], row[CLOSE_UNITS.group], settings[row[CLOSE_UNITS.settings]]
    squares = 0.0
    for i in range(row[CLOSE_UNITS.rows]):
        w = parameters[row[CLOSE_UNITS.begin] + i * units : row[CLOSE_UNITS.begin] + (i + 1) * units]
        g = gradient[row[CLOSE_UNITS.begin] + i * units : row[CLOSE_UNITS.begin] + (i + 1) * units]
        for begin in range(0, units, size):
            end = min(begin + size, units)
            mean = constant(0, strength)
            for u in range(begin, end):
                mean += w[u]
            mean /= constant(end - begin, strength)
            n = constant(end - begin, strength)
            for u in range(begin, end):
                d = w[u] - mean
                g[u] += strength * n * d
                squares += np.float64(n) * np.float64(d) * np.float64(d)
    sums[PENALTY] += 0.5 * np.float64(strength) * squares
