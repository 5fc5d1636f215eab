"""Schedules made for a run of a known length: cosines, cycles, switches, the range test's rise."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.techniques.base import Mechanism, Symptom, technique
from wellfit.techniques.update.schedule.base import Array, Schedule, updates_until


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

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} = \text{end} + (1 - \text{end}) \, \frac{1 + \cos(\pi t / T)}{2}",
    )
    heading: ClassVar[str] = "Cosine, with restarts"

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
        return updates_until(self._ends(), horizon)


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

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} : \quad \frac{1}{\text{start}} \rightarrow 1 \rightarrow \frac{1}{\text{end}}",
    )
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely", "wider minima")
    symptoms: ClassVar[tuple[Symptom, ...]] = ("slow", "explodes", "unstable between runs")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "slow": (2, "goes through the highest rates that the network bears, in a run of fixed length"),
    }

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

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} = \frac{1}{2} \left(1 - \cos\left(2 \pi \log_2\left(1 + (2^n - 1) "
        r"\frac{t}{T}\right)\right)\right)",
    )
    heading: ClassVar[str] = "Growing cosine cycles"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely", "wider minima")

    name: Literal["growing_cycles"] = "growing_cycles"
    cycles: int = Field(default=4, ge=1, le=16)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        share = np.minimum(t / horizon, 1.0)
        return np.asarray(0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + (2**self.cycles - 1) * share))), dtype=np.float64)

    def cycle_ends(self, horizon: int) -> Array:
        return updates_until((2.0 ** np.arange(1, self.cycles + 1) - 1) / (2**self.cycles - 1), horizon)


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

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} = \begin{cases} 1 & t < \text{flat} \cdot T \\ \frac{1}{2} \left(1 + "
        r"\cos\left(\pi \frac{t / T - \text{flat}}{1 - \text{flat}}\right)\right) & \text{else} \end{cases}",
    )
    heading: ClassVar[str] = "Flat, then cosine schedule"
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "unstable between runs": (3, "a rate that ends at 0 lets each run settle (on by default)"),
    }

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

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{\text{lr}_t}{\text{lr}} = \begin{cases} 0 & t < \text{share} \cdot T \\ 1 & \text{else} \end{cases}",
    )

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
    highest. Cost: none. When not: to train a network; `wellfit.studies.range_test` reads the curves of several seeds.

    >>> from wellfit import Recipe
    >>> Recipe(schedule={"name": "range", "low": 1e-4}).schedule.low
    0.0001

    Source: Smith, "Cyclical learning rates for training neural networks", 2017.
    """

    equations: ClassVar[tuple[str, ...]] = (r"\frac{\text{lr}_t}{\text{lr}} = \text{low}^{1 - t / (T - 1)}",)

    name: Literal["range"] = "range"
    low: float = Field(default=1e-6, gt=0.0, lt=1.0)
    fixed_length: ClassVar[bool] = True

    def factor(self, t: Array, horizon: int, per_epoch: int) -> Array:
        return np.asarray(self.low ** (1 - np.minimum(t / max(horizon - 1, 1), 1.0)), dtype=np.float64)
