"""A penalty on the activations of the hidden units, for sparse representations."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import (
    FORWARD_SEAM,
    MODE,
    PENALTY,
    ROWS,
    TRAINING,
    WEIGHTS,
)
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, strength


@technique("activity")
class Activity(Technique):
    """Activity penalty: adds lambda times the mean over rows of the sum over units of abs(h) to the loss.

        lambda sum_i w_i sum_j abs(h_ij) / sum_i w_i

    h (rows, units) are a hidden layer's activations, w (rows,) the rows' weights. h is taken right after the
    activation: before dropout, and before normalisation where that comes after. Gradient by h_ij: lambda w_i / (sum w)
    sign(h_ij), sign(0) = 0.

    strength: lambda, at least 0, default 0 (off); may carry a schedule, or be a list with one for each hidden layer.
    It makes ReLU units silent for most rows (`Model.activation_sparsity` measures for how many) and pulls other
    activations towards 0.
    Cost: one pass over the activations each way. When not: for activations that are never 0 (sigmoid, softplus), which
    it only pushes into saturation.

    >>> from wellfit import Recipe
    >>> Recipe(hidden=(32, 16), activation="relu", activity=[1e-3, 0.0]).activity.strength
    (0.001, 0.0)

    Source: Glorot, Bordes & Bengio, "Deep sparse rectifier neural networks", 2011; Goodfellow et al. 2016, 7.10.
    """

    equations: ClassVar[tuple[str, ...]] = (r"J + \lambda \, \frac{\sum_i w_i \sum_j |h_{ij}|}{\sum_i w_i}",)
    main: ClassVar[str] = "strength"
    title: ClassVar[str] = "Activity penalty"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits",)
    example: ClassVar[dict[str, Any]] = {"activity": 0.001}

    strength: Strength | tuple[Strength, ...] = strength(default=0.0)

    def forward(self, program: Builder, node: Any) -> None:
        h = program.wire(node.inputs[0])
        program.emit(
            FORWARD_SEAM, activity_forward, activity_backward if h.gradient >= 0 else None, layer=node.name,
            input=h.value, output_gradient=h.gradient, width=node.width, settings=program.setting(self.strength),
        )  # fmt: skip


ACTIVITY = fields("input output_gradient width settings")


@kernel(ACTIVITY)
def activity_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Reports the penalty of the training pass; the activations stay as they are."""
    if clock[MODE] != TRAINING:
        return
    rows, units = clock[ROWS], row[ACTIVITY.width]
    h, w = work[row[ACTIVITY.input] : row[ACTIVITY.input] + rows * units], work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    total, weight = np.float64(0), np.float64(0)
    for i in range(rows):
        size = constant(0, w[0])
        for j in range(units):
            size += abs(h[i * units + j])
        total += np.float64(w[i]) * np.float64(size)
        weight += np.float64(w[i])
    sums[PENALTY] += np.float64(settings[row[ACTIVITY.settings]]) * total / weight


@kernel(ACTIVITY)
def activity_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g_ij <- g_ij + lambda w_i / (sum w) sign(h_ij), in place."""
    if clock[MODE] < TRAINING:  # the gradient of the data loss alone was asked for
        return
    rows, units, strength = clock[ROWS], row[ACTIVITY.width], settings[row[ACTIVITY.settings]]
    h, w = work[row[ACTIVITY.input] : row[ACTIVITY.input] + rows * units], work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    g = work[row[ACTIVITY.output_gradient] : row[ACTIVITY.output_gradient] + rows * units]
    zero, weight = constant(0, strength), np.float64(0)
    for i in range(rows):
        weight += np.float64(w[i])
    for i in range(rows):
        share = constant(np.float64(strength) * np.float64(w[i]) / weight, strength)
        for j in range(units):
            k = i * units + j
            g[k] += share if h[k] > zero else (-share if h[k] < zero else share * h[k])
