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
from wellfit.techniques.update.update import COEFFICIENTS, look_ahead, update_kernel

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


def coefficient_table(t: Array, **columns: Array | float) -> Array:
    """Rows of coefficients (updates, COEFFICIENTS) at updates t, of columns by their lower-case names, the others 0."""
    table = np.zeros((len(t), COEFFICIENTS))
    for name, column in columns.items():
        table[:, getattr(update, name.upper())] = column
    return table


@technique("optimizer")
class SGD(Optimizer):
    """Gradient descent on mini-batches: each step goes down the gradient g of the batch's loss.

        w <- w - lr g

    learning_rate: lr, above 0, default 0.1.
    Cost: one pass over the parameters, no memory. When not: in valleys steeper across than along, where its rate must
    suit the steep side; momentum then.
    Source: Robbins & Monro, "A stochastic approximation method", 1951.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "sgd", "learning_rate": 0.05}).optimizer.learning_rate
    0.05
    """

    equations: ClassVar[tuple[str, ...]] = (r"w \leftarrow w - \text{lr} \, g",)
    heading: ClassVar[str] = "SGD, gradient descent on mini-batches"

    name: Literal["sgd"] = "sgd"
    learning_rate: float = Field(default=0.1, gt=0.0)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return coefficient_table(t, cg=1.0, scale=-rate)


@technique("optimizer")
class Momentum(Optimizer):
    """Momentum: steps add up in a velocity v, which goes on in directions that persist and evens out those that turn.

        v <- a v - lr g
        w <- w + v

    Under a steady gradient the velocity ends at -lr g / (1 - a). The rate stands inside the velocity, so a later rate
    does not touch older gradients. Equal to PyTorch's at a constant rate.

    momentum: a, the share of the velocity that stays, in [0, 1), default 0.9. learning_rate: lr, default 0.01.
    Cost: one number stored beside each parameter. When not: with gradients of very different sizes by layer; Adam then.
    Source: Polyak, 1964.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="momentum").optimizer.momentum
    0.9
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"v \leftarrow a v - \text{lr} \, g",
        r"w \leftarrow w + v",
    )

    name: Literal["momentum"] = "momentum"
    learning_rate: float = Field(default=0.01, gt=0.0)
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0)
    slots: ClassVar[tuple[str, str, bool]] = ("velocity", "none", False)

    @property
    def base_momentum(self) -> float:
        return self.momentum

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return coefficient_table(t, a1=momentum, b1=-rate, c1=1.0, scale=1.0)


@technique("optimizer")
class Nesterov(Momentum):
    """Nesterov's momentum: momentum whose gradient is taken where the velocity is about to lead.

        g = gradient at w + a v
        v <- a v - lr g
        w <- w + v

    The plain w is what is stored, decayed, evaluated and saved; the look-ahead is a perturbation for the gradient
    alone.

    momentum: a, the share of the velocity that stays, default 0.9. learning_rate: lr, default 0.01.
    Cost: one number stored beside each parameter, and one pass more over them. When not: with very noisy gradients,
    where its gain over momentum is lost.
    Source: Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep learning",
    2013.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "nesterov", "momentum": 0.95}).optimizer.momentum
    0.95
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"g = \nabla J(w + a v)",
        r"v \leftarrow a v - \text{lr} \, g",
        r"w \leftarrow w + v",
    )

    name: Literal["nesterov"] = "nesterov"  # type: ignore[assignment]
    looks_ahead: ClassVar[bool] = True


@technique("optimizer")
class AdaGrad(Optimizer):
    """AdaGrad: divides each weight's step by the root of the sum of all its squared gradients so far.

        r <- r + g^2
        w <- w - lr g / (epsilon + sqrt(r))

    learning_rate: lr, default 0.01. epsilon: outside the root, so that no step is divided by 0, default 1e-7.
    Cost: one number stored beside each parameter. When not: in long runs, since its steps shrink for good.
    Source: Duchi, Hazan & Singer, 2011.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="adagrad").optimizer.epsilon
    1e-07
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"r \leftarrow r + g^2",
        r"w \leftarrow w - \text{lr} \, \frac{g}{\epsilon + \sqrt{r}}",
    )

    name: Literal["adagrad"] = "adagrad"
    learning_rate: float = Field(default=0.01, gt=0.0)
    epsilon: float = Field(default=1e-7, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("none", "square", False)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return coefficient_table(t, a2=1.0, b2=1.0, c2=1.0, cg=1.0, scale=-rate, outside=self.epsilon)


@technique("optimizer")
class RMSProp(Optimizer):
    """RMSProp: divides each weight's step by the root of a running mean of its squared gradients.

        r <- rho r + (1 - rho) g^2
        w <- w - lr g / sqrt(epsilon + r)

    epsilon: INSIDE the root (PyTorch: outside), default 1e-6. rho: share of the old mean, in [0, 1), default 0.9.
    learning_rate: lr, default 0.001.
    Cost: one number stored beside each parameter. When not: where Adam's corrected start is wanted.
    Source: Hinton, lecture 6e, 2012; form of Goodfellow, Bengio & Courville, algorithm 8.5.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "rmsprop", "rho": 0.95}).optimizer.rho
    0.95
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"r \leftarrow \rho r + (1 - \rho) g^2",
        r"w \leftarrow w - \text{lr} \, \frac{g}{\sqrt{\epsilon + r}}",
    )

    name: Literal["rmsprop"] = "rmsprop"
    rho: float = Field(default=0.9, ge=0.0, lt=1.0)
    epsilon: float = Field(default=1e-6, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("none", "square", False)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return coefficient_table(t, a2=self.rho, b2=1 - self.rho, c2=1.0, cg=1.0, scale=-rate, inside=self.epsilon)


@technique("optimizer")
class AdaDelta(Optimizer):
    """AdaDelta: steps as large as earlier steps were, in relation to the gradients, so that no rate need be chosen.

        v <- rho v + (1 - rho) g^2
        d = g sqrt(u + epsilon) / sqrt(v + epsilon)
        u <- rho u + (1 - rho) d^2
        w <- w - lr d

    rho: share of the old means, default 0.95. epsilon: inside the roots, it sets the first steps, default 1e-6.
    learning_rate: lr, default 1, as published.
    Cost: two numbers stored beside each parameter. When not: where time is short; its steps begin tiny.
    Source: Zeiler, "ADADELTA", 2012.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="adadelta").optimizer.learning_rate
    1.0
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"v \leftarrow \rho v + (1 - \rho) g^2",
        r"d = g \, \frac{\sqrt{u + \epsilon}}{\sqrt{v + \epsilon}}",
        r"u \leftarrow \rho u + (1 - \rho) d^2",
        r"w \leftarrow w - \text{lr} \, d",
    )

    name: Literal["adadelta"] = "adadelta"
    learning_rate: float = Field(default=1.0, gt=0.0)
    rho: float = Field(default=0.95, ge=0.0, lt=1.0)
    epsilon: float = Field(default=1e-6, gt=0.0)
    slots: ClassVar[tuple[str, str, bool]] = ("none", "delta", False)

    def coefficients(self, t: Array, rate: Array, momentum: Array) -> Array:
        return coefficient_table(t, a2=self.rho, b2=1 - self.rho, c2=1.0, cg=1.0, scale=-rate, inside=self.epsilon)
