"""Schedules that stay or fall."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.techniques.base import technique
from wellfit.techniques.update.schedule.base import Array, Schedule


@technique("schedule")
class Constant(Schedule):
    """Constant: factor 1.

    Cost: none. When not: to end well: at a constant rate the weights keep jumping about the minimum.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 8.3.1.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule="constant").schedule.values(np.array([0.0, 50.0, 100.0]), 100, 10).tolist()
    [1.0, 1.0, 1.0]
    """

    equations: ClassVar[tuple[str, ...]] = (r"\text{lr}_t = \text{lr}",)
    heading: ClassVar[str] = "Constant rate"
    helps: ClassVar[bool] = False

    name: Literal["constant"] = "constant"

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return np.ones_like(t)


@technique("schedule")
class Linear(Schedule):
    """Linear: (1 - a) + a end with a = min(1, t / tau); constant at `end` afterwards.

    end: last factor, default 0.01 (Goodfellow, Bengio & Courville 2016, 8.3.1). tau: updates, default the whole run.
    Cost: none. When not: where the number of epochs is not fixed.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 8.3.1, equation 8.14.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule="linear").schedule.values(np.array([0.0, 50.0, 100.0]), 100, 10).tolist()
    [1.0, 0.505, 0.01]
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} = (1 - a) + a \, \text{end}, \quad a = \min\left(1, \frac{t}{\tau}\right)",
    )
    heading: ClassVar[str] = "Linear fall"

    name: Literal["linear"] = "linear"
    end: float = Field(default=0.01, ge=0.0)
    tau: int | None = Field(default=None, gt=0)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        a = np.minimum(1.0, t / (self.tau or horizon))
        return (1 - a) + a * self.end


@technique("schedule")
class Power(Schedule):
    """Power: 1 / (1 + t / s)^c. s: updates until the factor has fallen to 2^-c, default a tenth of the run. c: default
    1.

    Cost: none. When not: in short runs, at whose end its rate is still high.
    Source: Senior, Heigold, Ranzato & Yang, "An empirical study of learning rates in deep neural networks for speech
    recognition", 2013.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule={"name": "power", "s": 50}).schedule.values(np.array([0.0, 50.0, 100.0]), 100, 10).tolist()
    [1.0, 0.5, 0.333]
    """

    equations: ClassVar[tuple[str, ...]] = (r"\frac{\text{lr}_t}{\text{lr}} = \frac{1}{(1 + t / s)^c}",)
    heading: ClassVar[str] = "Power fall"

    name: Literal["power"] = "power"
    s: float | None = Field(default=None, gt=0.0)
    c: float = Field(default=1.0, gt=0.0)

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return (1 + t / (self.s or horizon / 10)) ** -self.c


@technique("schedule")
class Exponential(Schedule):
    """Exponential: 0.1^(t / s), a tenth every s updates. s: default half the run.

    Cost: none. When not: in long runs with a small s, whose second half stands still.
    Source: Senior, Heigold, Ranzato & Yang 2013.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule={"name": "exponential", "s": 50}).schedule.values(np.array([0.0, 50.0]), 100, 10).tolist()
    [1.0, 0.1]
    """

    equations: ClassVar[tuple[str, ...]] = (r"\frac{\text{lr}_t}{\text{lr}} = 0.1^{t / s}",)
    heading: ClassVar[str] = "Exponential fall"

    name: Literal["exponential"] = "exponential"
    s: float | None = Field(default=None, gt=0.0)

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return np.power(0.1, t / (self.s or horizon / 2))


@technique("schedule")
class Step(Schedule):
    """Step: multiplied by `gamma` every `epochs` epochs. epochs: default 10. gamma: in (0, 1], default 0.1.

    Cost: none. When not: where nobody knows when to step; cosine has nothing to set.
    Source: He, Zhang, Ren & Sun, "Deep residual learning for image recognition", 2016.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule={"name": "step", "epochs": 5}).schedule.values(np.array([0.0, 50.0, 100.0]), 100, 10).tolist()
    [1.0, 0.1, 0.01]
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} = \gamma^{\lfloor \text{epoch} / \text{epochs} \rfloor}",
    )
    heading: ClassVar[str] = "Steps"

    name: Literal["step"] = "step"
    epochs: int = Field(default=10, gt=0)
    gamma: float = Field(default=0.1, gt=0.0, le=1.0)

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return self.gamma ** np.floor(t / (per_epoch * self.epochs))


@technique("schedule")
class Plateau(Schedule):
    """Plateau: multiplied by `gamma` after `patience` evaluations in a row without a lower validation loss.

    patience: evaluations (one an epoch, unless the stopping rule says otherwise), default 10. gamma: in (0, 1),
    default 0.1. minimum: smallest factor, default 1e-4. The engine counts the falls (`falls`), since they depend on
    what validation says; without validation rows the factor stays 1.
    Cost: none. When not: with few or noisy validation rows, whose chance it follows.
    Source: Senior, Heigold, Ranzato & Yang 2013, "performance scheduling".

    >>> from wellfit import Recipe
    >>> Recipe(schedule={"name": "plateau", "patience": 2}).schedule.falls([1.0, 0.5, 0.6, 0.7, 0.8, 0.9])
    2
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} = \max\left(\gamma^{\text{falls}}, \text{minimum}\right)",
    )
    heading: ClassVar[str] = "Fall on a plateau"

    example: ClassVar[dict[str, Any]] = {"schedule": {"name": "plateau", "patience": 5}}

    name: Literal["plateau"] = "plateau"
    patience: int = Field(default=10, ge=1)
    gamma: float = Field(default=0.1, gt=0.0, lt=1.0)
    minimum: float = Field(default=1e-4, ge=0.0)

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return np.ones_like(t)

    def falls(self, losses: list[float]) -> int:
        """How often the factor has fallen after these validation losses, one an epoch."""
        best, waited, falls = np.inf, 0, 0
        for loss in losses:
            if loss < best:
                best, waited = loss, 0
            else:
                waited += 1
            if waited >= self.patience:
                falls, waited = falls + 1, 0
        return falls
