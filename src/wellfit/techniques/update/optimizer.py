"""Optimisers: one update rule, a row of coefficients each.

    first slot    m <- a1 m + b1 g                 a velocity or a running mean of the gradient
    second slot   v <- a2 v + b2 g^2               or max(a2 v, |g|)
    maximum       v' <- max(v', c2 v)              AMSGrad only
    delta         = scale (c1 m + cg g) / (sqrt(c2 v + inside) + outside)
    w             <- w - shrink w + delta          shrink: decoupled decay

Seven kernels of this one loop leave out the slots that an optimiser does not have. The coefficients that change from
update to update (learning rate, momentum, bias corrections) are computed in float64 outside and read from a table.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.numerics.kernel import Kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import PERTURB_SEAM, UPDATE_SEAM
from wellfit.techniques.operations import Builder
from wellfit.techniques.update import update
from wellfit.techniques.update.schedule import is_on
from wellfit.techniques.update.update import C1, CG, COEFFICIENTS, look_ahead, update_kernel

Array = NDArray[np.float64]


class Optimizer(Technique):
    """What the engine needs of an optimiser: which slots it has, and its coefficients at each update."""

    title: ClassVar[str] = "Optimisers"
    seam: ClassVar[Seam] = "optimizer"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("slow", "does not move")

    learning_rate: float = Field(default=0.001, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("none", "none", False)  # first, second, maximum
    looks_ahead: ClassVar[bool] = False  # the gradient is taken at the looked-ahead point

    @classmethod
    def slot_count(cls) -> int:
        """Numbers stored beside each parameter."""
        first, second, maximum = cls.slots
        return (first != "none") + (second != "none") + maximum + (second == "delta")

    @property
    def base_momentum(self) -> float:
        """The momentum, or beta1, before any schedule; 0 if the optimiser has none."""
        return 0.0

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        """Rows of coefficients (updates, COEFFICIENTS) at updates t from 0, under scheduled rates and momenta."""
        raise NotImplementedError

    @classmethod
    def kernel(cls) -> Kernel:
        """The update's kernel."""
        return update_kernel(*cls.slots)

    def operations(self, program: Builder) -> None:
        """One pass over the parameters for each run of one rate and decay, which stands in the same line."""
        decay, kernel = program.recipe.weight_decay, self.kernel()
        if self.looks_ahead:
            program.emit(PERTURB_SEAM, look_ahead, first=True, coefficients=program.optimizer_settings)

        def treatment(part: Any) -> tuple[Any, Any, int]:
            return part.rate, decay.of(part), part.waits

        for begin, end, (rate, strength, first) in program.runs(True, treatment):
            where = program.setting(rate, 0.0)
            if is_on(strength):
                program.shrinkage.append((where + 1, strength, rate if decay.with_rate else None))
            program.emit(
                UPDATE_SEAM, kernel, begin=begin, end=end, coefficients=program.coefficients_from(first),
                settings=where,
            )  # fmt: skip


def _table(t: Array, **columns: Array | float) -> Array:
    table = np.zeros((len(t), COEFFICIENTS))
    for name, column in columns.items():
        table[:, getattr(update, name.upper())] = column
    return table


@technique("optimizer")
class SGD(Optimizer):
    """Gradient descent on mini-batches: w <- w - lr g. learning_rate: above 0, default 0.1.

    Cost: one pass over the parameters, no memory. When not: in valleys steeper across than along, where its rate must
    suit the steep side; momentum then.
    Source: Robbins & Monro, "A stochastic approximation method", 1951.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "sgd", "learning_rate": 0.05}).optimizer.learning_rate
    0.05
    """

    heading: ClassVar[str] = "SGD, gradient descent on mini-batches"

    name: Literal["sgd"] = "sgd"
    learning_rate: float = Field(default=0.1, gt=0.0)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return _table(t, cg=1.0, scale=-rate)


@technique("optimizer")
class Momentum(Optimizer):
    """Momentum: v <- a v - lr g; w <- w + v. The rate stands inside the velocity, so a later rate does not touch older
    gradients.

    momentum: a, in [0, 1), default 0.9. learning_rate: default 0.01. Terminal velocity lr g / (1 - a). Equal to
        PyTorch's at a
    constant rate.
    Cost: one number stored beside each parameter. When not: with gradients of very different sizes by layer; Adam then.
    Source: Polyak, 1964.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="momentum").optimizer.momentum
    0.9
    """

    name: Literal["momentum"] = "momentum"
    learning_rate: float = Field(default=0.01, gt=0.0)
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0)
    slots: ClassVar[tuple[str, str, bool]] = ("velocity", "none", False)

    @property
    def base_momentum(self) -> float:
        return self.momentum

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return _table(t, a1=momentum, b1=-rate, c1=1.0, scale=1.0)


@technique("optimizer")
class Nesterov(Momentum):
    """Nesterov's momentum: the gradient is taken at the looked-ahead point w + a v; v <- a v - lr g; w <- w + v.

    The plain w is what is stored, decayed, evaluated and saved; the look-ahead is a perturbation for the gradient
    alone. momentum: default 0.9. learning_rate: default 0.01.
    Cost: one number stored beside each parameter, and one pass more over them. When not: with very noisy gradients,
    where its gain over momentum is lost.
    Source: Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep learning",
    2013.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "nesterov", "momentum": 0.95}).optimizer.momentum
    0.95
    """

    name: Literal["nesterov"] = "nesterov"  # type: ignore[assignment]
    looks_ahead: ClassVar[bool] = True


@technique("optimizer")
class AdaGrad(Optimizer):
    """AdaGrad: r <- r + g^2; w <- w - lr g / (epsilon + sqrt r).

    learning_rate: default 0.01. epsilon: default 1e-7.
    Cost: one number stored beside each parameter. When not: in long runs, since its steps shrink for good.
    Source: Duchi, Hazan & Singer, 2011.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="adagrad").optimizer.epsilon
    1e-07
    """

    name: Literal["adagrad"] = "adagrad"
    learning_rate: float = Field(default=0.01, gt=0.0)
    epsilon: float = Field(default=1e-7, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("none", "square", False)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return _table(t, a2=1.0, b2=1.0, c2=1.0, cg=1.0, scale=-rate, outside=self.epsilon)


@technique("optimizer")
class RMSProp(Optimizer):
    """RMSProp: r <- rho r + (1 - rho) g^2; w <- w - lr g / sqrt(epsilon + r).

    epsilon: INSIDE the root (PyTorch: outside), default 1e-6. rho: in [0, 1), default 0.9.
    learning_rate: default 0.001.
    Cost: one number stored beside each parameter. When not: where Adam's corrected start is wanted.
    Source: Hinton, lecture 6e, 2012; form of Goodfellow, Bengio & Courville, algorithm 8.5.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "rmsprop", "rho": 0.95}).optimizer.rho
    0.95
    """

    name: Literal["rmsprop"] = "rmsprop"
    rho: float = Field(default=0.9, ge=0.0, lt=1.0)
    epsilon: float = Field(default=1e-6, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("none", "square", False)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return _table(t, a2=self.rho, b2=1 - self.rho, c2=1.0, cg=1.0, scale=-rate, inside=self.epsilon)


@technique("optimizer")
class AdaDelta(Optimizer):
    """AdaDelta: v <- rho v + (1 - rho) g^2; d = g sqrt(u + e) / sqrt(v + e); u <- rho u + (1 - rho) d^2; w <- w - lr d,
    with e = epsilon.

    rho: default 0.95. epsilon: default 1e-6. learning_rate: default 1, as published.
    Cost: two numbers stored beside each parameter. When not: where time is short; its steps begin tiny.
    Source: Zeiler, "ADADELTA", 2012.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="adadelta").optimizer.learning_rate
    1.0
    """

    name: Literal["adadelta"] = "adadelta"
    learning_rate: float = Field(default=1.0, gt=0.0)
    rho: float = Field(default=0.95, ge=0.0, lt=1.0)
    epsilon: float = Field(default=1e-6, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("none", "delta", False)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return _table(t, a2=self.rho, b2=1 - self.rho, c2=1.0, cg=1.0, scale=-rate, inside=self.epsilon)


@technique("optimizer")
class Adam(Optimizer):
    """Adam: running means m of g and v of g^2, corrected for their start at 0; w <- w - lr m^ / (sqrt(v^) + epsilon).

    m^ = m / (1 - beta1^(t+1)), v^ = v / (1 - beta2^(t+1)). With the recipe's weight_decay this is AdamW.
    beta1: default 0.9. beta2: default 0.999. epsilon: outside the root after correction, default 1e-8. learning_rate:
        default 0.001.
    Cost: two numbers stored beside each parameter. When not: where memory for them is missing; with L2, which its
    division weakens: use weight_decay.
    Source: Kingma & Ba, "Adam", 2015; Loshchilov & Hutter, "Decoupled weight decay regularization", 2019.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "adam", "beta2": 0.95}).optimizer.beta2
    0.95
    """

    name: Literal["adam"] = "adam"
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    beta2: float = Field(default=0.999, ge=0.0, lt=1.0)
    epsilon: float = Field(default=1e-8, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("mean", "square", False)

    @property
    def base_momentum(self) -> float:
        return self.beta1

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        first, second = 1 - momentum ** (t + 1), 1 - self.beta2 ** (t + 1)
        means = {"a1": momentum, "b1": 1 - momentum, "c1": 1 / first}
        return _table(t, **means, a2=self.beta2, b2=1 - self.beta2, c2=1 / second, scale=-rate, outside=self.epsilon)


@technique("optimizer")
class AMSGrad(Adam):
    """AMSGrad: Adam with the running maximum of the corrected second moment under the root.

    The maximum is taken AFTER bias correction (PyTorch: before). Settings as Adam's.
    Cost: three numbers stored beside each parameter. When not: where gradients shrink much during training; its steps
    remember the largest.
    Source: Reddi, Kale & Kumar, "On the convergence of Adam and beyond", 2018.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="amsgrad").optimizer.slot_count()
    3
    """

    name: Literal["amsgrad"] = "amsgrad"  # type: ignore[assignment]
    slots: ClassVar[tuple[str, str, bool]] = ("mean", "square", True)


@technique("optimizer")
class AdaMax(Optimizer):
    """AdaMax: u <- max(beta2 u, |g|); w <- w - lr m / ((1 - beta1^(t+1)) (u + epsilon)).

    learning_rate: default 0.002. beta1: 0.9. beta2: 0.999. epsilon: default 1e-8, so that 0 / 0 cannot occur.
    Cost: two numbers stored beside each parameter. When not: where single huge gradients occur; they slow it for about
    1 / (1 - beta2) updates.
    Source: Kingma & Ba, "Adam", 2015, section 7.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="adamax").optimizer.learning_rate
    0.002
    """

    name: Literal["adamax"] = "adamax"
    learning_rate: float = Field(default=0.002, gt=0.0)
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    beta2: float = Field(default=0.999, ge=0.0, lt=1.0)
    epsilon: float = Field(default=1e-8, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("mean", "maximum", False)

    @property
    def base_momentum(self) -> float:
        return self.beta1

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        corrected = 1 / (1 - momentum ** (t + 1))
        return _table(t, a1=momentum, b1=1 - momentum, c1=corrected, a2=self.beta2, scale=-rate, outside=self.epsilon)


@technique("optimizer")
class NAdam(Adam):
    """NAdam with constant momentum: Adam whose numerator looks one step ahead.

    m^ = beta1 m / (1 - beta1^(t+2)) + (1 - beta1) g / (1 - beta1^(t+1)). Settings as Adam's; learning_rate: default
    0.002.
    Cost: as Adam's. When not: as Adam.
    Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="nadam").optimizer.learning_rate
    0.002
    """

    heading: ClassVar[str] = "NAdam"

    name: Literal["nadam"] = "nadam"  # type: ignore[assignment]
    learning_rate: float = Field(default=0.002, gt=0.0)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        table = super().coefficients(t, rate, momentum)
        table[:, C1] = momentum / (1 - momentum ** (t + 2))
        table[:, CG] = (1 - momentum) / (1 - momentum ** (t + 1))
        return table


@technique("optimizer")
class NAdamDozat(NAdam):
    """NAdam with Dozat's momentum schedule: mu_t = beta1 (1 - 0.96^(decay (t+1)) / 2).

    m^ = mu_(t+1) m / (1 - prod mu_1..t+1) + (1 - mu_t) g / (1 - prod mu_1..t). decay: default 0.004.
    The momentum is its own: a schedule that moves others' (1cycle) moves its rate alone.
    Cost: as Adam's. When not: with 1cycle, whose momentum it does not follow.
    Source: Dozat 2016, as PyTorch has it.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "nadam_dozat", "decay": 0.01}).optimizer.decay
    0.01
    """

    heading: ClassVar[str] = "NAdam with Dozat's momentum schedule"

    name: Literal["nadam_dozat"] = "nadam_dozat"  # type: ignore[assignment]
    decay: float = Field(default=0.004, ge=0.0)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        table = Adam.coefficients(self, t, rate, np.full(len(t), self.beta1))
        if len(t) == 0:
            return table
        steps = np.arange(1, int(t[-1]) + 3)
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (self.decay * steps))
        product, now = np.cumprod(mu), t.astype(np.int64)
        table[:, C1] = mu[now + 1] / (1 - product[now + 1])
        table[:, CG] = (1 - mu[now]) / (1 - product[now])
        return table
