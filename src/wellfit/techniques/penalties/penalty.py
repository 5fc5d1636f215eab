"""Penalties: minimise the mean data loss plus lambda times the size of the weights."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import PENALTY, PENALTY_SEAM
from wellfit.techniques.operations import Builder, of_layer
from wellfit.techniques.penalties.proximal import put_shrinkage
from wellfit.techniques.update.schedule import LayerStrength, is_on, strength

Array = NDArray[np.float64]


class Penalty(Technique):
    """A term added to the mean loss, for the weights of every layer; biases and gains only where asked.

    A strength may be a list with one value for each hidden layer and the output, and each may carry a schedule.
    """

    strength: LayerStrength = strength(default=0.0, layers=True)
    biases: bool = Field(default=False)
    kernel: ClassVar[Kernel]

    def constants(self) -> tuple[float, ...]:
        """The kernel's settings after the strength."""
        return ()

    def operations(self, program: Builder) -> None:
        put_penalty(program, self, self.kernel)

    def size(self, weights: Any) -> float:
        """The penalty of some weights at strength 1, in float64."""
        raise NotImplementedError

    def slope(self, weights: Any) -> Array:
        """Its gradient, in float64."""
        raise NotImplementedError


def put_penalty(program: Builder, penalty: Penalty, kernel: Kernel) -> None:
    """An operation for each run of weights of one strength."""
    for begin, end, own in program.runs(penalty.biases, lambda part: of_layer(penalty.strength, part.layer)):
        if is_on(own):
            where = program.setting(own, *penalty.constants())
            program.emit(PENALTY_SEAM, kernel, begin=begin, end=end, settings=where)


@technique("l2")
class L2(Penalty):
    """L2 (ridge), coupled: adds (lambda / 2) sum w^2 to the mean loss, so lambda w to the gradient, which the optimiser
    then sees.

    strength: lambda, at least 0, default 0; may carry a schedule, or be a list: one for each hidden layer and the
        output. biases: penalise biases, gamma and beta too, default no.
    scikit-learn's MLP, given columns and target as scaled, has alpha / (2 n) sum w^2: lambda = alpha / n. Ridge on the
    columns as scaled has alpha sum w^2 beside an unaveraged sum of squares: lambda = alpha / (n q), since the squared
    error here is half the mean over q target columns; the target's unit does not matter (n: rows, or their weights'
    sum).
    Shapes: any. Cost: one pass over the weights.
    When not: with Adam and its kin, whose division weakens it where gradients are large: use weight_decay.

    >>> from wellfit import Recipe
    >>> Recipe(hidden=(8,), l2=[1e-4, 0.0]).l2.strength
    (0.0001, 0.0)

    Source: Hoerl & Kennard, "Ridge regression", 1970; Goodfellow, Bengio & Courville, 7.1.1.
    """

    equations: ClassVar[tuple[str, ...]] = (r"J + \frac{\lambda}{2} \sum w^2, \quad g \leftarrow g + \lambda w",)
    main: ClassVar[str] = "strength"
    title: ClassVar[str] = "L2 penalty"
    seam: ClassVar[Seam] = "penalty gradient"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    example: ClassVar[dict[str, Any]] = {"l2": 0.001}

    def size(self, weights: Any) -> float:
        return float(0.5 * np.square(np.asarray(weights, np.float64)).sum())

    def slope(self, weights: Any) -> Array:
        return np.asarray(weights, np.float64)


@technique("l1")
class L1(Penalty):
    """L1 (lasso): adds lambda sum abs(w) to the mean loss.

    The subgradient form (default) adds lambda sign(w), sign(0) = 0, to the gradient: weights become small but not
    exactly zero. The proximal form leaves the gradient alone and shrinks each weight after the optimiser's step:

        w <- sign(w) max(abs(w) - s, 0),    s = lr_t lambda / d

    d: what the optimiser divides the weight's step by (1 for plain descent and momentum, sqrt(v^) + epsilon for Adam,
    ...), so that the limit is the lasso's, with exact zeros. With momentum the shrinkage enters the velocity as a
    gradient would; otherwise the limit would be the lasso's of (1 - momentum) lambda.

    strength: lambda, at least 0, default 0; may carry a schedule, or be a list: one for each hidden layer and the
        output. biases: penalise biases, gamma and beta too, default no. proximal: exact zeros, default no.
    scikit-learn's Lasso on the columns as scaled (1 / (2 n) sum of squares): lambda = alpha / (q sd(y)), since the
    target here is scaled by its sd(y) and the error is the mean over q target columns; its coefficients are w sd(y).
    Shapes: any. Cost: one pass over the weights; the proximal form takes one more, with the optimiser's root and
    division.
    When not: where many inputs say the same, of which it keeps one by chance (elastic_net then); the proximal form
    beside clipping that is always active, since its shrinkage is not clipped with the gradient.

    >>> from wellfit import Recipe
    >>> Recipe(l1={"strength": 1e-3, "proximal": True}).l1.proximal
    True

    Source: Tibshirani, "Regression shrinkage and selection via the lasso", 1996; Yun, Lozano & Yang, "Adaptive proximal
    gradient methods for structured neural networks", 2021; Ochs, Chen, Brox & Pock, "iPiano", 2014.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"J + \lambda \sum |w|",
        r"\text{subgradient:} \quad g \leftarrow g + \lambda \operatorname{sign}(w)",
        r"\text{proximal:} \quad w \leftarrow \operatorname{sign}(w) \max(|w| - s, 0), \quad s = "
        r"\frac{\text{lr}_t \, \lambda}{d}",
    )
    main: ClassVar[str] = "strength"
    title: ClassVar[str] = "L1 penalty"
    seam: ClassVar[Seam] = "penalty gradient"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    example: ClassVar[dict[str, Any]] = {"l1": 0.001}

    proximal: bool = Field(default=False)

    def operations(self, program: Builder) -> None:
        put_penalty(program, self, l1_value if self.proximal else self.kernel)
        if self.proximal:
            put_shrinkage(program, self)

    def size(self, weights: Any) -> float:
        return float(np.abs(np.asarray(weights, np.float64)).sum())

    def slope(self, weights: Any) -> Array:
        return np.sign(np.asarray(weights, np.float64))


@technique("elastic_net")
class ElasticNet(Penalty):
    """Elastic net: L1 and L2 in one, for sparse weights where inputs are correlated.

    form "mixture" (default):  adds lambda sum (beta abs(w) + (1 - beta) / 2 w^2)  to the mean loss
    form "added":              adds lambda sum (beta w^2 + abs(w))

    strength: lambda, at least 0, default 0; may carry a schedule, or be a list: one for each hidden layer and the
        output. beta: at least 0, default 0.5; in the mixture at most 1: 1 is l1, 0 is l2.
    form: see above; `in_form` gives the same penalty in the other form: lambda_mixture = lambda (1 + 2 beta),
        beta_mixture = 1 / (1 + 2 beta). biases: penalise biases, gamma and beta too, default no.
    scikit-learn's ElasticNet on the columns as scaled, r = l1_ratio, with q target columns scaled by sd(y) (see l1):
        lambda = alpha (r / sd(y) + 1 - r) / q, beta = (r / sd(y)) / (r / sd(y) + 1 - r). Only abs(w) knows the unit.
    Shapes: any. Cost: one pass over the weights.
    When not: for exact zeros, since it is a subgradient: take l1 with proximal, and l2 beside it.

    >>> ElasticNet(strength=0.1, beta=0.5, form="added").in_form("mixture")
    ElasticNet(strength=0.2, biases=False, beta=0.5, form='mixture')

    Source: Zou & Hastie, "Regularization and variable selection via the elastic net", 2005.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\text{mixture:} \quad J + \lambda \sum \left(\beta |w| + \frac{1 - \beta}{2} w^2\right)",
        r"\text{added:} \quad J + \lambda \sum \left(\beta w^2 + |w|\right)",
    )
    main: ClassVar[str] = "strength"
    title: ClassVar[str] = "Elastic net"
    seam: ClassVar[Seam] = "penalty gradient"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    example: ClassVar[dict[str, Any]] = {"elastic_net": {"strength": 0.001, "beta": 0.5}}

    beta: float = Field(default=0.5, ge=0.0)
    form: Literal["mixture", "added"] = Field(default="mixture")

    @model_validator(mode="after")
    def _a_mixture_has_shares(self) -> ElasticNet:
        if self.form == "mixture" and self.beta > 1:
            raise ValueError(f'beta must be at most 1 in the form "mixture", but beta = {self.beta:g}: use "added"')
        return self

    def constants(self) -> tuple[float, ...]:
        """What stands before abs(w) and before w^2 / 2."""
        return (self.beta, 1 - self.beta) if self.form == "mixture" else (1.0, 2 * self.beta)

    def in_form(self, form: Literal["mixture", "added"]) -> ElasticNet:
        """The same penalty, written in a form.

        Raises:
            ValueError: a mixture without abs(w) (beta 0) cannot be written as "added".
        """
        if form == self.form:
            return self
        if form == "added" and self.beta == 0:
            raise ValueError('A mixture with beta = 0 has no abs(w), which the form "added" always has: use l2.')
        factor = self.beta if form == "added" else 1 + 2 * self.beta
        beta = (1 - self.beta) / (2 * self.beta) if form == "added" else 1 / (1 + 2 * self.beta)
        return ElasticNet(strength=_times(self.strength, factor), biases=self.biases, beta=beta, form=form)

    def size(self, weights: Any) -> float:
        w, (first, second) = np.asarray(weights, np.float64), self.constants()
        return float((first * np.abs(w) + 0.5 * second * np.square(w)).sum())

    def slope(self, weights: Any) -> Array:
        w, (first, second) = np.asarray(weights, np.float64), self.constants()
        return first * np.sign(w) + second * w


def _times(strength: Any, factor: float) -> Any:
    """A strength, a schedule of one or a list of them, times a factor."""
    if isinstance(strength, tuple):
        return tuple(_times(one, factor) for one in strength)
    if isinstance(strength, int | float):
        return strength * factor
    return strength.model_copy(update={"value": strength.value * factor})


RUN = fields("begin end settings")


@kernel(RUN)
def l2_gradient(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g + lambda w over one run of penalised parameters."""
    w, g = parameters[row[RUN.begin] : row[RUN.end]], gradient[row[RUN.begin] : row[RUN.end]]
    strength = settings[row[RUN.settings]]
    total = constant(0, strength)
    for i in range(len(w)):
        total += w[i] * w[i]
        g[i] += strength * w[i]
    sums[PENALTY] += 0.5 * np.float64(strength) * np.float64(total)


@kernel(RUN)
def l1_gradient(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g + lambda sign(w) over one run of penalised parameters."""
    w, g = parameters[row[RUN.begin] : row[RUN.end]], gradient[row[RUN.begin] : row[RUN.end]]
    strength = settings[row[RUN.settings]]
    total = constant(0, strength)
    zero = constant(0, strength)
    for i in range(len(w)):
        total += abs(w[i])
        g[i] += strength if w[i] > zero else (-strength if w[i] < zero else strength * w[i])
    sums[PENALTY] += np.float64(strength) * np.float64(total)


@kernel(RUN)
def l1_value(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The penalty that the proximal form takes off after the update: reported, not in the gradient."""
    w = parameters[row[RUN.begin] : row[RUN.end]]
    total = constant(0, w[0])
    for i in range(len(w)):
        total += abs(w[i])
    sums[PENALTY] += np.float64(settings[row[RUN.settings]]) * np.float64(total)


@kernel(RUN)
def elastic_net_gradient(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g + lambda (first sign(w) + second w) over one run of penalised parameters."""
    w, g = parameters[row[RUN.begin] : row[RUN.end]], gradient[row[RUN.begin] : row[RUN.end]]
    strength, zero = settings[row[RUN.settings]], constant(0, settings[0])
    first, second = strength * settings[row[RUN.settings] + 1], strength * settings[row[RUN.settings] + 2]
    sizes, squares = zero, zero
    for i in range(len(w)):
        sizes += abs(w[i])
        squares += w[i] * w[i]
        g[i] += (first if w[i] > zero else (-first if w[i] < zero else first * w[i])) + second * w[i]
    sums[PENALTY] += np.float64(first) * np.float64(sizes) + 0.5 * np.float64(second) * np.float64(squares)


L2.kernel = l2_gradient
L1.kernel = l1_gradient
ElasticNet.kernel = elastic_net_gradient
PENALTIES = ("l2", "l1", "elastic_net", "power")  # the slots of a recipe
