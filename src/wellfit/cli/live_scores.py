"""Scores while networks are trained: the metric of the final table, from what training has measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wellfit.statistics.metrics import METRICS, Metric, metric_of
from wellfit.statistics.scores import score_title, shown_score
from wellfit.tables.arrays import Target, TargetKind

if TYPE_CHECKING:
    from wellfit.search.race.candidate import Candidate
    from wellfit.search.race.race import Race

# Training measures a loss and an error of held-out rows; these metrics follow from the two without predicting again.
FROM_TRAINING = ("log_loss", "error", "accuracy", "rmse", "r2", "poisson_deviance")


@dataclass(frozen=True)
class LossShown:
    """How a validation loss is shown while one recipe is trained.

    name: of the score. of: the score of a loss.
    """

    name: str = "loss"
    of: Callable[[float], float] = float


def loss_shown(kind: TargetKind, loss: str) -> LossShown:
    """As the final table has it, where a score follows from the loss; otherwise the loss itself.

    kind: of the target. loss: name of the recipe's loss.
    """
    if kind in ("binary", "classes", "labels"):
        return LossShown(score_title("log_loss"))
    squared = kind == "numbers" and loss in ("auto", "squared")
    return LossShown(score_title("rmse"), math.sqrt) if squared else LossShown()


class LiveScores:
    """The held-out scores of candidates by the metric that the ensemble is chosen by.

    Where training does not measure that metric (AUC, MAE and others), it is the kind of target's own metric, which the
    name then says.

    metric: that the ensemble is chosen by. target: of the training rows.
    """

    def __init__(self, metric: Metric, target: Target) -> None:
        known = metric.name in FROM_TRAINING
        self.metric = metric if known else metric_of(METRICS[target.kind][0], target.kind)
        self.name = score_title(self.metric.name)
        self.variance = float(np.var(target.values, axis=0, dtype=np.float64).mean())
        self._known: dict[tuple[int, int], float] = {}

    def shown(self, race: Race | None, one: Candidate) -> str:
        """A candidate's score as text; nothing where it is not known."""
        value = math.nan if race is None else self._loss(race, one)
        return shown_score(self.metric.name, self.metric.score_of(value))

    def ranked(self, race: Race) -> list[Candidate]:
        """Candidates with a loss that have not diverged: those that came furthest first, the best of them first."""
        known = [one for one in race.candidates if math.isfinite(one.loss) and one.status != "diverged"]
        return sorted(known, key=lambda one: (one.status != "finished", self._loss(race, one), one.loss))

    def _loss(self, race: Race, one: Candidate) -> float:
        """The loss by the metric at the last rung that a candidate has passed; it is measured once."""
        key = one.number, one.rung
        if key not in self._known:
            members = [race.members[index] for index in one.members]
            errors = [member.kept_score("validation_error") for member in members]
            self._known[key] = self._of(one.loss, float(np.mean(errors)), float(np.mean(np.sqrt(errors))))
        return self._known[key]

    def _of(self, loss: float, error: float, root: float) -> float:
        """The metric's loss from a candidate's loss, its mean error and the mean root of its errors."""
        name = self.metric.name
        if name == "log_loss":
            return loss
        if name == "poisson_deviance":
            return 2 * loss
        if name in ("error", "accuracy"):
            return error
        return root if name == "rmse" else error / self.variance if self.variance else math.nan
