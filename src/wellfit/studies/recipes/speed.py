"""How soon networks reach a validation loss: updates and seconds, with the tuning of their learning rates counted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.studies.base import Grid
from wellfit.studies.recipes.tuning import Tuned
from wellfit.training import Population

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """The validation losses of one network in training.

    updates, losses: (evaluations,). kept: the update whose weights are kept. made: updates in all.
    seconds_per_update: as the clock measured it.
    """

    updates: Float64
    losses: Float64
    kept: int
    made: int
    seconds_per_update: float

    __repr__ = short_repr

    def to_target(self, target: float) -> float:
        """Updates up to the first evaluation whose loss is at most the target; infinite where there is none."""
        reached = np.flatnonzero(self.losses <= target)
        return float(self.updates[reached[0]]) if len(reached) else math.inf

    @property
    def kept_loss(self) -> float:
        """The loss of the weights that are kept; infinite where they were never evaluated."""
        known = self.losses[self.updates == self.kept]
        return float(known[-1]) if len(known) and math.isfinite(known[-1]) else math.inf

    def lowest_at(self, updates: Float64) -> Float64:
        """The lowest loss so far at some updates, NaN before the first evaluation."""
        finite = np.where(np.isfinite(self.losses), self.losses, np.inf)
        so_far = np.concatenate([[np.nan], np.minimum.accumulate(finite)])
        return so_far[np.searchsorted(self.updates, updates, side="right")]


def curves_of(population: Population) -> list[Curve]:
    """Of each member."""
    return [
        Curve(
            np.array(member.history.column("update")), np.array(member.history.column("validation_loss")),
            member.best_update, member.update, member.seconds_per_update,
        )
        for member in population.engine.members
    ]  # fmt: skip


@dataclass(frozen=True)
class Speed:
    """Of one recipe, with the rate that was chosen in each fold, all (partitions, folds, seeds).

    updates: to the target; infinite where it was not reached. seconds: the same by the clock.
    tuning: updates of the networks at the other rates.
    """

    updates: Float64
    seconds: Float64
    tuning: Float64

    __repr__ = short_repr

    @property
    def with_tuning(self) -> Float64:
        """Updates to the target, those of tuning counted."""
        return self.updates + self.tuning


def curves_by_name(grid: Grid) -> dict[str, NDArray[Any]]:
    """The curves (partitions, folds, seeds) of each recipe of a grid whose `more` is `curves_of`."""
    shape = (len(grid.more), len(grid.names), grid.views.partitions, grid.views.folds)
    table = np.empty(math.prod(shape), object)
    table[:] = [curve for round_ in grid.more for curve in round_]
    ordered = np.moveaxis(table.reshape(shape), 0, -1)
    return dict(zip(grid.names, ordered, strict=True))


def default_target(curves: Mapping[str, NDArray[Any]], reference: Tuned) -> Float64:
    """A loss that every network of the reference reaches: in each fold the largest of its kept validation losses.

    Returns:
        (partitions, folds, 1); infinite where none of its networks trained.
    """
    kept = np.vectorize(lambda curve: curve.kept_loss, otypes=[float])
    every = np.stack([kept(curves[name]) for name in reference.names])
    chosen = np.take_along_axis(every, reference.picks[None, ..., None], axis=0)[0]
    known = np.where(np.isfinite(chosen), chosen, -np.inf).max(axis=2, keepdims=True)
    return np.where(np.isfinite(known), known, np.nan)


def speed_of(curves: Mapping[str, NDArray[Any]], tuned: Tuned, target: Float64 | float) -> Speed:
    """How soon a recipe reaches the target. target: one for all, or (partitions, folds, 1)."""
    every = np.stack([curves[name] for name in tuned.names])
    goals = np.broadcast_to(target, every.shape[1:])
    updates, seconds, tuning = (np.empty(every.shape[1:]) for _ in range(3))
    for place in np.ndindex(*every.shape[1:]):
        pick = int(tuned.picks[place[:2]])
        chosen = every[(pick, *place)]
        updates[place] = chosen.to_target(float(goals[place]))
        seconds[place] = updates[place] * chosen.seconds_per_update
        tuning[place] = sum(curve.made for k, curve in enumerate(every[(slice(None), *place)]) if k != pick)
    return Speed(updates, seconds, tuning)


def mean_curve(curves: Sequence[Curve], points: int = 60) -> tuple[Float64, Float64]:
    """The median over networks of the lowest validation loss so far, at some updates of the longest of them."""
    longest = max(curves, key=lambda curve: len(curve.updates))
    at = longest.updates[longest.updates > 0]
    at = at[np.unique(np.linspace(0, len(at) - 1, min(points, len(at))).astype(int))] if len(at) else at
    return at, np.median([curve.lowest_at(at) for curve in curves], axis=0)
