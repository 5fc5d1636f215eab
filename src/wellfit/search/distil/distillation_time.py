"""How long training a small network by an ensemble takes, so that it ends within a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.network import Network
from wellfit.recipe import Recipe
from wellfit.search.choose.chosen_ensemble import ChosenEnsemble

LEAST_EPOCHS = 4
MORE_THAN_UPDATES = 1.3  # times what updates take is what training takes: making rows ready, measuring itself

# Training rows, measured ones, the ensemble's networks that did not see these, and their weights.
Fold = tuple[NDArray[np.int64], NDArray[np.int64], list[Network], list[float]]


@dataclass(frozen=True)
class DistillationTime:
    """How long distillation takes.

    teacher_seconds: of a teacher's prediction for one row.
    measuring: seconds, for the losses on all rows.
    """

    ensemble: ChosenEnsemble
    recipe: Recipe
    folds: Sequence[Fold]
    teacher_seconds: float
    measuring: float

    def training(self, many: int) -> float:
        """Seconds to train the network and those of so many folds."""
        members = self.ensemble.population.members
        known = [member for member in members if member.recipe.hidden == self.recipe.hidden and member.update]
        update = float(np.median([member.seconds_per_update for member in known or members]))
        rows = int((self.ensemble.population.weight > 0).sum())
        batch = self.recipe.batch_size if isinstance(self.recipe.batch_size, int) else rows
        once = MORE_THAN_UPDATES * update / batch * rows * self.recipe.epochs
        return math.ceil((many + 1) / self.ensemble.searched.settings.n_jobs) * once

    def apart(self, many: int) -> float:
        """Seconds for what is not training: the teachers' predictions for the folds' rows, and the losses."""
        predictions = sum(len(training) * len(teachers) for training, _, teachers, _ in self.folds[:many])
        return predictions * self.teacher_seconds + self.measuring * many / max(len(self.folds), 1)

    def affordable(self, seconds: float) -> tuple[int, int]:
        """For how many epochs to train, and how many folds to measure."""
        for many in range(len(self.folds), 0, -1):
            if self.training(many) + self.apart(many) <= seconds:
                return self.recipe.epochs, many
        least = min(len(self.folds), 1)
        epochs = math.floor(self.recipe.epochs * max(seconds - self.apart(least), 0.0) / self.training(least))
        return min(max(epochs, LEAST_EPOCHS), self.recipe.epochs), least
