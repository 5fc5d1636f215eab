"""Schedules: how the learning rate, or any other strength, changes from update to update.

A schedule is a function of t, updates from 0, and of the horizon T, the updates of the recipe's epochs. It
gives a factor; the strength is the factor times the setting. Written once for arrays of t; the engine reads
its values from a table, a round at a time.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from wellfit.techniques.base import Technique, choice, technique

Array = NDArray[np.float64]


def _updates_until(shares: Array, horizon: int) -> Array:
    """How many updates lie before each share of the run."""
    return np.ceil(shares * horizon - 1e-9 * horizon)


class Schedule(Technique):
    """A factor for each update. warmup: the first n updates are multiplied by (t + 1) / n; a share of T if below 1;
    default 0.
    """

    warmup: float = Field(default=0.0, ge=0.0)
    fixed_length: ClassVar[bool] = False

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        """The factors at updates t (updates,), all in one array of the same shape.

        horizon: updates of the whole run. per_epoch: updates of one epoch.
        """
        raise NotImplementedError

    def values(self, t: Array, horizon: int, per_epoch: int) -> Array:
        """Factors with the warm-up."""
        rise = self.warmup * horizon if self.warmup < 1 else self.warmup
        return self.factor(t, horizon, per_epoch) * np.minimum(1.0, (t + 1) / max(rise, 1.0))

    def momentum(self, t: Array, horizon: int) -> Array | None:
        """The momentum that the schedule prescribes, None where it leaves it alone."""
        return None

    def cycle_ends(self, horizon: int) -> Array:
        """After how many updates each of its cycles ends; empty where it has no cycles."""
        return np.zeros(0)


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


@technique("schedule")
class Cosine(Schedule):
    """Cosine: end + (1 - end) (1 + cos(pi t / T)) / 2, restarted `cycles` times at equal lengths.

    end: last factor, default 0. cycles: default 1; growth: each cycle this many times longer than the last, default 1.
    Cost: none. When not: where the number of epochs is not fixed.
    Source: Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule="cosine").schedule.values(np.array([0.0, 50.0, 100.0]), 100, 10).tolist()
    [1.0, 0.5, 0.0]
    """

    name: Literal["cosine"] = "cosine"
    end: float = Field(default=0.0, ge=0.0, le=1.0)
    cycles: int = Field(default=1, ge=1)
    growth: float = Field(default=1.0, gt=0.0)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        ends = self._ends()
        starts = np.concatenate([[0.0], ends[:-1]])
        share = np.minimum(t / horizon, 1.0)
        cycle = np.minimum(np.searchsorted(ends, share, side="right"), self.cycles - 1)
        within = (share - starts[cycle]) / (ends[cycle] - starts[cycle])
        return np.asarray(self.end + (1 - self.end) * (1 + np.cos(np.pi * within)) / 2, dtype=np.float64)

    def _ends(self) -> Array:
        """The share of the run at which each cycle ends."""
        lengths = self.growth ** np.arange(self.cycles)
        return np.asarray(np.cumsum(lengths) / lengths.sum())

    def cycle_ends(self, horizon: int) -> Array:
        return _updates_until(self._ends(), horizon)


@technique("schedule")
class OneCycle(Schedule):
    """1cycle: the rate rises from 1/start to 1, then falls to 1/end; the momentum goes the other way.

    rise: share of the run, default 0.3. start: default 25. end: default 1e4, of the highest rate (PyTorch: of the
        start's). shape: "cosine" (default) or "linear".
    momentum_high, momentum_low: 0.95 and 0.85, for optimisers that have a momentum (beta1 of Adam).
    The last update, T - 1, has the lowest rate.
    Cost: none. When not: together with patience, which would cut it before its fall; with optimisers whose highest safe
    rate is unknown (run the range test first).
    Source: Smith, "A disciplined approach to neural network hyper-parameters", 2018.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule="one_cycle").schedule.values(np.array([0.0, 29.0, 99.0]), 100, 10).tolist()
    [0.04, 1.0, 0.0001]
    """

    name: Literal["one_cycle"] = "one_cycle"
    rise: float = Field(default=0.3, gt=0.0, lt=1.0)
    start: float = Field(default=25.0, ge=1.0)
    end: float = Field(default=1e4, ge=1.0)
    shape: Literal["cosine", "linear"] = "cosine"
    momentum_high: float = Field(default=0.95, ge=0.0, lt=1.0)
    momentum_low: float = Field(default=0.85, ge=0.0, lt=1.0)
    fixed_length: ClassVar[bool] = True

    def _between(self, t: Array, horizon: int, low: float, high: float, last: float) -> Array:
        peak = max(self.rise * horizon - 1, 1e-9)
        up = np.clip(t / peak, 0.0, 1.0)
        down = np.clip((t - peak) / max(horizon - 1 - peak, 1e-9), 0.0, 1.0)
        if self.shape == "cosine":
            up, down = (1 - np.cos(np.pi * up)) / 2, (1 - np.cos(np.pi * down)) / 2
        return np.where(t <= peak, low + (high - low) * up, high + (last - high) * down)

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return self._between(t, horizon, 1 / self.start, 1.0, 1 / self.end)

    def momentum(self, t: Array, horizon: int) -> Array | None:
        return self._between(t, horizon, self.momentum_high, self.momentum_low, self.momentum_high)


@technique("schedule")
class GrowingCycles(Schedule):
    """Cosine cycles of doubling length: (1 - cos(2 pi log2(1 + (2^n - 1) t / T))) / 2, n = `cycles`.

    cycles: 1 to 16, default 4.
    Cost: none. When not: in very short runs, whose first cycles have a few updates each.
    Source: Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024 (coslog4).

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule="growing_cycles").schedule.values(np.array([0.0, 3.0, 20.0, 100.0]), 100, 10).tolist()
    [0.0, 0.987, 0.0, 0.0]
    """

    name: Literal["growing_cycles"] = "growing_cycles"
    cycles: int = Field(default=4, ge=1, le=16)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        share = np.minimum(t / horizon, 1.0)
        return np.asarray(0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + (2**self.cycles - 1) * share))), dtype=np.float64)

    def cycle_ends(self, horizon: int) -> Array:
        return _updates_until((2.0 ** np.arange(1, self.cycles + 1) - 1) / (2**self.cycles - 1), horizon)


@technique("schedule")
class FlatCosine(Schedule):
    """Flat, then cosine to 0: 1 until the share `flat` of the run, then (1 + cos) / 2. flat: in [0, 1), default 0.5.

    Cost: none. When not: where the number of epochs is not fixed.
    Source: Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> Recipe(schedule="flat_cosine").schedule.values(np.array([50.0, 75.0, 100.0]), 100, 10).tolist()
    [1.0, 0.5, 0.0]
    """

    name: Literal["flat_cosine"] = "flat_cosine"
    flat: float = Field(default=0.5, ge=0.0, lt=1.0)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        share = np.clip((t / horizon - self.flat) / (1 - self.flat), 0.0, 1.0)
        return (1 + np.cos(np.pi * share)) / 2


@technique("schedule")
class Switch(Schedule):
    """Switch: 0 until a share of the run, or until an epoch, then 1. For layers that are unfrozen late.

    share: of the run's updates, in [0, 1), default 0.5. epoch: epochs completed before it is 1, at least 0; where it is
    given, share is not used.
    Cost: none. Not for the learning rate, which would do nothing at first.

    >>> from wellfit import Recipe
    >>> Recipe(dropout={"rate": {"value": 0.1, "schedule": {"name": "switch", "epoch": 3}}}).dropout.rate.schedule.epoch
    3

    Source: Yosinski, Clune, Bengio & Lipson, "How transferable are features in deep neural networks?", 2014, train
    transferred layers from the start or not at all; Howard & Ruder, 2018, unfreeze them one after the other.
    """

    name: Literal["switch"] = "switch"
    share: float = Field(default=0.5, ge=0.0, lt=1.0)
    epoch: int | None = Field(default=None, ge=0)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        start = self.share * horizon if self.epoch is None else self.epoch * per_epoch
        return np.where(t >= start, 1.0, 0.0)


@technique("schedule")
class Range(Schedule):
    """Range: rises exponentially over the whole run, for a test of which rates suit: low^(1 - t / (T - 1)).

    low: the first factor, above 0 and below 1, default 1e-6; the last is 1, so that the rate of the optimiser is the
    highest. Cost: none. When not: to train a network; `wellfit.range_test` reads the curves of several seeds.

    >>> from wellfit import Recipe
    >>> Recipe(schedule={"name": "range", "low": 1e-4}).schedule.low
    0.0001

    Source: Smith, "Cyclical learning rates for training neural networks", 2017.
    """

    name: Literal["range"] = "range"
    low: float = Field(default=1e-6, gt=0.0, lt=1.0)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return np.asarray(self.low ** (1 - np.minimum(t / max(horizon - 1, 1), 1.0)), dtype=np.float64)


AnySchedule = choice("schedule")


class Scheduled(BaseModel):
    """A strength that changes: `value` times the schedule's factor."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    value: float
    schedule: AnySchedule  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _no_plateau(self) -> Scheduled:
        if isinstance(self.schedule, Plateau):
            raise ValueError(
                "The schedule 'plateau' drives the learning rate alone; choose another one for a strength."
            )
        return self


Strength = float | Scheduled
LayerStrength = Strength | tuple[Strength, ...]  # one for all layers, or one for each hidden layer and the output


def strength(
    default: float, ge: float = 0.0, lt: float | None = None, le: float = float("inf"), layers: bool = False
) -> Any:
    """A field that takes a number in a range, or a schedule whose `value` lies in it.

    layers: it may be a list too, with one value for each hidden layer and the output (a recipe checks their number).
    """
    high, open_high = (lt, True) if lt is not None else (le, False)
    return Field(default=default, json_schema_extra={"low": ge, "high": high, "open": open_high, "layers": layers})
