"""Data losses: the weighted mean over the batch of what a wrong output costs."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from wellfit.numerics.kernel import Kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import LOSS_SEAM, TARGETS
from wellfit.techniques.operations import Builder, Wire
from wellfit.techniques.targets import loss_kernels as kernels


class Loss(Technique):
    """What the program needs of a loss: the targets it suits, its kernel and its number (delta, quantile)."""

    title: ClassVar[str] = "Losses"
    seam: ClassVar[Seam] = "loss"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("describes the problem",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits",)

    name: str
    kinds: ClassVar[tuple[str, ...]] = ()
    kernel: ClassVar[Kernel]

    def parameter(self) -> float:
        """The loss's one number, 0 if it has none."""
        return 0.0

    def put(self, program: Builder, z: Wire) -> None:
        """The operation of the data loss of the raw outputs."""
        targets, _ = program.targets()
        if targets != program.clock[TARGETS]:  # classes have a column each
            program.emit(
                LOSS_SEAM, kernels.soft_cross_entropy, outputs=z.value, output_gradient=z.gradient, width=z.width,
                soft_targets=targets,
            )  # fmt: skip
            return
        units = program.encoding.target_scale
        program.emit(
            LOSS_SEAM, BINARY_KERNEL if program.kind == "binary" else self.kernel, outputs=z.value,
            output_gradient=z.gradient, width=z.width,
            settings=program.setting(self.parameter(), REPORTED_FACTOR.get(self.name, 1.0), *units),
        )  # fmt: skip


@technique("loss")
class AutomaticLoss(Loss):
    """The loss that suits the target: cross-entropy for classes, multi-label for several yes/no answers, squared for
    numbers, Poisson for counts.

    Cost: that of the one it chooses. When not: where another question is asked than the mean or the probability (a
    median, a quantile).
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.

    >>> from wellfit import Recipe
    >>> Recipe(loss="auto").loss.name
    'auto'
    """

    heading: ClassVar[str] = "By the target"

    name: Literal["auto"] = "auto"
    kinds: ClassVar[tuple[str, ...]] = ("binary", "classes", "labels", "numbers", "counts")


@technique("loss")
class SquaredError(Loss):
    """Squared error: reported as the mean of (z - y)^2 in the target's units, minimised with 1/2 on the scaled one.

    Cost: none to speak of. When not: with gross errors in the target, which it follows; Huber or absolute then.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.1.

    >>> from wellfit import Recipe
    >>> Recipe(loss="squared").loss.kinds
    ('numbers', 'counts')
    """

    equations: ClassVar[tuple[str, ...]] = (r"J = \frac{1}{n} \sum_i (z_i - y_i)^2",)

    name: Literal["squared"] = "squared"
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")


@technique("loss")
class AbsoluteError(Loss):
    """Absolute error abs(z - y): fits the median; slope sign(z - y), 0 at 0.

    Cost: none to speak of. When not: where the mean is asked for; its slope does not shrink near the goal, so let the
    rate fall.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.1.

    >>> from wellfit import Recipe
    >>> Recipe(loss="absolute").loss.kinds
    ('numbers', 'counts')
    """

    equations: ClassVar[tuple[str, ...]] = (r"J = \frac{1}{n} \sum_i |z_i - y_i|",)
    heading: ClassVar[str] = "Absolute error"
    symptoms: ClassVar[tuple[Symptom, ...]] = ("noisy labels",)

    name: Literal["absolute"] = "absolute"
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")


@technique("loss")
class Huber(Loss):
    """Huber's loss: d^2 / 2 up to delta, then delta (abs(d) - delta / 2); d = z - y. Reported in the target's units.

    delta: above 0, default 1, in standard deviations of the target.
    Cost: none to speak of. When not: where large errors are real and matter; squared then.
    Source: Huber, 1964.

    >>> from wellfit import Recipe
    >>> Recipe(loss={"name": "huber", "delta": 2}).loss.delta
    2.0
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"l(d) = \begin{cases} d^2 / 2 & |d| \le \delta \\ \delta (|d| - \delta / 2) & \text{else} "
        r"\end{cases} \quad d = z - y",
    )
    symptoms: ClassVar[tuple[Symptom, ...]] = ("noisy labels", "explodes")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "noisy labels": (2, "for numbers: a wild value pulls no harder than one at the limit"),
    }

    name: Literal["huber"] = "huber"
    delta: float = Field(default=1.0, gt=0.0)
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")

    def parameter(self) -> float:
        return self.delta


@technique("loss")
class Quantile(Loss):
    """Quantile ("pinball") loss: q (y - z) where y > z, else (1 - q)(z - y): fits the q-quantile.

    quantile: q, in (0, 1), default 0.5.
    Cost: none to speak of. When not: where a mean is asked for; and one network gives one quantile.
    Source: Koenker & Bassett, 1978.

    >>> from wellfit import Recipe
    >>> Recipe(loss={"name": "quantile", "quantile": 0.9}).loss.quantile
    0.9
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"l = \begin{cases} q (y - z) & y > z \\ (1 - q)(z - y) & \text{else} \end{cases}",
    )
    heading: ClassVar[str] = "Quantile loss"

    example: ClassVar[dict[str, Any]] = {"loss": {"name": "quantile", "quantile": 0.9}}

    name: Literal["quantile"] = "quantile"
    quantile: float = Field(default=0.5, gt=0.0, lt=1.0)
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")

    def parameter(self) -> float:
        return self.quantile


@technique("loss")
class CrossEntropy(Loss):
    """Cross-entropy in nats: -log P(y). Softmax over one output a class; one output and the sigmoid for two classes.

    Cost: one exponential a class and row. When not: where a row may have several answers; multi-label then.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.2.

    >>> from wellfit import Recipe
    >>> Recipe(loss="cross_entropy").loss.kinds
    ('binary', 'classes')
    """

    equations: ClassVar[tuple[str, ...]] = (r"l = -\log P(y), \quad P(y) = \frac{e^{z_y}}{\sum_k e^{z_k}}",)
    heading: ClassVar[str] = "Cross-entropy"

    name: Literal["cross_entropy"] = "cross_entropy"
    kinds: ClassVar[tuple[str, ...]] = ("binary", "classes")


@technique("loss")
class MultiLabel(Loss):
    """Mean over labels of the binary cross-entropy in nats, for several yes/no answers a row.

    Cost: an exponential and a logarithm a label and row. When not: where exactly one answer is true; cross-entropy
    then.
    Source: Nam, Kim, Loza Mencia, Gurevych & Fuernkranz, "Large-scale multi-label text classification", 2014.

    >>> from wellfit import Recipe
    >>> Recipe(loss="multi_label").loss.kinds
    ('labels', 'binary')
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"l = -\frac{1}{K} \sum_k \left(y_k \log p_k + (1 - y_k) \log(1 - p_k)\right), \quad p_k = \frac{1}{1 "
        r"+ e^{-z_k}}",
    )
    heading: ClassVar[str] = "Cross-entropy of several labels"

    name: Literal["multi_label"] = "multi_label"
    kinds: ClassVar[tuple[str, ...]] = ("labels", "binary")


@technique("loss")
class Poisson(Loss):
    """Poisson with log link: exp(z) - y z, the constant log(y!) left out. For counts; needs y >= 0.

    Cost: one exponential an output and row. When not: where counts vary much more than their mean; squared on their
    logarithm then.
    Source: McCullagh & Nelder, "Generalized linear models", 1989.

    >>> from wellfit import Recipe
    >>> Recipe(loss="poisson").loss.kinds
    ('counts',)
    """

    equations: ClassVar[tuple[str, ...]] = (r"l = e^z - y z",)
    heading: ClassVar[str] = "Poisson loss"

    name: Literal["poisson"] = "poisson"
    kinds: ClassVar[tuple[str, ...]] = ("counts",)


SquaredError.kernel = kernels.columnwise(kernels.squared, kernels.squared_difference, 2)
AbsoluteError.kernel = kernels.columnwise(kernels.absolute, kernels.squared_difference, 1)
Huber.kernel = kernels.columnwise(kernels.huber, kernels.squared_difference, 2)
Quantile.kernel = kernels.columnwise(kernels.pinball, kernels.squared_difference, 1)
CrossEntropy.kernel = kernels.softmax_cross_entropy
MultiLabel.kernel = kernels.columnwise(kernels.binary, kernels.wrong_side, 1)
Poisson.kernel = kernels.columnwise(kernels.poisson, kernels.squared_difference_of_rate, 1, log_link=True)
BINARY_KERNEL = MultiLabel.kernel
REPORTED_FACTOR = {"squared": 2.0}  # reported without the 1/2 it is minimised with
