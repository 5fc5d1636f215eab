"""What changes the labels in training: noise on them, and smoothing."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.errors import InputError
from wellfit.numerics.draws import happens
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.numerics.random import below, purpose, purpose_key, random_bits, u32
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import (
    ROWS,
    SEED_KEY,
    TARGET_SEAM,
    UPDATE,
)
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, is_on, strength

LABEL_NOISE = purpose("label_noise", 7)


@technique("label_noise")
class LabelNoise(Technique):
    """Redraws labels at random, each with a small probability at each update.

    With probability p, independently for every row and update, y <- any of the k classes, each with probability 1 / k,
    the right one among them; so a label is wrong with probability p (k - 1) / k. Of several yes/no labels a row each is
    redrawn for itself (k = 2). y (rows,) or (rows, labels).

    probability: p, in [0, 1], default 0; may carry a schedule. Drawn with 32 bits.
    It comes before rows are mixed and before labels are smoothed, and leaves evaluation alone. Numbers and counts have
    no classes to draw from, and are refused. Row and class weights stay those of the true label.
    Cost: nothing that can be measured. Not for labels that are wrong already: there, smooth them.
    Source: Xie, Wang, Wei, Wang & Tian, "DisturbLabel: regularizing CNN on the loss layer", 2016.

    >>> from wellfit import Recipe
    >>> Recipe(label_noise=0.05).label_noise.probability
    0.05
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"y \leftarrow \text{each of the } k \text{ classes with probability } \frac{1}{k}, \text{ with "
        r"probability } p",
    )
    main: ClassVar[str] = "probability"
    title: ClassVar[str] = "Label noise (DisturbLabel)"
    seam: ClassVar[Seam] = "targets"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("over-confident", "overfits")

    probability: Strength = strength(default=0.0, le=1.0)

    def operations(self, program: Builder) -> None:
        if is_on(self.probability):
            why = "there are no classes to draw from: use input_noise"
            refuse_quantities(program, self.family, why)
            targets, columns = program.targets()
            program.emit(
                TARGET_SEAM, redraw_labels, targets=targets, columns=columns, classes=classes_of(program),
                settings=program.setting(self.probability),
            )  # fmt: skip


@technique("label_smoothing")
class LabelSmoothing(Technique):
    """Trains towards labels that are a little less sure than 0 and 1.

    For k classes, 0 and 1 become, in the form
    "all": e / k and 1 - e + e / k, with e = epsilon spread over all classes, as Szegedy et al. and PyTorch do;
    "others": e / (k - 1) and 1 - e, spread over the other classes, so that the right one gets 1 - e.
    Form "others" with e is form "all" with e k / (k - 1). Two classes, and each of several yes/no labels: k = 2.
    Cross-entropy then is minimal at these probabilities: logits stay finite. y (rows, classes).

    epsilon: in [0, 1), default 0; may carry a schedule. form: "all" (default) or "others".
    The running loss and the objective are those of the smoothed labels; every evaluation uses the true ones. Numbers
    and counts are refused.
    Cost: 1 ns a row and class. Not for a teacher whose soft answers another network learns from.
    Source: Szegedy, Vanhoucke, Ioffe, Shlens & Wojna, "Rethinking the Inception architecture", 2016; Goodfellow,
    Bengio & Courville, "Deep learning", 2016, 7.5.1 (form "others").

    >>> from wellfit import Recipe
    >>> Recipe(label_smoothing={"epsilon": 0.1, "form": "others"}).label_smoothing.epsilon
    0.1
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\text{all:} \quad 1 \rightarrow 1 - \epsilon + \frac{\epsilon}{k}, \quad 0 \rightarrow \frac{\epsilon}{k}",
        r"\text{others:} \quad 1 \rightarrow 1 - \epsilon, \quad 0 \rightarrow \frac{\epsilon}{k - 1}",
    )
    main: ClassVar[str] = "epsilon"
    title: ClassVar[str] = "Label smoothing"
    seam: ClassVar[Seam] = "targets"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("over-confident", "noisy labels")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "noisy labels": (1, "for classes: a wrong answer that is only believed by nine tenths does less harm"),
        "over-confident": (2, "the network is not asked for certainty in the first place"),
    }

    epsilon: Strength = strength(default=0.0, lt=1.0)
    form: Literal["all", "others"] = Field(default="all")

    def operations(self, program: Builder) -> None:
        if is_on(self.epsilon):
            why = "a number has no other classes: use the loss huber, or noise"
            refuse_quantities(program, self.family, why)
            targets, columns = program.targets(soft=True)
            program.emit(
                TARGET_SEAM, smooth_labels, targets=targets, columns=columns, classes=classes_of(program),
                settings=program.setting(self.epsilon, self.form == "others"),
            )  # fmt: skip


def classes_of(program: Builder) -> int:
    """Classes of a label; of each of several yes/no labels 2."""
    return program.outputs if program.kind == "classes" else 2


def refuse_quantities(program: Builder, slot: str, why: str) -> None:
    """InputError for a technique of labels where the target holds numbers or counts."""
    if program.kind in ("numbers", "counts", "tasks"):
        words = {"numbers": "a number", "counts": "a count", "tasks": "several tasks"}[program.kind]
        name = slot.replace("_", " ")
        raise InputError(f"The recipe asks for {name} ({slot}) with {words} as target, but {why}, or leave it out.")


REDRAW = fields("targets columns classes settings")


@kernel(REDRAW)
def redraw_labels(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Label k takes two hashes: counter 2 k says whether, 2 k + 1 which of the classes. A missing label stays."""
    n = clock[ROWS] * row[REDRAW.columns]
    y = work[row[REDRAW.targets] : row[REDRAW.targets] + n]
    p, classes = settings[row[REDRAW.settings]], row[REDRAW.classes]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(LABEL_NOISE), u32(0), u32(clock[UPDATE]), key1)
    for k in range(n):
        if y[k] == y[k] and happens(random_bits(u32(2 * k), key1, key2), p):
            y[k] = constant(below(random_bits(u32(2 * k + 1), key1, key2), classes), p)


SPREAD = fields("targets output classes")


@kernel(SPREAD)
def one_column_a_class(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Class indices (rows,) as 0 and 1 (rows, classes)."""
    rows, classes = clock[ROWS], row[SPREAD.classes]
    zero = constant(0, work[0])
    for i in range(rows):
        y = work[row[SPREAD.output] + i * classes : row[SPREAD.output] + (i + 1) * classes]
        y[:] = zero
        y[np.int64(work[row[SPREAD.targets] + i])] = constant(1, zero)


SMOOTH = fields("targets columns classes settings")


@kernel(SMOOTH)
def smooth_labels(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """y <- a y + b, which takes 1 and 0 to where the form says, and anything between them in proportion."""
    n = clock[ROWS] * row[SMOOTH.columns]
    y = work[row[SMOOTH.targets] : row[SMOOTH.targets] + n]
    epsilon, others = settings[row[SMOOTH.settings]], settings[row[SMOOTH.settings] + 1]
    one, k = constant(1, epsilon), constant(row[SMOOTH.classes], epsilon)
    b = epsilon / (k - one) if others != constant(0, epsilon) else epsilon / k
    a = one - epsilon - b if others != constant(0, epsilon) else one - epsilon
    for i in range(n):
        y[i] = a * y[i] + b


def write_out_classes(program: Builder, where: int, to: int) -> None:
    """Class indices (rows,) at `where` as 0 and 1 (rows, classes) at `to`."""
    program.emit(TARGET_SEAM, one_column_a_class, targets=where, output=to, classes=program.outputs)
