"""The ensemble that a search chose, how it was chosen, and the model made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.network import Network
from wellfit.models.model import Model
from wellfit.reprs import short_repr
from wellfit.search.choose.candidate_states import CandidateState
from wellfit.search.race.run import FinishedSearch
from wellfit.statistics.calibration import fit_intervals, tempered
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import Metric
from wellfit.statistics.scores import headline, loss_range, scores
from wellfit.statistics.selection import Selection
from wellfit.tables import Schema
from wellfit.tables.arrays import Target


@dataclass(frozen=True)
class ChosenEnsemble:
    """The ensemble that a search chose, and how it was chosen.

    searched: the search that it was chosen from.
    metric: the metric that the ensemble was chosen by.
    selection: the choice, with the cross-validated estimate of its loss.
    states: the candidates' states that make the ensemble, one or more.
    weights: array (states,), above 0, sum 1.
    folds: for each state, the folds whose networks the model keeps.
    rows: array (evaluated rows,), rising: the rows on which candidates were compared.
    predictions: array (evaluated rows, columns), the ensemble's out-of-fold predictions: for each row, by networks that
        did not train on it.
    temperature: float above 0, of its probabilities; None (default): none improves them, or it predicts numbers.
    record: dict of every decision, as JSON holds it: enough to repeat the search.
    notes: sentences for the user.
    refitted: dict, what became of the networks that were trained once more on all rows
        (`wellfit.search.refit_ensemble`): the estimate is then that of the networks before. None (default): none were.
    """

    searched: FinishedSearch
    metric: Metric
    selection: Selection
    states: tuple[CandidateState, ...]
    weights: NDArray[np.float64]
    folds: tuple[tuple[int, ...], ...]
    rows: NDArray[np.int64]
    predictions: NDArray[np.float64]
    temperature: float | None = None
    record: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refitted: dict[str, Any] | None = None

    __repr__ = short_repr

    @property
    def population(self) -> TrainingRun:
        """Every network of the search, in the order in which they were added."""
        return self.searched.race.population.run

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.searched.race.population.interrupted

    @property
    def estimate(self) -> Estimate:
        """The score to expect on new rows, with its 95 % interval; of accuracy, AUC and R2 higher is better."""
        loss = self.selection.estimate
        if self.temperature is not None:
            target, weight = self._evaluated()
            plain, tempered_loss = (self.metric.loss(target, p, weight) for p in (self.predictions, self._tempered()))
            # In proportion: the gain of averaging is off the estimate already, and a difference would come off again.
            loss = loss.scaled(tempered_loss / plain) if plain > 0 else loss
        if not len(self.rows):
            return loss
        loss = loss.within(loss_range(self.metric.on_rows(*self._evaluated())))
        return loss.one_minus() if self.metric.greater_is_better else loss

    @property
    def scores(self) -> dict[str, Estimate]:
        """What people know, of the held-out predictions: error rate and log-loss, or R2 and RMSE, with intervals.

        They are those of the rows that chose the ensemble, which flatters a little: `estimate` takes that into account.
        Empty where no row was held out.
        """
        return held_out_scores(self, self.rows, self._tempered())

    def _evaluated(self) -> tuple[Target, NDArray[np.float32]]:
        return self.population.target.take(self.rows), self.population.weight[self.rows]

    def _tempered(self) -> NDArray[np.float64]:
        t = self.temperature
        return self.predictions if t is None else tempered(self.predictions, self.population.target.kind, t)

    def model(self, schema: Schema, info: dict[str, Any] | None = None) -> Model:
        """The ensemble as one model.

        schema: of the table.
        info: dict, further entries of the model's info, such as the target's name; default: none.
        """
        networks: list[Network] = []
        weights: list[float] = []
        for state, weight, folds in zip(self.states, self.weights, self.folds, strict=True):
            networks += [state.networks[fold] for fold in folds]
            weights += [float(weight) / len(folds)] * len(folds)
        target = self.population.target
        known = target.kind == "numbers" and len(self.rows) > 0
        residuals = fit_intervals(self.predictions, *self._evaluated()) if known else None
        return Model(
            schema,
            target.kind,
            target.labels,
            tuple(networks),
            weights,
            {**(info or {}), **estimate_in_info(self.metric, self.estimate, self.refitted)},
            temperature=self.temperature,
            intervals=residuals,
        )


def held_out_scores(
    ensemble: ChosenEnsemble, rows: NDArray[np.int64], predictions: NDArray[np.float64]
) -> dict[str, Estimate]:
    """The scores that people know of predictions (rows, columns) for these held-out rows; empty without rows."""
    if not len(rows):
        return {}
    target, weight = ensemble.population.target.take(rows), ensemble.population.weight[rows]
    units = ensemble.searched.settings.units
    groups = None if units is None else np.asarray(units)[rows]
    return scores(target, predictions, weight, names=headline(target.kind), groups=groups)


def estimate_in_info(metric: Metric, estimate: Estimate, refitted: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a model keeps of its estimate, and of its networks having been trained on all rows afterwards."""
    if not math.isfinite(estimate.mean):
        return {}
    plain = {"metric": metric.name, **estimate.to_plain(), "before_refit": refitted is not None}
    return {"cross_validated_estimate": plain, **({} if refitted is None else {"refit": refitted})}
