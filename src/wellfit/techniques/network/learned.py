"""Learned factors beside the weights: a scale for each input, a mix for each unit; and rates of kinds of parameters."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import FORWARD_SEAM, ROWS
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, strength


@technique("input_scale")
class InputScale(Technique):
    """Learned input scale: each input is multiplied by a factor of its own that is learned.

    y = x s, with x (rows, inputs) the network's inputs and s (inputs,) a parameter that starts at 1; dJ/ds = the sum
    over rows of dJ/dy x. The network turns inputs up that help and down those that do not, faster than through the
    first layer's weights. It acts after embeddings and before the inputs' dropout; s is neither penalised nor decayed
    unless biases are.

    rate: factor of the learning rate with which s learns, at least 0, default 0: off (s stays 1); the paper has 6; may
        carry a schedule.
    Cost: the gradient by the inputs, one more matrix product of the first layer's size, and a pass over the inputs.
    Not for few rows and very many inputs: it selects inputs, and so may overfit.

    >>> from wellfit import Recipe
    >>> Recipe(input_scale=6).input_scale.rate
    6.0

    Source: Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"y = x s, \quad \frac{\partial J}{\partial s} = \sum_{\text{rows}} \frac{\partial J}{\partial y} \, x",
    )
    main: ClassVar[str] = "rate"
    title: ClassVar[str] = "Learned input scale"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits", "slow")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "underfits": (2, "the columns that matter are turned up early; most recipes of the search have it"),
    }
    example: ClassVar[dict[str, Any]] = {"input_scale": 6}

    rate: Strength = strength(default=0.0)

    def forward(self, program: Builder, node: Any) -> None:
        x, scale = program.wire(node.inputs[0]), program.segment(node.arrays["scale"])
        y = program.give(node, x.gradient)
        program.emit(
            FORWARD_SEAM, scale_forward, scale_backward if x.gradient >= 0 else None, layer=node.name, input=x.value,
            output=y.value, output_gradient=y.gradient, width=node.width, scale=scale.begin, frozen=int(scale.frozen),
        )  # fmt: skip


@technique("activation_mix")
class ActivationMix(Technique):
    """Learned mix: each unit learns how much of its activation it uses, and passes its input for the rest.

    h = (1 - m) z + m f(z), with z (rows, units) the pre-activations, f the layer's activation and m (units,) a
    parameter that starts at 1; dJ/dm = the sum over rows of dJ/dh (f(z) - z). m may leave [0, 1]. It is neither
    penalised nor decayed unless biases are.

    rate: factor of the learning rate with which m learns, at least 0, default 0: off (m stays 1); the paper has 0.1;
        may carry a schedule.
    Cost: one more pass over each hidden layer, forwards and backwards.
    Not for a network of one layer that should stay interpretable: its units are no longer alike.

    >>> from wellfit import Recipe
    >>> Recipe(activation="mish", activation_mix=0.1).activation_mix.rate
    0.1

    Source: Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024 ("parametric activations").
    """

    equations: ClassVar[tuple[str, ...]] = (r"h = (1 - m) \, z + m f(z)",)
    main: ClassVar[str] = "rate"
    title: ClassVar[str] = "Parametric mix of activations"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits", "does not move")
    example: ClassVar[dict[str, Any]] = {"activation_mix": 0.1}

    rate: Strength = strength(default=0.0)


@technique("bias_rate")
class BiasRate(Technique):
    """Rate of biases: biases learn faster or slower than weights.

    b <- b + factor x the optimiser's step, with b the biases of all layers, the output's included; gains and shifts of
    a normalisation keep the learning rate.

    factor: of the learning rate, at least 0, default 1; 0 leaves biases where they start; the paper has 0.1; may carry
        a schedule.
    Cost: none. Not for networks with batch normalisation, whose shifts take the place of biases.

    >>> from wellfit import Recipe
    >>> Recipe(bias_rate=0.1).bias_rate.factor
    0.1

    Source: Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024.
    """

    equations: ClassVar[tuple[str, ...]] = (r"b \leftarrow b + \text{factor} \cdot \delta_b",)
    main: ClassVar[str] = "factor"
    title: ClassVar[str] = "Learning rate of biases"
    seam: ClassVar[Seam] = "update"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("unstable between runs", "overfits")
    example: ClassVar[dict[str, Any]] = {"bias_rate": 0.1}

    factor: Strength = strength(default=1.0)


@technique("fan_in_rate")
class FanInRate(Technique):
    """Rate by fan-in: weights with many inputs learn more slowly.

    w <- w + fan_in^-power x the optimiser's step, for the weights (fan_in, fan_out) of all layers and projections. With
    power 1/2 under Adam and its kin, whose steps do not see the gradient's size, this is the neural tangent
    parametrisation y = W x / sqrt(fan_in) with W at the learning rate; under SGD and momentum that is power 1.

    power: at least 0 and at most 2, default 0: off; the paper has the parametrisation, and with it learning rates ten
        times ours.
    Departures: decay that goes with the rate shrinks by the same factor, which the parametrisation leaves alone, and
    clipping sees the plain gradient; Adam's epsilon counts for sqrt(fan_in) times as much there.
    Cost: none. Not with the default learning rate: raise it about sqrt(fan_in)-fold.

    >>> from wellfit import Recipe
    >>> Recipe(fan_in_rate=0.5).fan_in_rate.power
    0.5

    Source: Jacot, Gabriel & Hongler, "Neural tangent kernel", 2018; Holzmueller, Grinsztajn & Steinwart, "Better by
    default", 2024.
    """

    equations: ClassVar[tuple[str, ...]] = (r"w \leftarrow w + \text{fan}_{\text{in}}^{-\text{power}} \, \delta_w",)
    main: ClassVar[str] = "power"
    title: ClassVar[str] = "Learning rate by fan-in"
    seam: ClassVar[Seam] = "update"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("unstable between runs", "explodes")
    example: ClassVar[dict[str, Any]] = {"fan_in_rate": 0.5, "optimizer": {"name": "adam", "learning_rate": 0.1}}

    power: float = Field(default=0.0, ge=0.0, le=2.0)


SCALE = fields("input output output_gradient width scale frozen")


@kernel(SCALE)
def scale_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """y = x s, column by column."""
    rows, width = clock[ROWS], row[SCALE.width]
    s = parameters[row[SCALE.scale] : row[SCALE.scale] + width]
    for i in range(rows):
        x = work[row[SCALE.input] + i * width : row[SCALE.input] + (i + 1) * width]
        y = work[row[SCALE.output] + i * width : row[SCALE.output] + (i + 1) * width]
        for j in range(width):
            y[j] = x[j] * s[j]


@kernel(SCALE)
def scale_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """ds = column sums of dy x; the gradient by x takes the place of that by y."""
    rows, width = clock[ROWS], row[SCALE.width]
    s = parameters[row[SCALE.scale] : row[SCALE.scale] + width]
    gs = gradient[row[SCALE.scale] : row[SCALE.scale] + width]
    if row[SCALE.frozen] == 0:
        gs[:] = constant(0, s[0])
    for i in range(rows):
        x = work[row[SCALE.input] + i * width : row[SCALE.input] + (i + 1) * width]
        g = work[row[SCALE.output_gradient] + i * width : row[SCALE.output_gradient] + (i + 1) * width]
        if row[SCALE.frozen] == 0:
            for j in range(width):
                gs[j] += g[j] * x[j]
        for j in range(width):
            g[j] *= s[j]


KERNELS: dict[str, Any] = {"forward": scale_forward, "backward": scale_backward}
