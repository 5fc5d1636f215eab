"""Scores while networks are trained: the metric of the final table, from what training has measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wellfit.statistics.metrics import Metric
from wellfit.statistics.scores import score_title, shown_score
from wellfit.tables.arrays import Float32, Target, TargetKind

if TYPE_CHECKING:
    from wellfit.search.race.candidate import Candidate
    from wellfit.search.race.race import Race

# Training measures a loss and an error of held-out rows; these metrics follow from the two without predicting again.
FROM_TRAINING = ("log_loss", "error", "accuracy", "rmse", "r2", "poisson_deviance")
MOST_ROWS = 2000  # held-out rows that are predicted for the others: a moment a candidate, and enough for a look


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

    Where training does not measure that metric (AUC, MAE and others), each candidate's networks predict up to 2,000 of
    their held-out rows for it between two rounds, once a rung.

    metric: that the ensemble is chosen by. target: of the training rows.
    weight: (rows,) of the training rows; None (default): 1 each.
    """

    def __init__(self, metric: Metric, target: Target, weight: Float32 | None = None) -> None:
        self.metric, self.target, self.weight = metric, target, weight
        self.name = score_title(metric.name)
        self.variance = float(np.var(target.values, axis=0, dtype=np.float64).mean())
        self._known: dict[tuple[int, int], float] = {}

    def measure(self, race: Race) -> None:
        """Measure what training does not, of candidates that have passed a rung; no round may be under way."""
        if self.metric.name in FROM_TRAINING:
            return
        for one in race.candidates:
            key = one.number, one.rung
            if one.rung and one.status != "diverged" and key not in self._known:
                self._known[key] = self._predicted(race, one)

    def shown(self, race: Race | None, one: Candidate) -> str:
        """A candidate's score as text; nothing where it is not known."""
        value = math.nan if race is None else self._loss(race, one)
        return shown_score(self.metric.name, self.metric.score_of(value))

    def ranked(self, race: Race) -> list[Candidate]:
        """Candidates with a loss that have not diverged: those that came furthest first, the best of them first."""
        known = [one for one in race.candidates if math.isfinite(one.loss) and one.status != "diverged"]
        losses = {one.number: self._loss(race, one) for one in known}
        losses = {number: math.inf if math.isnan(loss) else loss for number, loss in losses.items()}
        return sorted(known, key=lambda one: (one.status != "finished", losses[one.number], one.loss))

    def _loss(self, race: Race, one: Candidate) -> float:
        """The loss by the metric at the last rung that a candidate has passed; NaN where it is not known."""
        key = one.number, one.rung
        if key not in self._known:
            if self.metric.name not in FROM_TRAINING:
                return math.nan
            members = [race.members[index] for index in one.members]
            errors = [member.kept_score("validation_error") for member in members]
            self._known[key] = self._of(one.loss, float(np.mean(errors)), float(np.mean(np.sqrt(errors))))
        return self._known[key]

    def _predicted(self, race: Race, one: Candidate) -> float:
        """The loss by the metric of a candidate's kept weights; NaN where there are none, or no row can measure it."""
        from wellfit.search.choose.candidate_states import held_out_predictions

        if any(race.members[index].best is None for index in one.members):  # far behind, and dropped
            return math.nan
        rows = np.sort(np.concatenate([race.members[index].plan.view.validation for index in one.members]))
        if len(rows) > MOST_ROWS:
            rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
        networks = race.kept(one)
        predicted = held_out_predictions(race, one, networks, rows, n_jobs=1) if networks else None
        for network in networks:
            network.free()
        weight = None if self.weight is None else self.weight[rows]
        if predicted is None or (weight is not None and not weight.any()):
            return math.nan
        return self.metric.loss(self.target.take(rows), predicted, weight)

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
