"""The ensemble that is chosen from the candidates by their out-of-fold predictions."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.cost import MOST_COST
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.progress import Observer
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.search.choose.candidate_states import CandidateState, describe, evaluation_rows, states
from wellfit.search.choose.network_allocation import allocate, effective_networks, folds_kept
from wellfit.search.race.interrupts import interruptible
from wellfit.search.run import FinishedSearch, Settings, record_of, repeat_search, run_search
from wellfit.statistics.calibration import fit_intervals, fit_temperature, tempered
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.statistics.selection import Selection, select
from wellfit.tables import Schema
from wellfit.tables.arrays import Arrays, Target

COLUMNS = 20  # of the table for which the cap on prediction's cost is made
SHARE_OF_FIRSTS = 0.5  # of what prediction may cost, for the first network of each candidate


@dataclass(frozen=True)
class ChosenEnsemble:
    """What a search found: the ensemble, and how it was chosen.

    metric: by which the ensemble was chosen.
    selection: the choice, with its cross-validated estimate.
    states, weights: the candidates' states that make it. folds: of each, those whose networks the model keeps.
    rows: those on which candidates were compared. predictions: of the ensemble for them, (rows, columns), each row's by
        networks that did not train on it.
    record: every decision, as JSON holds it; enough to repeat the search.
    refitted: what became of the networks that were trained once more on all rows (`wellfit.search.refit_ensemble`),
        None where none was; the estimate is then that of the networks before.
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

    @property
    def population(self) -> TrainingRun:
        """Every network of the search, in the order of coming."""
        return self.searched.race.population.run

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.searched.race.population.interrupted

    @property
    def estimate(self) -> Estimate:
        """The score to expect on new rows, with its 95 % interval: accuracy-like metrics higher is better."""
        loss = self.selection.estimate
        if self.temperature is not None:
            target, weight = self._evaluated()
            plain, tempered_loss = (self.metric.loss(target, p, weight) for p in (self.predictions, self._tempered()))
            loss = loss.shifted(tempered_loss - plain)
        loss = loss.at_least(0.0)
        ends = sorted((self.metric.score_of(loss.low), self.metric.score_of(loss.high)))
        return Estimate(self.metric.score_of(loss.mean), *ends)

    def _evaluated(self) -> tuple[Target, NDArray[np.float32]]:
        return self.population.target.take(self.rows), self.population.weight[self.rows]

    def _tempered(self) -> NDArray[np.float64]:
        t = self.temperature
        return self.predictions if t is None else tempered(self.predictions, self.population.target.kind, t)

    def model(self, schema: Schema, info: dict[str, Any] | None = None) -> Model:
        """The ensemble as one model."""
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


def estimate_in_info(metric: Metric, estimate: Estimate, refitted: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a model keeps of its estimate, and of its networks having been trained on all rows afterwards."""
    if not math.isfinite(estimate.mean):
        return {}
    plain = {"metric": metric.name, **estimate.to_plain(), "before_refit": refitted is not None}
    return {"cross_validated_estimate": plain, **({} if refitted is None else {"refit": refitted})}


def search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: Settings, *,
    record: Mapping[str, Any] | None = None, observers: Sequence[Observer] = (),
) -> ChosenEnsemble:  # fmt: skip
    """Search for the best ensemble within a limit.

    arrays, target: the table's columns and what is predicted.
    weight: (rows,), at least 0; None: 1 each.
    settings: how to search, and how long.
    record: that of an earlier search (`ChosenEnsemble.record`), which is then repeated to the same bits.
    observers: called with a `Progress` about 20 times a second.

    Raises:
        InputError: what is wrong with data or settings; no network came to a first evaluation.
    """
    metric = metric_of(settings.metric, target.kind)
    if record is None:
        searched = run_search(arrays, target, weight, settings, observers)
    else:
        searched = repeat_search(arrays, target, weight, settings, record["search"], observers)
    # With no folder to go on from, Ctrl-C would lose everything: choosing, which is short, then comes to its end.
    ending = interruptible(searched.race.population) if settings.folder is None else nullcontext()
    try:
        with ending:
            return choose_ensemble(searched, metric)
    except KeyboardInterrupt:
        searched.save()
        raise


def choose_ensemble(searched: FinishedSearch, metric: Metric) -> ChosenEnsemble:
    """The ensemble of what was trained.

    Raises:
        InputError: no network came to a first evaluation.
    """
    started, race = time.monotonic(), searched.race
    if not all(len(view.validation) for view in race.partitions.views(0)):
        return _without_held_out_rows(searched, metric)
    rows = evaluation_rows(race, race.seed)
    every = states(race, rows, searched.settings.n_jobs)
    if not every:
        raise InputError("The limit was over before a network was ready: give more time, or more updates.")
    selection = _selected(searched, metric, rows, every)
    chosen = [(state, float(w)) for state, w in zip(every, selection.weights, strict=True) if w > 0]
    predictions = np.sum([w * state.predictions for state, w in chosen], axis=0)
    whole = len(chosen[0][0].networks)
    many = _kept(every, selection.weights, most_cost(searched))
    folds = tuple(map(tuple, folds_kept([int(k) for k in many if k], whole)))
    choice = {key: value for key, value in selection.to_plain().items() if key != "weights"}
    plain: dict[str, Any] = {
        "search": record_of(searched),
        "metric": metric.name,
        "ensemble": {"of": [describe(*one, kept) for one, kept in zip(chosen, folds, strict=True)], **choice},
        "seconds": {**searched.timings, "choosing": time.monotonic() - started},
    }
    weights = np.array([w for _, w in chosen])
    names = tuple(state for state, _ in chosen)
    temperature = _temperature(searched, rows, predictions)
    plain["temperature"] = temperature
    return ChosenEnsemble(
        searched, metric, selection, names, weights, folds, rows, predictions, temperature, plain, searched.notes
    )


def _temperature(searched: FinishedSearch, rows: NDArray[np.int64], predictions: NDArray[np.float64]) -> float | None:
    """That of the ensemble's probabilities; None where none helps, and for numbers."""
    population, settings = searched.race.population.run, searched.settings
    if population.target.kind in ("numbers", "counts"):
        return None
    groups = None if settings.groups is None else np.asarray(settings.groups)[rows]
    found = fit_temperature(
        predictions, population.target.take(rows), population.weight[rows], seed=settings.seed, groups=groups
    )
    return None if found == 1.0 else found


def _without_held_out_rows(searched: FinishedSearch, metric: Metric) -> ChosenEnsemble:
    """What was trained where there were too few rows to hold any out: nothing is chosen, nothing estimated."""
    race = searched.race
    candidate = race.candidates[0]
    trained = [k for k in candidate.members if race.members[k].update and race.members[k].status != "diverged"]
    if not trained:
        raise InputError("The limit was over before a network was ready: give more time, or more updates.")
    target = race.population.run.target
    columns = 2 if target.kind == "binary" else target.outputs
    state = CandidateState(candidate, 0, [race.population.networks(k)[0] for k in trained], np.zeros((0, columns)))
    cost = state.cost * len(trained)
    nothing = Selection(np.ones(1), math.nan, Estimate(math.nan), math.nan, 0.0, False, cost, 0)
    folds = tuple(range(len(trained)))
    plain = {
        "search": record_of(searched),
        "metric": metric.name,
        "ensemble": {"of": [describe(state, 1.0, folds)], **nothing.to_plain()},
        "seconds": searched.timings,
    }
    rows = np.zeros(0, np.int64)
    return ChosenEnsemble(
        searched, metric, nothing, (state,), np.ones(1), (folds,), rows, state.predictions, None, plain, searched.notes
    )


def most_cost(searched: FinishedSearch) -> float:
    """What predicting a row may cost: as set, or as the table's columns let a user expect."""
    if searched.settings.most_cost is not None:
        return searched.settings.most_cost
    arrays = searched.race.population.run.arrays
    columns = arrays.numbers.shape[1] + arrays.codes.shape[1]
    return float(MOST_COST * max(1.0, columns / COLUMNS))


def _kept(every: Sequence[CandidateState], weights: NDArray[np.float64], most_cost: float) -> NDArray[np.int64]:
    """How many networks of each state the model keeps."""
    return allocate(weights, np.array([state.cost for state in every]), len(every[0].networks), most_cost)


def _selected(
    searched: FinishedSearch, metric: Metric, rows: NDArray[np.int64], every: list[CandidateState]
) -> Selection:
    population, settings = searched.race.population.run, searched.settings
    groups = None if settings.groups is None else np.asarray(settings.groups)[rows]
    return select(
        [state.predictions for state in every],
        population.target.take(rows),
        population.weight[rows],
        metric,
        costs=[state.cost for state in every],
        most_cost=most_cost(searched) * SHARE_OF_FIRSTS,
        seed=settings.seed,
        same_as=[state.candidate.number for state in every],
        pairs=repeated(every),
        partition=[state.candidate.partition for state in every],
        networks=lambda weights: effective_networks(weights, _kept(every, weights, most_cost(searched))),
        groups=groups,
    )


def repeated(every: Sequence[CandidateState]) -> list[tuple[int, int]]:
    """Places of states that are one recipe at one rung on two deals of the rows."""
    firsts: dict[tuple[str, int], int] = {}
    pairs = []
    for place, state in enumerate(every):
        key = state.candidate.key, state.rung
        if key in firsts:
            if every[firsts[key]].candidate.partition == state.candidate.partition:
                continue  # on the same deal: the two share the error of their rows
            pairs.append((firsts[key], place))
        else:
            firsts[key] = place
    return pairs
