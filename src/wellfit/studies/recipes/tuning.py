"""A recipe chosen in each fold on its validation rows, and measured on held-out rows, which the choice never saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import counted, short_repr
from wellfit.studies.base import Grid

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Tuned:
    """One of several recipes, chosen fold by fold.

    names: of the recipes. picks: (partitions, folds) which of them has the lowest mean validation loss over the seeds.
    """

    names: tuple[str, ...]
    picks: NDArray[np.int64]

    __repr__ = short_repr

    @property
    def usual(self) -> str:
        """The recipe that most folds choose; of equals the first."""
        return self.names[int(np.bincount(self.picks.ravel(), minlength=len(self.names)).argmax())]

    @property
    def words(self) -> str:
        """How often each was chosen."""
        count = Counter(self.picks.ravel().tolist())
        return ", ".join(f"{self.names[k]} in {counted(times, 'fold')}" for k, times in sorted(count.items()))

    def losses(self, grid: Grid, part: str = "test") -> Float64:
        """The losses (partitions, folds, seeds) of the recipe that was chosen in each fold."""
        every = np.stack([grid.losses(name, part) for name in self.names])
        return np.asarray(np.take_along_axis(every, self.picks[None, ..., None], axis=0)[0])


def chosen_on_validation(grid: Grid, names: Sequence[str]) -> Tuned:
    """In each fold the recipe whose mean validation loss over the seeds is lowest; one that diverges is not chosen."""
    means = np.stack([grid.losses(name, "validation").mean(axis=2) for name in names])
    return Tuned(tuple(names), np.where(np.isnan(means), np.inf, means).argmin(axis=0))
