"""From candidates to a model: the ensemble that held-out predictions speak for."""

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
from wellfit.search.choose.candidate_predictions import Voice, describe, judged_rows, voices
from wellfit.search.choose.network_allocation import allocate, effective_networks, folds_kept
from wellfit.search.race.interrupts import interruptible
from wellfit.search.run import Searched, Settings, record_of, repeat_search, run_search
from wellfit.statistics.calibration import fit_intervals, fit_temperature, tempered
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.statistics.selection import Selection, select
from wellfit.tables import Schema
from wellfit.tables.arrays import Arrays, Target

COLUMNS = 20  # of the table for which the cap on prediction's cost is made
SHARE_OF_FIRSTS = 0.5  # of what prediction may cost, for the first network of each candidate


@dataclass(frozen=True)
class Found:
    """What a search found.

    metric: by which the ensemble was chosen. voices, weights: the candidates' states that make it; folds: those whose
    networks the model keeps, of each voice.
    selection: the choice, with what it promises. rows: those that it was judged by; said: what the ensemble says of
    them, held out (rows, columns). record: every decision, as JSON holds it; enough to repeat the search.
    refitted: what became of the networks that were trained once more on all rows (`wellfit.search.refit_found`), None
    where none was; the promise is then that of the networks before.
    """

    searched: Searched
    metric: Metric
    selection: Selection
    voices: tuple[Voice, ...]
    weights: NDArray[np.float64]
    folds: tuple[tuple[int, ...], ...]
    rows: NDArray[np.int64]
    said: NDArray[np.float64]
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
    def promised(self) -> Estimate:
        """The score to expect on new rows, with its 95 % interval: accuracy-like metrics higher is better."""
        loss = self.selection.estimate
        if self.temperature is not None:
            target, weight = self._judged()
            plain, tempered_loss = (self.metric.loss(target, p, weight) for p in (self.said, self._tempered()))
            loss = loss.shifted(tempered_loss - plain)
        loss = loss.at_least(0.0)
        ends = sorted((self.metric.score_of(loss.low), self.metric.score_of(loss.high)))
        return Estimate(self.metric.score_of(loss.mean), *ends)

    def _judged(self) -> tuple[Target, NDArray[np.float32]]:
        return self.population.target.take(self.rows), self.population.weight[self.rows]

    def _tempered(self) -> NDArray[np.float64]:
        t = self.temperature
        return self.said if t is None else tempered(self.said, self.population.target.kind, t)

    def model(self, schema: Schema, info: dict[str, Any] | None = None) -> Model:
        """The ensemble as one model."""
        networks: list[Network] = []
        weights: list[float] = []
        for voice, weight, folds in zip(self.voices, self.weights, self.folds, strict=True):
            networks += [voice.networks[fold] for fold in folds]
            weights += [float(weight) / len(folds)] * len(folds)
        target = self.population.target
        known = target.kind == "numbers" and len(self.rows) > 0
        residuals = fit_intervals(self.said, *self._judged()) if known else None
        return Model(
            schema,
            target.kind,
            target.labels,
            tuple(networks),
            weights,
            {**(info or {}), **promise_in_info(self.metric, self.promised, self.refitted)},
            temperature=self.temperature,
            intervals=residuals,
        )


def promise_in_info(metric: Metric, promised: Estimate, refitted: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a model keeps of its promise, and of its networks having been trained on all rows afterwards."""
    if not math.isfinite(promised.mean):
        return {}
    promise = {"metric": metric.name, **promised.to_plain(), "before_refit": refitted is not None}
    return {"cross_validated_estimate": promise, **({} if refitted is None else {"refit": refitted})}


def search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: Settings, *,
    record: Mapping[str, Any] | None = None, observers: Sequence[Observer] = (),
) -> Found:  # fmt: skip
    """Search for the best ensemble within a limit.

    weight: (rows,) or None. record: that of an earlier search (`Found.record`), which is then repeated to the same
    bits. observers: called with a `Progress` about 20 times a second.

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


def choose_ensemble(searched: Searched, metric: Metric) -> Found:
    """The ensemble of what was trained.

    Raises:
        InputError: no network came to a first evaluation.
    """
    started, race = time.monotonic(), searched.race
    if not all(len(view.validation) for view in race.partitions.views(0)):
        return _unjudged(searched, metric)
    rows = judged_rows(race, race.seed)
    every = voices(race, rows, searched.settings.n_jobs)
    if not every:
        raise InputError("The limit was over before a network was ready: give more time, or more updates.")
    selection = _selected(searched, metric, rows, every)
    chosen = [(voice, float(w)) for voice, w in zip(every, selection.weights, strict=True) if w > 0]
    said = np.sum([w * voice.said for voice, w in chosen], axis=0)
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
    names = tuple(voice for voice, _ in chosen)
    temperature = _temperature(searched, rows, said)
    plain["temperature"] = temperature
    return Found(searched, metric, selection, names, weights, folds, rows, said, temperature, plain, searched.notes)


def _temperature(searched: Searched, rows: NDArray[np.int64], said: NDArray[np.float64]) -> float | None:
    """That of the ensemble's probabilities; None where none helps, and for numbers."""
    population, settings = searched.race.population.run, searched.settings
    if population.target.kind in ("numbers", "counts"):
        return None
    groups = None if settings.groups is None else np.asarray(settings.groups)[rows]
    found = fit_temperature(
        said, population.target.take(rows), population.weight[rows], seed=settings.seed, groups=groups
    )
    return None if found == 1.0 else found


def _unjudged(searched: Searched, metric: Metric) -> Found:
    """What was trained where there were too few rows to hold any out: nothing is chosen, nothing promised."""
    race = searched.race
    candidate = race.candidates[0]
    trained = [k for k in candidate.members if race.members[k].update and race.members[k].status != "diverged"]
    if not trained:
        raise InputError("The limit was over before a network was ready: give more time, or more updates.")
    target = race.population.run.target
    columns = 2 if target.kind == "binary" else target.outputs
    voice = Voice(candidate, 0, [race.population.networks(k)[0] for k in trained], np.zeros((0, columns)))
    cost = voice.cost * len(trained)
    nothing = Selection(np.ones(1), math.nan, Estimate(math.nan), math.nan, 0.0, False, cost, 0)
    folds = tuple(range(len(trained)))
    plain = {
        "search": record_of(searched),
        "metric": metric.name,
        "ensemble": {"of": [describe(voice, 1.0, folds)], **nothing.to_plain()},
        "seconds": searched.timings,
    }
    rows = np.zeros(0, np.int64)
    return Found(
        searched, metric, nothing, (voice,), np.ones(1), (folds,), rows, voice.said, None, plain, searched.notes
    )


def most_cost(searched: Searched) -> float:
    """What predicting a row may cost: as set, or as the table's columns let a user expect."""
    if searched.settings.most_cost is not None:
        return searched.settings.most_cost
    arrays = searched.race.population.run.arrays
    columns = arrays.numbers.shape[1] + arrays.codes.shape[1]
    return float(MOST_COST * max(1.0, columns / COLUMNS))


def _kept(every: Sequence[Voice], weights: NDArray[np.float64], most_cost: float) -> NDArray[np.int64]:
    """How many networks of each voice the model keeps."""
    return allocate(weights, np.array([voice.cost for voice in every]), len(every[0].networks), most_cost)


def _selected(searched: Searched, metric: Metric, rows: NDArray[np.int64], every: list[Voice]) -> Selection:
    population, settings = searched.race.population.run, searched.settings
    groups = None if settings.groups is None else np.asarray(settings.groups)[rows]
    return select(
        [voice.said for voice in every],
        population.target.take(rows),
        population.weight[rows],
        metric,
        costs=[voice.cost for voice in every],
        most_cost=most_cost(searched) * SHARE_OF_FIRSTS,
        seed=settings.seed,
        same_as=[voice.candidate.number for voice in every],
        pairs=repeated(every),
        partition=[voice.candidate.partition for voice in every],
        networks=lambda weights: effective_networks(weights, _kept(every, weights, most_cost(searched))),
        groups=groups,
    )


def repeated(every: Sequence[Voice]) -> list[tuple[int, int]]:
    """Places of voices that are one recipe in one state on two deals of the rows."""
    firsts: dict[tuple[str, int], int] = {}
    pairs = []
    for place, voice in enumerate(every):
        key = voice.candidate.key, voice.rung
        if key in firsts:
            if every[firsts[key]].candidate.partition == voice.candidate.partition:
                continue  # on the same deal: the two share the error of their rows
            pairs.append((firsts[key], place))
        else:
            firsts[key] = place
    return pairs
