"""Adam and its kin: optimisers with running means of the gradient and of its square or size."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.techniques.base import technique
from wellfit.techniques.update.optimizer import Array, Optimizer, coefficient_table
from wellfit.techniques.update.update import C1, CG


@technique("optimizer")
class Adam(Optimizer):
    """Adam: steps by the running mean of the gradient, divided by the root of that of its square.

        m <- beta1 m + (1 - beta1) g,    m^ = m / (1 - beta1^(t+1))
        v <- beta2 v + (1 - beta2) g^2,    v^ = v / (1 - beta2^(t+1))
        w <- w - lr m^ / (sqrt(v^) + epsilon)

    Both means are corrected for their start at 0. With the recipe's `weight_decay` this is AdamW.

    beta1: share of the old mean of gradients, default 0.9. beta2: share of the old mean of squares, default 0.999.
    epsilon: outside the root, after correction, default 1e-8. learning_rate: lr, about the longest step of a weight,
        default 0.001.
    Cost: two numbers stored beside each parameter. When not: where memory for them is missing; with L2, which its
    division weakens: use weight_decay.
    Source: Kingma & Ba, "Adam", 2015; Loshchilov & Hutter, "Decoupled weight decay regularization", 2019.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "adam", "beta2": 0.95}).optimizer.beta2
    0.95
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g",
        r"v \leftarrow \beta_2 v + (1 - \beta_2) g^2",
        r"\hat{m} = \frac{m}{1 - \beta_1^{t+1}}, \quad \hat{v} = \frac{v}{1 - \beta_2^{t+1}}",
        r"w \leftarrow w - \text{lr} \, \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}",
    )

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
        return coefficient_table(
            t, **means, a2=self.beta2, b2=1 - self.beta2, c2=1 / second, scale=-rate, outside=self.epsilon
        )


@technique("optimizer")
class AMSGrad(Adam):
    """AMSGrad: Adam with the running maximum of the corrected second moment under the root.

        v' <- max(v', v^)
        w <- w - lr m^ / (sqrt(v') + epsilon)

    All else, and the settings, as in Adam. The maximum is taken AFTER bias correction (PyTorch: before).

    Cost: three numbers stored beside each parameter. When not: where gradients shrink much during training; its steps
    remember the largest.
    Source: Reddi, Kale & Kumar, "On the convergence of Adam and beyond", 2018.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="amsgrad").optimizer.slot_count()
    3
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"m, v, \hat{m}, \hat{v} \text{ as in Adam}",
        r"v' \leftarrow \max(v', \hat{v})",
        r"w \leftarrow w - \text{lr} \, \frac{\hat{m}}{\sqrt{v'} + \epsilon}",
    )

    name: Literal["amsgrad"] = "amsgrad"  # type: ignore[assignment]
    slots: ClassVar[tuple[str, str, bool]] = ("mean", "square", True)


@technique("optimizer")
class AdaMax(Optimizer):
    """AdaMax: Adam that divides by the largest gradient of late, not by a mean of squares.

        m <- beta1 m + (1 - beta1) g
        u <- max(beta2 u, |g|)
        w <- w - lr m / ((1 - beta1^(t+1)) (u + epsilon))

    learning_rate: lr, default 0.002. beta1: share of the old mean of gradients, default 0.9.
    beta2: by which the largest gradient fades, default 0.999. epsilon: default 1e-8, so that 0 / 0 cannot occur.
    Cost: two numbers stored beside each parameter. When not: where single huge gradients occur; they slow it for about
    1 / (1 - beta2) updates.
    Source: Kingma & Ba, "Adam", 2015, section 7.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="adamax").optimizer.learning_rate
    0.002
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g",
        r"u \leftarrow \max(\beta_2 u, |g|)",
        r"w \leftarrow w - \text{lr} \, \frac{m}{(1 - \beta_1^{t+1}) (u + \epsilon)}",
    )

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
        return coefficient_table(
            t, a1=momentum, b1=1 - momentum, c1=corrected, a2=self.beta2, scale=-rate, outside=self.epsilon
        )


@technique("optimizer")
class NAdam(Adam):
    """NAdam with constant momentum: Adam whose numerator looks one step ahead.

        m^ = beta1 m / (1 - beta1^(t+2)) + (1 - beta1) g / (1 - beta1^(t+1))

    All else, and the other settings, as in Adam.

    learning_rate: lr, default 0.002.
    Cost: as Adam's. When not: as Adam.
    Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer="nadam").optimizer.learning_rate
    0.002
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"m, v, \hat{v} \text{ as in Adam}",
        r"\hat{m} = \frac{\beta_1 m}{1 - \beta_1^{t+2}} + \frac{(1 - \beta_1) g}{1 - \beta_1^{t+1}}",
        r"w \leftarrow w - \text{lr} \, \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}",
    )
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
    """NAdam with Dozat's momentum schedule: the momentum rises from half of beta1 to beta1 over the run.

        mu_t = beta1 (1 - 0.96^(decay (t+1)) / 2)
        m^ = mu_(t+1) m / (1 - prod mu_0..t+1) + (1 - mu_t) g / (1 - prod mu_0..t)

    All else, and the other settings, as in Adam.

    decay: how fast the momentum rises, default 0.004.
    The momentum is its own: a schedule that moves others' (1cycle) moves its rate alone.
    Cost: as Adam's. When not: with 1cycle, whose momentum it does not follow.
    Source: Dozat 2016, as PyTorch has it.

    >>> from wellfit import Recipe
    >>> Recipe(optimizer={"name": "nadam_dozat", "decay": 0.01}).optimizer.decay
    0.01
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\mu_t = \beta_1 \left(1 - \frac{1}{2} \, 0.96^{\text{decay} \, (t+1)}\right)",
        r"\hat{m} = \frac{\mu_{t+1} m}{1 - \prod_{s \le t+1} \mu_s} + \frac{(1 - \mu_t) g}{1 - \prod_{s \le t} \mu_s}",
        r"w \leftarrow w - \text{lr} \, \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}",
    )
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
