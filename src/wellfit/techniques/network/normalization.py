"""Normalisation of layers: batch normalisation and layer normalisation."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import FORWARD_SEAM, MODE, RETRAINING, ROWS, TRAINING, WEIGHTS
from wellfit.techniques.network.linear import matrix
from wellfit.techniques.operations import Builder


class Normalization(Technique):
    """What the program needs to know of a normalisation. position: "before" the activation (default) or "after" it."""

    title: ClassVar[str] = "Normalisation of layers"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("does not move", "slow", "explodes")
    has_statistics: ClassVar[bool] = False

    position: Literal["before", "after"] = "before"


@technique("normalization")
class NoNormalization(Normalization):
    """No normalisation.

    Cost: none. When not: in networks of five hidden layers or more, which batch norm or skip connections make
    trainable.

    >>> from wellfit import Recipe
    >>> Recipe(normalization="none").normalization.name
    'none'
    """

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


@technique("normalization")
class BatchNormalization(Normalization):
    """Batch normalisation: each unit gets mean beta and standard deviation gamma over the mini-batch.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with the batch's weighted mean and biased variance (sum of
    p_i (x_i - mean)^2, p_i = w_i / sum w). For inference, moving averages of the mean and of the unbiased variance
    (factor W / (W - 1), W the batch's sum of weights; biased where W < 2). gamma starts at 1, beta at 0, both learned;
    the layer's own bias is left out where batch norm follows it at once.

    At prediction it is folded into weights, with the same result to rounding and no latency: before the activation into
    the layer's own, after it into the next layer's, unless a residual connection carries the layer's output past that
    layer; there it stays. Where weights are averaged the moving averages are taken anew, exactly, over all training
    rows.

    position: "before" the activation (default) or "after" it.
    momentum: share of the NEW batch in the moving averages, in (0, 1], default 0.1.
    epsilon: above 0, default 1e-5.
    Cost: about four passes over the layer's units. Not for batches of a few rows.
    Source: Ioffe & Szegedy, "Batch normalization", 2015.

    >>> from wellfit import Recipe
    >>> Recipe(normalization={"name": "batch", "momentum": 0.2}).normalization.momentum
    0.2
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"y = \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta \quad \mu, \sigma^2 \text{ of a "
        r"unit over the rows of the batch}",
    )

    name: Literal["batch"] = "batch"
    momentum: float = Field(default=0.1, gt=0.0, le=1.0)
    epsilon: float = Field(default=1e-5, gt=0.0)
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely", "smoother function")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "does not move": (2, "keeps signals and gradients of all layers at one size, whatever the start"),
        "slow": (3, "allows higher rates, above all in networks without residual connections"),
    }
    has_statistics: ClassVar[bool] = True

    def forward(self, program: Builder, node: Any) -> None:
        x, gain = program.wire(node.inputs[0]), program.segment(node.arrays["gain"])
        y = program.give(node, x.gradient)
        forward, backward = (fixed_forward, fixed_backward) if gain.frozen else (batch_forward, batch_backward)
        program.emit(
            FORWARD_SEAM, forward, backward if x.gradient >= 0 else None, layer=node.name, input=x.value,
            output=y.value, output_gradient=y.gradient, units=node.width, gain=gain.begin,
            shift=program.segment(node.arrays["shift"]).begin, settings=program.setting(self.momentum, self.epsilon),
            moments=program.buffer(node.width, rows=2), statistics=program.segment(node.arrays["statistics"]).begin,
        )  # fmt: skip

    def refused(self, recipe: Any) -> str | None:
        if recipe.batch_size == 1:
            return "batch normalisation needs batches of at least 2 rows, but batch_size = 1: raise it"
        return None


@technique("normalization")
class LayerNormalization(Normalization):
    """Layer normalisation: each row gets mean 0 and variance 1 over the layer's units, then gamma and beta by unit.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta, moments over units, the same in training and evaluation.

    position: "before" the activation (default) or "after" it. epsilon: above 0, default 1e-5.
    Cost: about four passes over the layer's units. When not: in narrow layers, where a row's few units say little about
    its scale.
    Source: Ba, Kiros & Hinton, "Layer normalization", 2016.

    >>> from wellfit import Recipe
    >>> Recipe(normalization={"name": "layer", "position": "after"}).normalization.position
    'after'
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"y = \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta \quad \mu, \sigma^2 \text{ of a "
        r"row over the units of the layer}",
    )
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "explodes": (3, "signals cannot grow from layer to layer"),
    }

    name: Literal["layer"] = "layer"
    epsilon: float = Field(default=1e-5, gt=0.0)

    def forward(self, program: Builder, node: Any) -> None:
        x, gain = program.wire(node.inputs[0]), program.segment(node.arrays["gain"])
        y = program.give(node, x.gradient)
        program.emit(
            FORWARD_SEAM, layer_forward, layer_backward if x.gradient >= 0 else None, layer=node.name, input=x.value,
            output=y.value, output_gradient=y.gradient, units=node.width, gain=gain.begin,
            shift=program.segment(node.arrays["shift"]).begin, settings=program.setting(self.epsilon),
            moments=program.buffer(2), frozen=int(gain.frozen),
        )  # fmt: skip


BATCH = fields("input output output_gradient units gain shift settings moments statistics")


@kernel(BATCH)
def batch_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """`moments` hold the batch's mean and 1 / sqrt(variance + epsilon), (2, units)."""
    rows, units = clock[ROWS], row[BATCH.units]
    x, y = matrix(work, row[BATCH.input], rows, units), matrix(work, row[BATCH.output], rows, units)
    moments = matrix(work, row[BATCH.moments], 2, units)
    gamma = parameters[row[BATCH.gain] : row[BATCH.gain] + units]
    beta = parameters[row[BATCH.shift] : row[BATCH.shift] + units]
    moving = matrix(parameters, row[BATCH.statistics], 2, units)
    momentum, epsilon = settings[row[BATCH.settings]], settings[row[BATCH.settings] + 1]
    one, zero = constant(1, epsilon), constant(0, epsilon)
    mean, scale = moments[0], moments[1]
    if clock[MODE] == TRAINING or clock[MODE] == RETRAINING:
        w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
        total = zero
        for i in range(rows):
            total += w[i]
        mean[:] = zero
        scale[:] = zero
        for i in range(rows):
            p = w[i] / total
            for j in range(units):
                mean[j] += p * x[i, j]
        for i in range(rows):
            p = w[i] / total
            for j in range(units):
                d = x[i, j] - mean[j]
                scale[j] += p * d * d
        unbiased = total / (total - one) if total >= constant(2, epsilon) else one
        if clock[MODE] == TRAINING:
            for j in range(units):
                moving[0, j] += momentum * (mean[j] - moving[0, j])
                moving[1, j] += momentum * (unbiased * scale[j] - moving[1, j])
        for j in range(units):
            scale[j] = one / np.sqrt(scale[j] + epsilon)
    else:
        for j in range(units):
            mean[j] = moving[0, j]
            scale[j] = one / np.sqrt(moving[1, j] + epsilon)
    for i in range(rows):
        for j in range(units):
            y[i, j] = gamma[j] * ((x[i, j] - mean[j]) * scale[j]) + beta[j]


@kernel(BATCH)
def batch_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dx_i = gamma scale (g_i - p_i sum_k g_k - p_i n_i sum_k g_k n_k), n the normalised input; in place.

    Moving moments, in evaluation, are constants: dx_i = gamma scale g_i.
    """
    rows, units = clock[ROWS], row[BATCH.units]
    x, g = matrix(work, row[BATCH.input], rows, units), matrix(work, row[BATCH.output_gradient], rows, units)
    moments = matrix(work, row[BATCH.moments], 2, units)
    mean, scale = moments[0], moments[1]
    gamma = parameters[row[BATCH.gain] : row[BATCH.gain] + units]
    g_gamma = gradient[row[BATCH.gain] : row[BATCH.gain] + units]
    g_beta = gradient[row[BATCH.shift] : row[BATCH.shift] + units]
    w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    zero = constant(0, mean[0])
    total = zero
    for i in range(rows):
        total += w[i]
    g_gamma[:] = zero
    g_beta[:] = zero
    for i in range(rows):
        for j in range(units):
            g_beta[j] += g[i, j]
            g_gamma[j] += g[i, j] * ((x[i, j] - mean[j]) * scale[j])
    for i in range(rows):
        p = w[i] / total if clock[MODE] >= TRAINING else zero
        for j in range(units):
            normalised = (x[i, j] - mean[j]) * scale[j]
            g[i, j] = gamma[j] * scale[j] * (g[i, j] - p * (g_beta[j] + normalised * g_gamma[j]))


@kernel(BATCH)
def fixed_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Batch normalisation of a frozen layer: the evaluation form in every mode; moving statistics stay as they are."""
    rows, units = clock[ROWS], row[BATCH.units]
    x, y = matrix(work, row[BATCH.input], rows, units), matrix(work, row[BATCH.output], rows, units)
    scale = matrix(work, row[BATCH.moments], 2, units)[1]
    gamma = parameters[row[BATCH.gain] : row[BATCH.gain] + units]
    beta = parameters[row[BATCH.shift] : row[BATCH.shift] + units]
    moving = matrix(parameters, row[BATCH.statistics], 2, units)
    epsilon = settings[row[BATCH.settings] + 1]
    for j in range(units):
        scale[j] = constant(1, epsilon) / np.sqrt(moving[1, j] + epsilon)
    for i in range(rows):
        for j in range(units):
            y[i, j] = gamma[j] * ((x[i, j] - moving[0, j]) * scale[j]) + beta[j]


@kernel(BATCH)
def fixed_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dx = gamma scale g: the statistics are constants; in place."""
    rows, units = clock[ROWS], row[BATCH.units]
    g, scale = matrix(work, row[BATCH.output_gradient], rows, units), matrix(work, row[BATCH.moments], 2, units)[1]
    gamma = parameters[row[BATCH.gain] : row[BATCH.gain] + units]
    for i in range(rows):
        for j in range(units):
            g[i, j] = gamma[j] * scale[j] * g[i, j]


LAYER = fields("input output output_gradient units gain shift settings moments frozen")


@kernel(LAYER)
def layer_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """`moments` hold each row's mean and 1 / sqrt(variance + epsilon), (rows, 2)."""
    rows, units = clock[ROWS], row[LAYER.units]
    x, y = matrix(work, row[LAYER.input], rows, units), matrix(work, row[LAYER.output], rows, units)
    moments = matrix(work, row[LAYER.moments], rows, 2)
    gamma = parameters[row[LAYER.gain] : row[LAYER.gain] + units]
    beta = parameters[row[LAYER.shift] : row[LAYER.shift] + units]
    epsilon = settings[row[LAYER.settings]]
    share = constant(1, epsilon) / constant(units, epsilon)
    for i in range(rows):
        mean = constant(0, epsilon)
        for j in range(units):
            mean += x[i, j]
        mean *= share
        variance = constant(0, epsilon)
        for j in range(units):
            d = x[i, j] - mean
            variance += d * d
        scale = constant(1, epsilon) / np.sqrt(variance * share + epsilon)
        moments[i, 0] = mean
        moments[i, 1] = scale
        for j in range(units):
            y[i, j] = gamma[j] * ((x[i, j] - mean) * scale) + beta[j]


@kernel(LAYER)
def layer_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dx = scale (a - mean(a) - n mean(a n)) with a = gamma g and n the normalised row; in place."""
    rows, units = clock[ROWS], row[LAYER.units]
    x, g = matrix(work, row[LAYER.input], rows, units), matrix(work, row[LAYER.output_gradient], rows, units)
    moments = matrix(work, row[LAYER.moments], rows, 2)
    gamma = parameters[row[LAYER.gain] : row[LAYER.gain] + units]
    g_gamma = gradient[row[LAYER.gain] : row[LAYER.gain] + units]
    g_beta = gradient[row[LAYER.shift] : row[LAYER.shift] + units]
    zero = constant(0, gamma[0])
    share = constant(1, zero) / constant(units, zero)
    trained = row[LAYER.frozen] == 0
    if trained:
        g_gamma[:] = zero
        g_beta[:] = zero
    for i in range(rows):
        mean, scale = moments[i, 0], moments[i, 1]
        total, product = zero, zero
        for j in range(units):
            normalised = (x[i, j] - mean) * scale
            if trained:
                g_beta[j] += g[i, j]
                g_gamma[j] += g[i, j] * normalised
            total += gamma[j] * g[i, j]
            product += gamma[j] * g[i, j] * normalised
        for j in range(units):
            normalised = (x[i, j] - mean) * scale
            g[i, j] = scale * (gamma[j] * g[i, j] - share * total - normalised * share * product)
