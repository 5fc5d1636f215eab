"""Settings that change from update to update: computed in float64 for a round at a time, read by the compiled step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.program import Program
from wellfit.recipe import Recipe
from wellfit.techniques.update.schedule import Plateau, Schedule, Scheduled
from wellfit.techniques.update.update import COEFFICIENTS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Horizon:
    """How long a member's run is: updates in all and in one epoch; schedule: updates that its schedules span; epoch:
    updates that an epoch has for schedules and averages, which is the run's own unless it repeats another run.
    """

    updates: int
    per_epoch: int
    schedule: int
    epoch: int


def epoch_updates(rows: int, batch: int, joined: bool, dropped: bool = False) -> int:
    """Mini-batches of an epoch: the last may be short; if `joined`, one of a single row joins the one before; if
    `dropped`, a short one is left out.
    """
    if dropped:
        return rows // batch
    batches = -(-rows // batch)
    return batches - 1 if joined and batches > 1 and rows - (batches - 1) * batch == 1 else batches


def learning_rates(recipe: Recipe, t: Array, horizon: Horizon, losses: list[float]) -> Array:
    """The scheduled rate at updates t. losses: validation losses so far, for a plateau schedule."""
    rate = recipe.optimizer.learning_rate * recipe.schedule.values(t, horizon.schedule, horizon.epoch)
    if isinstance(recipe.schedule, Plateau):
        schedule = recipe.schedule
        rate = rate * max(schedule.gamma ** schedule.falls(losses), schedule.minimum)
    return np.asarray(rate, dtype=np.float64)


def scheduled_indices(program: Program) -> NDArray[np.int64]:
    """Which settings the columns of `scheduled_values` stand for."""
    optimizer = np.arange(program.optimizer_settings, program.optimizer_settings + COEFFICIENTS)
    others = [setting for setting, _, _ in program.shrinkage] + [setting for setting, _, _ in program.strengths]
    others += [setting for setting, _ in program.followers]
    late = [setting + k for setting in program.late_settings.values() for k in range(COEFFICIENTS)]
    return np.concatenate([optimizer, np.array(others + late, dtype=np.int64)]).astype(np.int64)


def scheduled_values(
    program: Program, recipe: Recipe, horizon: Horizon, first: int, count: int, losses: list[float]
) -> tuple[Array, Array]:
    """Values of the scheduled settings (count, settings) at updates first, first + 1, ..., and the learning rates
    (count,).
    """
    t = np.arange(first, first + count, dtype=np.float64)
    rate = learning_rates(recipe, t, horizon, losses)
    momentum = recipe.schedule.momentum(t, horizon.schedule)
    if momentum is None:
        momentum = np.full(count, recipe.optimizer.base_momentum)
    table = np.zeros((count, len(scheduled_indices(program))))
    table[:, :COEFFICIENTS] = recipe.optimizer.coefficients(t, rate, momentum)
    column = COEFFICIENTS
    for _, strength, factor in program.shrinkage:
        times_rate = 1.0 if factor is None else rate * _strengths(factor, t, horizon)
        table[:, column] = _strengths(strength, t, horizon) * times_rate
        column += 1
    for _, value, schedule in program.strengths:
        table[:, column] = value * schedule.values(t, horizon.schedule, horizon.epoch)
        column += 1
    for _, values in program.followers:
        table[:, column] = values(t, horizon)
        column += 1
    for start in program.late_settings:  # an optimiser counts a segment's updates from that segment's first one
        table[:, column : column + COEFFICIENTS] = recipe.optimizer.coefficients(
            np.maximum(t - start, 0), rate, momentum
        )
        column += COEFFICIENTS
    return table, rate


def first_updates(recipe: Recipe, horizon: Horizon) -> dict[str, int]:
    """The first update of each layer that is frozen at the start, by its rate's schedule; the run's end for never."""
    frozen_until: dict[str, int] = {}
    for layer in ("input", *(f"hidden{k}" for k in range(len(recipe.hidden))), "output"):
        rate = recipe.layer_rates.of(layer, len(recipe.hidden))
        if isinstance(rate, Scheduled):
            factors = _strengths(rate, np.arange(horizon.updates, dtype=np.float64), horizon)
            started = np.flatnonzero(factors > 0)
            frozen_until[layer] = int(started[0]) if len(started) else horizon.updates
    return {layer: first for layer, first in frozen_until.items() if first > 0}


def _strengths(strength: float | Scheduled, t: Array, horizon: Horizon) -> Array:
    if isinstance(strength, Scheduled):
        schedule: Schedule = strength.schedule
        return strength.value * schedule.values(t, horizon.schedule, horizon.epoch)
    return np.full(len(t), float(strength))
