"""Snapshots: copies of the weights on the way, networks of their own."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.run.averaging import needs_cycles

Array = NDArray[np.float64]


class Snapshots(Technique):
    """What the engine needs to know of snapshots: after which updates a copy is taken."""

    title: ClassVar[str] = "Snapshots"
    seam: ClassVar[Seam] = "average"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("many models",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "unstable between runs")

    cyclic: ClassVar[bool] = False

    def refused(self, recipe: Any) -> str | None:
        return needs_cycles(self, recipe)

    def after_updates(self, updates: int, cycle_ends: Array) -> list[int]:
        """Numbers of updates, rising, after which the weights are copied."""
        return []


@technique("snapshots")
class NoSnapshots(Snapshots):
    """No snapshots."""

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


@technique("snapshots")
class CycleSnapshots(Snapshots):
    """A copy of the weights at each restart of a cyclic schedule, and at its end, where the rate is lowest.

    The copies are of the plain weights with the moving statistics of that moment, whatever averaging is on. They are
    kept in the member, saved in its checkpoints, and are networks: `population.snapshots(i)`, or together
    `wellfit.models.ensemble.bag(population, snapshots=True)`.

    Works with the schedules "growing_cycles" and "cosine". A run that ends early has those that it reached.
    Departures: the paper ends each cycle at its lowest rate and keeps only the last few.
    Cost: a copy of the parameters each cycle. When not: cycles of a few epochs, whose networks are poor.

    >>> from wellfit import Recipe
    >>> Recipe(snapshots="cycles", schedule={"name": "cosine", "cycles": 5}).snapshots.name
    'cycles'

    Source: Huang, Li, Pleiss, Liu, Hopcroft & Weinberger, "Snapshot ensembles: train 1, get M for free", 2017.
    """

    heading: ClassVar[str] = "Snapshots at the ends of cycles"

    name: Literal["cycles"] = "cycles"
    cyclic: ClassVar[bool] = True

    def after_updates(self, updates: int, cycle_ends: Array) -> list[int]:
        return sorted({int(end) for end in cycle_ends if 0 < end <= updates})


@technique("snapshots")
class SpacedSnapshots(Snapshots):
    """Copies of the weights at equally spaced points of the run: checkpoints of one run, to be averaged.

    With T the updates of the run and n the count: after round(T j / n) updates, j = 1 ... n; the last is the end. What
    the copies hold, and how to get at them, is as for "cycles".

    count: n, 1 to 1000, default 5.
    Cost: n copies of the parameters. When not: the early ones are poor; "cycles" takes each at a lowest rate.

    >>> from wellfit import Recipe
    >>> Recipe(snapshots={"name": "spaced", "count": 4}).snapshots.count
    4

    Source: Geron, "Hands-on machine learning", 2022; Chen, Lundberg & Lee, "Checkpoint ensembles", 2017.
    """

    heading: ClassVar[str] = "Snapshots at equal distances"

    name: Literal["spaced"] = "spaced"
    count: int = Field(default=5, ge=1, le=1000)

    def after_updates(self, updates: int, cycle_ends: Array) -> list[int]:
        return sorted({max(round(updates * j / self.count), 1) for j in range(1, self.count + 1)})
