"""Choosing the ensemble from the candidates of a search by their out-of-fold predictions."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.cost import MOST_COST
from wellfit.engines.contract.progress import Observer
from wellfit.errors import InputError
from wellfit.search.choose.candidate_states import CandidateState, describe, evaluation_rows, states
from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.search.choose.network_allocation import allocate, effective_networks, folds_kept
from wellfit.search.choose.selection_time import SelectionTime
from wellfit.search.race.interrupts import interruptible
from wellfit.search.race.run import FinishedSearch, record_of, repeat_search, run_search
from wellfit.search.race.settings import SearchSettings
from wellfit.statistics.calibration import fit_temperature
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.statistics.selection import Selection, select
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.views.expanding import latest_views

COLUMNS = 20  # of the table that the limit on prediction's cost is made for
SHARE_OF_FIRSTS = 0.5  # of what predicting may cost, for the first network of each candidate


def search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: SearchSettings, *,
    record: Mapping[str, Any] | None = None, observers: Sequence[Observer] = (),
) -> ChosenEnsemble:  # fmt: skip
    """Search for the best ensemble within a limit.

    arrays: the table's columns, as `Schema.arrays` makes them.
    target: what is predicted, one target, as `make_target` makes it.
    weight: array (rows,), at least 0; None: 1 each.
    settings: how to search, and how long.
    record: dict, that of an earlier search (`ChosenEnsemble.record`), which is then repeated to the same bits, whatever
        limit the settings hold; None (default): a new search.
    observers: functions called with a `Progress` about 20 times a second; default: none.

    Returns:
        The ensemble, with its cross-validated estimate and the record of every decision.

    Raises:
        InputError: what is wrong with the data or the settings; no network came to a first evaluation.
        KeyboardInterrupt: Ctrl-C while the ensemble is chosen, where the search is saved in a folder.
    """
    metric = metric_of(settings.metric, target.kind)
    if record is None:
        searched = run_search(
            arrays, target, weight, settings, observers, selection_time=lambda race: SelectionTime(race, metric)
        )
    else:
        searched = repeat_search(arrays, target, weight, settings, record["search"], observers)
    # With no folder to resume from, Ctrl-C would lose everything: choosing, which is short, then comes to its end.
    ending = interruptible(searched.race.population) if settings.folder is None else nullcontext()
    try:
        with ending:
            return choose_ensemble(searched, metric)
    except KeyboardInterrupt:
        searched.save()
        raise


def choose_ensemble(searched: FinishedSearch, metric: Metric) -> ChosenEnsemble:
    """The best ensemble of the candidates that were trained.

    Raises:
        InputError: no network came to a first evaluation.
    """
    started, race = time.monotonic(), searched.race
    if not all(len(view.validation) for view in race.partitions.views(0)):
        return _without_held_out_rows(searched, metric)
    rows = evaluation_rows(race, race.seed)
    every = states(race, rows, searched.settings.n_jobs)
    if not every:
        raise InputError(_without_a_network(searched))
    predicting = predicting_folds(searched)
    selection = _selected(searched, metric, rows, every, len(predicting))
    chosen = [(state, float(w)) for state, w in zip(every, selection.weights, strict=True) if w > 0]
    predictions = np.sum([w * state.predictions for state, w in chosen], axis=0)
    many = _kept(every, selection.weights, len(predicting), most_cost(searched))
    folds = tuple(map(tuple, folds_kept([int(k) for k in many if k], predicting)))
    choice = {key: value for key, value in selection.to_plain().items() if key != "weights"}
    plain: dict[str, Any] = {
        "search": record_of(searched),
        "metric": metric.name,
        "ensemble": {"of": [describe(*one, kept) for one, kept in zip(chosen, folds, strict=True)], **choice},
        "seconds": {**searched.timings, "choosing": time.monotonic() - started},
    }
    weights = np.array([w for _, w in chosen])
    kept_states = tuple(state for state, _ in chosen)
    temperature = _temperature(searched, rows, predictions)
    plain["temperature"] = temperature
    return ChosenEnsemble(
        searched, metric, selection, kept_states, weights, folds, rows, predictions, temperature, plain, searched.notes
    )


def _temperature(searched: FinishedSearch, rows: NDArray[np.int64], predictions: NDArray[np.float64]) -> float | None:
    """That of the ensemble's probabilities; None where none helps, and for numbers."""
    population, settings = searched.race.population.run, searched.settings
    if population.target.kind in ("numbers", "counts"):
        return None
    groups = None if settings.units is None else np.asarray(settings.units)[rows]
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
        raise InputError(_without_a_network(searched))
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


def _without_a_network(searched: FinishedSearch) -> str:
    """Why there is none, and what helps."""
    race = searched.race
    if any(member.status == "diverged" for member in race.members):
        return (
            "Every network diverged, and a linear one too: some values of the target or of the columns are far beyond "
            "all others; look for errors among them, or leave their rows out."
        )
    return "The limit was reached before any network was trained: give more time, or more updates."


def most_cost(searched: FinishedSearch) -> float:
    """What predicting a row may cost: as set, or as the table's columns let a user expect."""
    if searched.settings.most_cost is not None:
        return searched.settings.most_cost
    arrays = searched.race.population.run.arrays
    columns = arrays.numbers.shape[1] + arrays.codes.shape[1]
    return float(MOST_COST * max(1.0, columns / COLUMNS))


def predicting_folds(searched: FinishedSearch) -> list[int]:
    """The folds whose networks predict new rows: all, but those that the user's own leave behind, as in time order."""
    partitions = searched.race.partitions
    views = partitions.views(0)
    return latest_views(views) if partitions.fixed else list(range(len(views)))


def _kept(
    every: Sequence[CandidateState], weights: NDArray[np.float64], folds: int, most_cost: float
) -> NDArray[np.int64]:
    """How many networks of each state the model keeps, of so many folds."""
    return allocate(weights, np.array([state.cost for state in every]), folds, most_cost)


def _selected(
    searched: FinishedSearch, metric: Metric, rows: NDArray[np.int64], every: list[CandidateState], folds: int
) -> Selection:
    population, settings = searched.race.population.run, searched.settings
    groups = None if settings.units is None else np.asarray(settings.units)[rows]
    return select(
        [state.predictions for state in every],
        population.target.take(rows),
        population.weight[rows],
        metric,
        costs=[state.cost for state in every],
        most_cost=most_cost(searched) * SHARE_OF_FIRSTS,
        seed=settings.seed,
        same_as=[state.candidate.number for state in every],
        pairs=[] if searched.race.partitions.fixed else repeated(every),
        partition=[0 if searched.race.partitions.fixed else state.candidate.partition for state in every],
        networks=lambda weights: effective_networks(weights, _kept(every, weights, folds, most_cost(searched))),
        groups=groups,
    )


def repeated(every: Sequence[CandidateState]) -> list[tuple[int, int]]:
    """Places of states that are one recipe at one rung on two partitions of the rows."""
    firsts: dict[tuple[str, int], int] = {}
    pairs = []
    for place, state in enumerate(every):
        key = state.candidate.key, state.rung
        if key in firsts:
            if every[firsts[key]].candidate.partition == state.candidate.partition:
                continue  # on the same partition: the two share the error of their rows
            pairs.append((firsts[key], place))
        else:
            firsts[key] = place
    return pairs
