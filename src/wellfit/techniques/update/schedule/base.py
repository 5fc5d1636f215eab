"""Schedules: how the learning rate, or any other strength, changes from update to update.

A schedule is a function of t, updates from 0, and of the horizon T, the updates of the recipe's epochs. It
gives a factor; the strength is the factor times the setting. Written once for arrays of t; the engine reads
its values from a table, a round at a time.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique

Array = NDArray[np.float64]


def updates_until(shares: Array, horizon: int) -> Array:
    """How many updates lie before each share of the run."""
    return np.ceil(shares * horizon - 1e-9 * horizon)


class Schedule(Technique):
    """A factor for each update. warmup: the first n updates are multiplied by (t + 1) / n; a share of T if below 1;
    default 0.
    """

    title: ClassVar[str] = "Schedules"
    seam: ClassVar[Seam] = "optimizer"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("slow", "unstable between runs")

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
