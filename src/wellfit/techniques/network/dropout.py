"""Dropout: leave out a random part of the units at each step."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, helper, kernel
from wellfit.numerics.random import purpose, purpose_key, random_bits, u32
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import FORWARD_SEAM, MODE, ROWS, SEED_KEY, TRAINING, UPDATE
from wellfit.techniques.operations import Builder
from wellfit.techniques.team import ELEMENTS, part_of
from wellfit.techniques.update.schedule import Scheduled, Strength, strength

DROPOUT = purpose("dropout", 3)


@technique("dropout")
class Dropout(Technique):
    """Drops each unit with probability `rate`, independently for every row and step; outputs are never dropped.

    Inverted form (default): h <- h m / (1 - rate), m in {0, 1} with P(m = 0) = rate; nothing is done in evaluation.
    Classic form: h <- h m in training, h <- h (1 - rate) in evaluation; its rate takes no schedule. The gradient passes
    the same mask. Evaluation so stands for the mean over all masks, which it is for a linear unit and, of logits, for
    softmax regression; `Model.averaged` gives mean and spread over masks in any network.

    rate: probability of DROPPING, in [0, 1); one number, a list with one for each hidden layer, or a schedule.
        Default 0.
        Drawn with 16 bits, so a rate is rounded to a multiple of 1/65536 and rates below 1/131072 drop nothing; the
        scale uses the rounded rate, which keeps the expectation exact.
    input_rate: the same for the network's inputs, usually small. Default 0.
    form: "inverted" (default) or "classic".
    Cost: about 1 ns a unit and row. Not for networks that underfit. Combines badly with batch norm before it.
    Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, "Dropout", 2014.

    >>> from wellfit import Recipe
    >>> Recipe(dropout=0.2).dropout.rate
    0.2
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"h \leftarrow \frac{h \, m}{1 - \text{rate}}, \quad m \in \{0, 1\}, \quad P(m = 0) = \text{rate}",
    )
    main: ClassVar[str] = "rate"
    title: ClassVar[str] = "Dropout"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("many models", "smoother function")
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "overfits": (1, "one number to raise (0.1 to 0.4), and it goes well with everything else"),
    }
    example: ClassVar[dict[str, Any]] = {"dropout": {"rate": 0.2, "input_rate": 0.05}}
    random_in_prediction: ClassVar[bool] = True

    rate: Strength | tuple[Strength, ...] = strength(default=0.0, ge=0.0, lt=1.0)
    input_rate: Strength = strength(default=0.0, ge=0.0, lt=1.0)
    form: Literal["inverted", "classic"] = Field(default="inverted")

    def forward(self, program: Builder, node: Any) -> None:
        x = program.wire(node.inputs[0])
        y = program.give(node, x.gradient)
        program.emit(
            FORWARD_SEAM, dropout_forward, dropout_backward if x.gradient >= 0 else None, layer=node.name,
            input=x.value, output=y.value, output_gradient=y.gradient, width=node.width, number=node.number,
            settings=program.setting(self.rate, self.form == "classic"), mask=program.buffer(node.width),
        )  # fmt: skip

    def refused(self, recipe: Any) -> str | None:
        rates = (*recipe.dropout_rates(), self.input_rate)
        if self.form == "classic" and any(isinstance(rate, Scheduled) for rate in rates):
            return (
                "classic dropout scales by its rate at prediction, which a schedule leaves open: "
                'use the form "inverted" with a schedule'
            )
        return None

    def kept(self, rate: Any = None) -> float:
        """The probability of keeping a unit, as it is rounded to 16 bits. rate: default its own, if that is one number;
        of one with a schedule its value.
        """
        rate = self.rate if rate is None else rate
        return float(1 - np.floor(float(getattr(rate, "value", rate)) * 65536 + 0.5) / 65536)

    def kept_share(self, rate: Any = None) -> np.float32:
        """What evaluation multiplies by: the share of units that classic dropout keeps, 1 for the inverted form."""
        return np.float32(self.kept(rate) if self.form == "classic" else 1)


@helper
def evaluation_factor(rate: Any, classic: Any) -> Any:
    """What stands for the mask in evaluation: 1 for the inverted form, the share that is kept for the classic one."""
    if classic == constant(0, rate):
        return constant(1, rate)
    threshold = u32(rate * constant(65536, rate) + constant(0.5, rate))
    return constant(1, rate) - constant(threshold, rate) / constant(65536, rate)


DROP = fields("input output output_gradient width settings mask number")


@kernel(DROP, shared=True)
def dropout_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """One hash serves two units: its low half the first half of the buffer, its high half the second."""
    n = clock[ROWS] * row[DROP.width]
    x, y = (
        work[row[DROP.input] : row[DROP.input] + n],
        work[row[DROP.output] : row[DROP.output] + n],
    )
    rate, classic = settings[row[DROP.settings]], settings[row[DROP.settings] + 1]
    if clock[MODE] < TRAINING:
        factor = evaluation_factor(rate, classic)
        begin, end = part_of(n, ELEMENTS, clock)
        x, y = x[begin:end], y[begin:end]
        for i in range(end - begin):
            y[i] = x[i] * factor
        return
    half = (n + 1) // 2
    begin, end = part_of(n - half, ELEMENTS, clock)
    mask = work[row[DROP.mask] : row[DROP.mask] + n]
    last = end if end < n - half else half  # where n is odd the first half has one more
    draw_mask(mask[begin:last], mask[half + begin : half + end], begin, rate, classic, row[DROP.number], clock)
    apply_mask(x[begin:last], mask[begin:last], y[begin:last])
    apply_mask(x[half + begin : half + end], mask[half + begin : half + end], y[half + begin : half + end])


@helper
def apply_mask(x: Any, mask: Any, y: Any) -> None:
    """Y = X mask."""
    for i in range(len(y)):
        y[i] = x[i] * mask[i]


@helper
def draw_mask(first: Any, second: Any, counter: Any, rate: Any, classic: Any, number: Any, clock: Any) -> None:
    """Fill two parts of a mask, the first as long as the second or longer by one. counter: of the first hash."""
    threshold = u32(rate * constant(65536, rate) + constant(0.5, rate))
    zero, one = constant(0, rate), constant(1, rate)
    keep = one - constant(threshold, rate) / constant(65536, rate)
    kept = one if classic != zero else one / keep
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(DROPOUT), u32(number), u32(clock[UPDATE]), key1)
    for i in range(len(second)):
        bits = random_bits(u32(counter + i), key1, key2)
        first[i] = zero if u32(bits & u32(0xFFFF)) < threshold else kept
        second[i] = zero if u32(bits >> u32(16)) < threshold else kept
    if len(second) < len(first):
        bits = random_bits(u32(counter + len(second)), key1, key2)
        first[len(second)] = zero if u32(bits & u32(0xFFFF)) < threshold else kept


@kernel(DROP, shared=True)
def dropout_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The gradient passes the mask of the forward pass, in place; in evaluation the factor that stands for it."""
    n = clock[ROWS] * row[DROP.width]
    begin, end = part_of(n, ELEMENTS, clock)
    g = work[row[DROP.output_gradient] + begin : row[DROP.output_gradient] + end]
    mask = work[row[DROP.mask] + begin : row[DROP.mask] + end]
    if clock[MODE] < TRAINING:
        factor = evaluation_factor(settings[row[DROP.settings]], settings[row[DROP.settings] + 1])
        for i in range(end - begin):
            g[i] *= factor
        return
    for i in range(end - begin):
        g[i] *= mask[i]


KERNELS: dict[str, Any] = {"forward": dropout_forward, "backward": dropout_backward}
