"""Averages of the weights over the updates of one run."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import AVERAGE_SEAM, TRAINED
from wellfit.techniques.operations import Builder
from wellfit.techniques.team import ELEMENTS, part_of

Array = NDArray[np.float64]


class Averaging(Technique):
    """What the engine needs to know of an average: after which updates it takes a sample, and with which share.

    start: from when on samples are taken: a share of the run (of what schedules span, where a fixed number of updates
    ends it sooner) if below 1, otherwise epochs.
    """

    title: ClassVar[str] = "Weight averaging"
    seam: ClassVar[Seam] = "average"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("wider minima", "many models")
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "unstable between runs")

    start: float = Field(default=0.0, ge=0.0)
    cyclic: ClassVar[bool] = False  # whether it takes its samples at the ends of the schedule's cycles

    def averages(self) -> bool:
        """Whether there is anything to average."""
        return True

    def state_size(self, trained: int) -> int:
        return trained if self.averages() else 0

    def first(self, updates: int, per_epoch: int) -> int:
        """The updates made before the first sample may be taken."""
        begin = self.start * (updates if self.start < 1 else per_epoch)
        return int(np.ceil(begin - 1e-9 * max(begin, 1.0)))

    def operations(self, program: Builder) -> None:
        if not self.averages():
            return
        schedule = program.recipe.schedule

        def rates(t: Array, horizon: Any) -> Array:
            return self.rates(t, horizon.schedule, horizon.epoch, schedule.cycle_ends(horizon.schedule))

        where, program.average_slot = program.setting(0.0), program.slot()
        program.paced(where, rates)
        program.emit(AVERAGE_SEAM, follow, settings=where, average=program.average_slot)

    def refused(self, recipe: Any) -> str | None:
        return needs_cycles(self, recipe)

    def samples(self, t: Array, updates: int, per_epoch: int, cycle_ends: Array) -> Array:
        """How many samples were taken when the updates 0 ... t have been made, for each t."""
        raise NotImplementedError

    def share(self, k: Array, per_epoch: int) -> Array:
        """The k-th sample's share of the average, k from 1; that of the first is 1."""
        raise NotImplementedError

    def rates(self, t: Array, updates: int, per_epoch: int, cycle_ends: Array) -> Array:
        """The share of the weights after update t in the average; 0 where no sample is taken.

        updates: that schedules span; cycle_ends: updates after which each cycle of the schedule ends.
        """
        k = self.samples(t, updates, per_epoch, cycle_ends)
        taken = k > self.samples(t - 1, updates, per_epoch, cycle_ends)
        return np.where(taken, self.share(np.maximum(k, 1), per_epoch), 0.0)


def needs_cycles(technique: Any, recipe: Any) -> str | None:
    """Why samples at the ends of cycles cannot be taken: the schedule has none."""
    if not technique.cyclic or recipe.schedule.cycle_ends(1000).size:
        return None
    return (
        f"{technique.family} takes its samples at the ends of cycles, and the schedule {recipe.schedule.name!r} has "
        'none: use the schedule "cosine" or "growing_cycles", or samples that do not follow cycles'
    )


@technique("averaging")
class NoAveraging(Averaging):
    """No averaging."""

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"

    def averages(self) -> bool:
        return False


@technique("averaging")
class RunningAverage(Averaging):
    """Running exponential average (EMA) of the weights: recent updates count most, each half-life halves the count.

    With w_k the weights after the k-th averaged update, k from 1, n updates an epoch and h the half-life in epochs:
    beta = 2^(-1 / (h n)), average_k = sum_j beta^(k - j) w_j / sum_j beta^(k - j), j = 1 ... k. Computed as
    average <- average + a_k (w_k - average), a_k = (1 - beta) / (1 - beta^k): corrected for its start: the first
    average is w_1 and no weight is given to the initial weights. With `corrected` off, a_1 = 1 and a_k = 1 - beta.
    Shapes: one average for each trained parameter.

    The AVERAGED weights are measured, stopped on, kept and saved, after batch normalisation's statistics have been
    re-estimated for them; training goes on from the plain weights. Before the first sample the plain weights are
    measured. The history's column `averaged` says which weights a line tells of.

    half_life: h, in epochs, at least 0, default 1; 0 is the plain weights, and costs nothing.
    start: a share of the run if below 1, otherwise epochs; default 0.
    corrected: default yes.
    Departures: Polyak and Juditsky average all updates equally.
    Cost: one pass over the parameters each update, one array beside them; with batch normalisation of L layers, at each
    evaluation, about (L + 1) / 2 forward passes over the training rows. When not: where the rate falls to 0 anyway, it
    adds little; with a half-life near the run's length it lags behind.

    >>> from wellfit import Recipe
    >>> Recipe(averaging={"name": "ema", "half_life": 2}).averaging.start
    0.0

    Source: Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", 1992; bias correction as in
    Kingma & Ba, "Adam", 2015.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\bar{w}_k = \frac{\sum_{j \le k} \beta^{k - j} w_j}{\sum_{j \le k} \beta^{k - j}}, \quad \beta = "
        r"2^{-1 / (h n)}",
    )
    heading: ClassVar[str] = "EMA, running average of the weights"
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "overfits": (3, "smooths the end of the run at no cost in training time; most recipes of the search have it"),
        "unstable between runs": (2, "the average depends less on where the last updates happened to end"),
    }

    name: Literal["ema"] = "ema"
    half_life: float = Field(default=1.0, ge=0.0)
    corrected: bool = Field(default=True)

    def averages(self) -> bool:
        return self.half_life > 0

    def samples(self, t: Array, updates: int, per_epoch: int, cycle_ends: Array) -> Array:
        return np.maximum(t + 1 - self.first(updates, per_epoch), 0.0)

    def share(self, k: Array, per_epoch: int) -> Array:
        log_beta = -np.log(2.0) / (self.half_life * per_epoch)
        if self.corrected:
            return np.asarray(np.expm1(log_beta) / np.expm1(k * log_beta))
        return np.where(k > 1, -np.expm1(log_beta), 1.0)


@technique("averaging")
class MeanOfLast(Averaging):
    """Mean of the weights at the ends of the last epochs (SWA), or at the ends of the schedule's last cycles.

    average_k = average_{k-1} + (w_k - average_{k-1}) / k with w_k the weights at the k-th sample, k from 1: the equal
    mean of all samples. Shapes: one average for each trained parameter.

    The AVERAGED weights are measured, stopped on, kept and saved, after batch normalisation's statistics have been
    re-estimated for them; training goes on from the plain weights. Before the first sample the plain weights are
    measured. The history's column `averaged` says which weights a line tells of.

    start: samples are taken after it; a share of the run if below 1 (default 0.75), otherwise epochs.
    sample: "epoch" (default), at the end of each epoch; or "cycle", at the end of each cycle of a cyclic schedule.
    A run that ends before any such moment samples its last weights.
    Departures: the paper turns to a constant or cyclic rate of its own for the samples; here the recipe's schedule
    rules, and a constant one, or cycles, serve best.
    Cost: a pass over the parameters each sample, one array beside them; with batch normalisation as for "ema".
    When not: under a rate that falls to 0 the samples hardly differ.

    >>> from wellfit import Recipe
    >>> Recipe(averaging={"name": "swa", "start": 0.5}, schedule="constant").averaging.sample
    'epoch'

    Source: Izmailov, Podoprikhin, Garipov, Vetrov & Wilson, "Averaging weights leads to wider optima and better
    generalization", 2018.
    """

    equations: ClassVar[tuple[str, ...]] = (r"\bar{w}_k = \bar{w}_{k-1} + \frac{w_k - \bar{w}_{k-1}}{k}",)
    heading: ClassVar[str] = "SWA, mean of the last weights"

    name: Literal["swa"] = "swa"
    start: float = Field(default=0.75, ge=0.0)
    sample: Literal["epoch", "cycle"] = "epoch"

    @property
    def cyclic(self) -> bool:  # type: ignore[override]
        """Whether it samples at the ends of cycles."""
        return self.sample == "cycle"

    def samples(self, t: Array, updates: int, per_epoch: int, cycle_ends: Array) -> Array:
        ends = cycle_ends if self.cyclic else np.arange(per_epoch, updates + 1, per_epoch)
        ends = ends[(ends > self.first(updates, per_epoch)) & (ends <= updates)]
        return np.searchsorted(ends if ends.size else np.array([updates]), t + 1, side="right").astype(np.float64)

    def share(self, k: Array, per_epoch: int) -> Array:
        return 1.0 / k


AVERAGE = fields("settings average")


@kernel(AVERAGE, shared=True)
def follow(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """average <- average + rate (w - average); the first sample, of rate 1, is taken over as it is."""
    rate = settings[row[AVERAGE.settings]]
    if rate == constant(0, rate):
        return
    begin, end = part_of(clock[TRAINED], ELEMENTS, clock)
    w, average = parameters[begin:end], state[row[AVERAGE.average] + begin : row[AVERAGE.average] + end]
    if rate == constant(1, rate):
        for i in range(len(average)):
            average[i] = w[i]
    else:
        for i in range(len(average)):
            average[i] += rate * (w[i] - average[i])
