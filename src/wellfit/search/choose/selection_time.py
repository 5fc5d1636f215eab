"""How long choosing the ensemble will take, so that a time limit leaves room for it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wellfit.search.choose.candidate_states import LEAST_EVALUATED, MOST_CELLS, MOST_CELLS_TOGETHER, STATES
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.race import MOST_EVALUATED, Race
from wellfit.statistics.metrics import Metric, MetricOnRows
from wellfit.statistics.selection import effort

MOST_TIMED_ROWS = 20_000  # rows, at most
PASSES = 12  # over every held-out prediction: computed, checked, brought into form, averaged
LAST_PASSES = 40  # over those of the ensemble: its temperature and its estimate
SHARE_OF_AN_UPDATE = 0.35  # predicting a row, of what training on it takes
NETWORK_SECONDS = 0.002  # seconds, of a network's prediction however few the rows
SECONDS_PER_LOSS = 8e-5  # seconds, for adding a candidate and the like
MARGIN = 1.2
REPEATS = 3
ALL_ROWS = 12  # losses of all rows: the gain of averaging, and the interval


class SelectionTime:
    """Wall seconds that choosing the ensemble takes, by what was trained so far.

    Speeds are measured on held-out rows with random predictions, when it is made: a loss of the rows that the selection
    looks at (`loss`), and a pass over a number (`cell`).
    """

    def __init__(self, race: Race, metric: Metric) -> None:
        self.race = race
        held = np.concatenate([view.validation for view in race.partitions.views(0)])[:MOST_TIMED_ROWS]
        self.on_rows = metric.on_rows(race.population.run.target.take(held), race.population.run.weight[held])
        predictions = random_predictions(self.on_rows, len(held))
        form = self.on_rows.compact(predictions)
        self.columns, self.lines = predictions.shape[1], len(form)
        self.cell = (
            seconds_of(lambda: (np.isfinite(predictions).all(), self.on_rows.compact(predictions))) / predictions.size
        )
        looked, _ = effort(self.on_rows, self.lines, 1)
        part = metric.on_rows(race.population.run.target.take(held[:looked]), self.on_rows.weight[:looked])
        few = np.ascontiguousarray(form[:, :looked])
        self.loss = seconds_of(lambda: part.loss(few)) + SECONDS_PER_LOSS

    def __call__(self) -> float:
        """Seconds, as things stand."""
        candidates = self.race.candidates
        if not candidates:
            return 0.0
        states = STATES * min(len(candidates), MOST_EVALUATED)
        rows = self._rows(states)
        looked, losses = effort(self.on_rows, self.lines, states)
        losses += round(ALL_ROWS * rows / looked)
        passes = (PASSES * states + LAST_PASSES) * rows * self.columns * self.cell
        predicting = sum(self._predicting(one, rows) for one in candidates[:MOST_EVALUATED])
        return float(MARGIN * (losses * self.loss + passes + predicting))

    def _rows(self, states: int) -> int:
        """How many rows candidates are compared on, about."""
        held = sum(len(view.validation) for view in self.race.partitions.views(0))
        return int(min(held, max(min(MOST_CELLS, MOST_CELLS_TOGETHER // states) // self.columns, LEAST_EVALUATED)))

    def _predicting(self, candidate: Candidate, rows: int) -> float:
        """Seconds in which the states of a candidate predict so many rows."""
        member = self.race.members[candidate.members[0]]
        batch = candidate.recipe.batch_size
        together = batch if isinstance(batch, int) else len(member.plan.view.training)
        row = SHARE_OF_AN_UPDATE * member.seconds_per_update / together / self.race.population.n_jobs
        return STATES * (rows * row + NETWORK_SECONDS * len(candidate.members))


def seconds_of(work: Callable[[], object]) -> float:
    """The least that it took of a few times."""
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def random_predictions(on_rows: MetricOnRows, rows: int) -> NDArray[np.float64]:
    """Predictions (rows, columns) of nobody: probabilities, or numbers above 0."""
    predictions = np.random.default_rng(0).random((rows, on_rows.columns)) + 1e-3
    return (
        np.asarray(predictions / predictions.sum(axis=1, keepdims=True))
        if on_rows.kind in ("binary", "classes")
        else predictions / 2
    )
