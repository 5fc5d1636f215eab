"""Adversarial training: rows changed against the network, a little, in the direction that hurts most."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.numerics.random import purpose, purpose_key, random_bits, u32
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import (
    ATTACK,
    ATTACK_SEAM,
    ATTACKS,
    RAW_NUMBERS,
    ROWS,
    SEED_KEY,
    TRAINED,
    UPDATE,
)
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, is_on, strength

ATTACK_START = purpose("attack_start", 13)

# Where each setting of the attack stands.
EPSILON, STEP, LOW, HIGH, CLEAN_SHARE, ROW_SHARE, RANDOM_START = range(7)


@technique("adversarial")
class Adversarial(Technique):
    """Trains on rows moved by at most epsilon a column in the direction in which the loss rises fastest.

    One step (fast gradient sign): x' = x + epsilon sign(dJ/dx), J the batch's data loss, x the scaled numeric columns;
    one-hot, embedded and sparse columns, marks and missing cells stay. Several steps: x' <- x' + step_size
    sign(dJ/dx'), each column kept within epsilon of x, and within [low, high] if given.

    form: "averaged" (default) minimises a J(x) + (1 - a) J(x'), a = clean_share, in [0, 1], default 0.5; "replaced"
        puts x' in the place of the first `share` of the batch's rows, in (0, 1], default 0.5, and minimises J of that
        batch.
    epsilon: at least 0, default 0, in units of the scaled column (about a standard deviation); may carry a schedule.
    steps: at least 1, default 1. step_size: above 0, in epsilons; default 1 for one step, 2.5 / steps for several.
    random_start: begin at a point drawn uniformly within epsilon, default no.
    low, high: range of the scaled columns, default none. A cell that lies outside already may move towards the range,
        never further away.
    Both passes have the same dropout masks and augmented rows. Batch normalisation takes the moments of the rows of
    each pass; the moving statistics come from the clean rows alone. The history's losses are of the clean rows;
    `robust_error` measures the others.
    Cost: one more forward and backward pass a step, and the gradient by the inputs. Not for tables in which a small
    move of a column rightly changes the answer.
    Source: Goodfellow, Shlens & Szegedy, "Explaining and harnessing adversarial examples", 2015; Madry, Makelov,
    Schmidt, Tsipras & Vladu, "Towards deep learning models resistant to adversarial attacks", 2018.

    >>> from wellfit import Recipe
    >>> Recipe(adversarial=0.1).adversarial.form
    'averaged'
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"x' = x + \epsilon \operatorname{sign}\left(\frac{\partial J}{\partial x}\right)",
        r"\text{averaged:} \quad a J(x) + (1 - a) J(x')",
    )
    main: ClassVar[str] = "epsilon"
    title: ClassVar[str] = "Adversarial training"
    seam: ClassVar[Seam] = "adversarial"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data", "smoother function")
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "over-confident")
    example: ClassVar[dict[str, Any]] = {"adversarial": 0.1}

    epsilon: Strength = strength(default=0.0)
    steps: int = Field(default=1, ge=1)
    step_size: float | None = Field(default=None, gt=0.0)
    random_start: bool = Field(default=False)
    form: Literal["averaged", "replaced"] = Field(default="averaged")
    clean_share: float = Field(default=0.5, ge=0.0, le=1.0)
    share: float = Field(default=0.5, gt=0.0, le=1.0)
    low: float | None = Field(default=None)
    high: float | None = Field(default=None)

    @model_validator(mode="after")
    def _in_order(self) -> Adversarial:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low must be below high, but low = {self.low:g} and high = {self.high:g}")
        return self

    def needs_input_gradient(self) -> bool:
        return is_on(self.epsilon)

    def operations(self, program: Builder) -> None:
        width = program.encoding.width
        if is_on(self.epsilon):
            program.clock[ATTACKS] = self.steps + self.random_start
            program.emit(
                ATTACK_SEAM, attack_forward, attack_backward, inputs=program.inputs, width=width,
                numbers=len(program.encoding.centre), clean=program.buffer(width),
                clean_gradient=program.buffer(program.trained, rows=1), input_gradient=program.input_gradient,
                settings=program.setting(*self.settings()),
            )  # fmt: skip

    def settings(self) -> tuple[Strength | float, ...]:
        """The kernel's settings, in order."""
        step = self.step_size or (1.0 if self.steps == 1 else 2.5 / self.steps)
        averaged = self.form == "averaged"
        low, high = (-1e30 if self.low is None else self.low), (1e30 if self.high is None else self.high)
        mixed = self.clean_share if averaged else 0.0, 1.0 if averaged else self.share
        return self.epsilon, step, low, high, *mixed, float(self.random_start)


ATTACKED = fields("inputs width numbers clean clean_gradient input_gradient settings")


@kernel(ATTACKED)
def attack_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """One move of the inputs (rows, width), of which the first columns are numbers.

    clean keeps the inputs as they were, clean_gradient the clean rows' gradient by the parameters.
    """
    rows, width, numbers = clock[ROWS], row[ATTACKED.width], row[ATTACKED.numbers]
    epsilon, step = settings[row[ATTACKED.settings] + EPSILON], settings[row[ATTACKED.settings] + STEP]
    low, high = settings[row[ATTACKED.settings] + LOW], settings[row[ATTACKED.settings] + HIGH]
    starts = settings[row[ATTACKED.settings] + RANDOM_START] != 0 and clock[ATTACK] == 0
    if clock[ATTACK] == 0:
        work[row[ATTACKED.clean] : row[ATTACKED.clean] + rows * width] = work[
            row[ATTACKED.inputs] : row[ATTACKED.inputs] + rows * width
        ]
        work[row[ATTACKED.clean_gradient] : row[ATTACKED.clean_gradient] + clock[TRAINED]] = gradient[: clock[TRAINED]]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(ATTACK_START), u32(0), u32(clock[UPDATE]), key1)
    zero, one, two = constant(0, epsilon), constant(1, epsilon), constant(2, epsilon)
    attacked = int(settings[row[ATTACKED.settings] + ROW_SHARE] * constant(rows, epsilon) + constant(0.5, epsilon))
    for i in range(min(attacked, rows)):
        x = work[row[ATTACKED.inputs] + i * width : row[ATTACKED.inputs] + i * width + numbers]
        clean = work[row[ATTACKED.clean] + i * width : row[ATTACKED.clean] + i * width + numbers]
        g = work[row[ATTACKED.input_gradient] + i * width : row[ATTACKED.input_gradient] + i * width + numbers]
        raw = work[clock[RAW_NUMBERS] + i * numbers : clock[RAW_NUMBERS] + (i + 1) * numbers]
        for j in range(numbers):
            if starts:
                u = constant(random_bits(u32(i * numbers + j), key1, key2) >> u32(8), epsilon)
                moved = clean[j] + epsilon * (two * u * constant(2.0**-24, epsilon) - one)
            else:
                direction = one if g[j] > zero else (-one if g[j] < zero else g[j])
                moved = x[j] + step * epsilon * direction
            moved = min(max(moved, clean[j] - epsilon), clean[j] + epsilon)
            if raw[j] == raw[j]:
                x[j] = min(max(moved, min(low, clean[j])), max(high, clean[j]))


@kernel(ATTACKED)
def attack_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- a g(clean) + (1 - a) g(attacked); the clean one as it was where epsilon is 0."""
    clean = work[row[ATTACKED.clean_gradient] : row[ATTACKED.clean_gradient] + clock[TRAINED]]
    a = settings[row[ATTACKED.settings] + CLEAN_SHARE]
    if settings[row[ATTACKED.settings] + EPSILON] == constant(0, a):
        a = constant(1, a)
    rest = constant(1, a) - a
    for i in range(clock[TRAINED]):
        gradient[i] = a * clean[i] + rest * gradient[i]
