"""What is believed of the weights before any row is seen: training then finds the most probable weights (MAP)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from wellfit.numerics.kernel import Kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import PENALTY_SEAM
from wellfit.techniques.operations import Builder
from wellfit.techniques.penalties.penalty import L1, L2, Penalty, l1_gradient, l2_gradient


class Prior(Technique):
    """A distribution of each weight around 0, or none."""

    title: ClassVar[str] = "Prior on the weights"
    seam: ClassVar[Seam] = "penalty gradient"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")

    kernel: ClassVar[Kernel | None] = None

    def precision(self) -> float:
        """The penalty's strength for a summed negative log-likelihood."""
        return 0.0

    def as_penalty(self, factor: float) -> Penalty | None:
        """The same as a penalty beside the mean loss. factor: `wellfit.engines.numpy.priors.per_row`."""
        return None


@technique("prior")
class NoPrior(Prior):
    """No prior: the weights are penalised by what the other slots say alone."""

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


class Belief(Prior):
    """A distribution around 0; biases and gains are free unless asked."""

    noise: float | None = Field(default=None, gt=0.0)
    biases: bool = Field(default=False)

    def operations(self, program: Builder) -> None:
        for begin, end, _ in program.runs(self.biases):
            program.priors.append(program.setting(self.precision()))
            program.emit(PENALTY_SEAM, self.kernel, begin=begin, end=end, settings=program.priors[-1])


@technique("prior")
class GaussianPrior(Belief):
    """Gaussian prior: each weight is normal around 0 with standard deviation a; training looks for the most probable.

        lambda = v / (N a^2)    of the penalty (lambda / 2) sum w^2

    N is the sum of the training rows' weights. v is 1 for classes and labels; for numbers the noise's variance in units
    of the scaled target, (s / sd(y))^2 with s the noise's standard deviation: the target is divided by its standard
    deviation inside, and a is meant for weights that act on scaled inputs and give the scaled target. Losses that are
    means over several columns divide by their number, and counts by their mean, by which they are scaled.

    sd: a, above 0, default 1. noise: s, above 0, in the target's own units, for one column of numbers; default: not
        set, and then estimated for all columns from what a ridge regression of at most 1,000 training rows leaves (its
        strength by generalised cross-validation): too large where the target is far from linear.
    biases: biases, gamma and beta have the prior too, default no.
    Cost: l2's. When not: with losses that are no likelihood here (absolute, Huber, quantile): give l2 a strength then.

    >>> from wellfit import Recipe
    >>> Recipe(prior={"name": "gaussian", "sd": 0.5}).prior.sd
    0.5

    Source: Goodfellow, Bengio & Courville, 5.6.1 and 7.1.1; MacKay, "A practical Bayesian framework for
    backpropagation networks", 1992.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"w \sim N(0, a^2): \quad J + \frac{\lambda}{2} \sum w^2, \quad \lambda = \frac{v}{N a^2}",
    )
    example: ClassVar[dict[str, Any]] = {"prior": {"name": "gaussian", "sd": 0.5}}

    name: Literal["gaussian"] = "gaussian"
    sd: float = Field(default=1.0, gt=0.0)
    kernel: ClassVar[Kernel | None] = l2_gradient

    def precision(self) -> float:
        return 1 / self.sd**2

    def as_penalty(self, factor: float) -> Penalty | None:
        return L2(strength=factor * self.precision(), biases=self.biases)


@technique("prior")
class LaplacePrior(Belief):
    """Laplace prior: each weight's size is exponential with mean b; training looks for the most probable weights.

        lambda = v / (N b)    of the penalty lambda sum abs(w)

    N, v: as for the Gaussian prior. It believes in few large and many small weights, as l1 does, by whose subgradient
    it acts: no weight becomes exactly 0.

    scale: b, above 0, default 1. noise: the noise's standard deviation, above 0, in the target's own units, for one
        column of numbers; default: not set, and then estimated (see the Gaussian prior).
    biases: biases, gamma and beta have the prior too, default no.
    Cost: l1's. When not: with losses that are no likelihood here (absolute, Huber, quantile): give l1 a strength then.

    >>> from wellfit import Recipe
    >>> Recipe(prior={"name": "laplace", "scale": 0.1, "noise": 2.0}).prior.noise
    2.0

    Source: Goodfellow, Bengio & Courville, 7.1.2; Williams, "Bayesian regularization and pruning using a Laplace
    prior", 1995.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"|w| \sim \text{exponential with mean } b: \quad J + \lambda \sum |w|, \quad \lambda = \frac{v}{N b}",
    )
    example: ClassVar[dict[str, Any]] = {"prior": {"name": "laplace", "scale": 0.2}}

    name: Literal["laplace"] = "laplace"
    scale: float = Field(default=1.0, gt=0.0)
    kernel: ClassVar[Kernel | None] = l1_gradient

    def precision(self) -> float:
        return 1 / self.scale

    def as_penalty(self, factor: float) -> Penalty | None:
        return L1(strength=factor * self.precision(), biases=self.biases)
