"""Everything that is measured for the report of a fit, the cheap parts first, until the time is over."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.report.evidence.choices import choices
from wellfit.report.evidence.clock import Clock
from wellfit.report.evidence.columns import columns_of, dependences, importance, shown_columns
from wellfit.report.evidence.diversity import diversity
from wellfit.report.evidence.findings import chosen_of, examined
from wellfit.report.evidence.looked_at import MOST_ROWS, LookedAt, TestRows, looked_at
from wellfit.report.evidence.predictions import of_predictions, worst_rows
from wellfit.reprs import short_repr
from wellfit.search import ChosenEnsemble
from wellfit.statistics.result import as_json_values
from wellfit.tables.split import LabelledRows, SplitTable

MOST_COLUMNS = 200  # of more, as of a sparse table of words, importance is not measured
EXAMINATION_SHARE = 0.45  # of the seconds that are left, for the rules of diagnosis
CELLS = 5  # columns whose cells are shown beside a row
LEAST_SECONDS = 0.02  # for a part that is begun
VERSION = 1


@dataclass(frozen=True)
class TrainedFit:
    """What a fit has in memory at its end.

    data: its rows. run: every network that was trained. model: what was made of them.
    ensemble: that a search chose; None: the run is a bag of one recipe.
    metric: that was asked for; None: the target's own. n_jobs: threads.
    mute: codes of rules that are left out.
    """

    data: SplitTable
    run: TrainingRun
    model: Model
    ensemble: ChosenEnsemble | None = None
    metric: str | None = None
    n_jobs: int = 1
    mute: tuple[str, ...] = ()

    __repr__ = short_repr


def collect(fit: TrainedFit, seconds: float | None = None) -> dict[str, Any]:
    """Measure what the report of a fit needs beside its result, as JSON holds it.

    fit: the fit. seconds: that it may take, about; costlier parts are then measured on fewer rows or left out, which
    "left_out" says, a sentence each. None (default): as many as it takes.

    Returns:
        Parts by name; a part that was not measured is not there.
    """
    clock = Clock(seconds)
    left_out: list[str] = []
    found: dict[str, Any] = {"version": VERSION, "chosen": _chosen(fit)}
    _measure(found, fit, clock, left_out)
    found["left_out"] = left_out
    found["seconds"] = {"spent": clock.spent, "limit": seconds}
    plain: dict[str, Any] = as_json_values(found)
    return plain


def collect_rows(model: Model, rows: LabelledRows, metric: str | None = None, n_jobs: int = 1) -> dict[str, Any]:
    """Measure a model on rows that its networks have not seen, for the report of a fit that is no longer in memory.

    model: of one target. rows: with their target. metric: that importance is measured by; None (default): the target's
    own. n_jobs: threads (default 1).

    Returns:
        As `collect`, without what needs the training.
    """
    left_out: list[str] = []
    found: dict[str, Any] = {"version": VERSION}
    kept = np.flatnonzero(rows.weight > 0)
    looked = TestRows(rows.take(kept), "given rows", model, n_jobs).sample(MOST_ROWS)
    _of_rows(_Parts(found, Clock(None), left_out), _Rows(model, metric), looked)
    plain: dict[str, Any] = as_json_values({**found, "left_out": left_out})
    return plain


def _chosen(fit: TrainedFit) -> dict[str, Any]:
    """Which networks stand for the others where one recipe is shown."""
    chosen = chosen_of(fit.run, fit.ensemble)
    return {"candidate": chosen.candidate, "members": list(chosen.members)}


def _measure(found: dict[str, Any], fit: TrainedFit, clock: Clock, left_out: list[str]) -> None:
    """Fill in the parts."""
    part = _Parts(found, clock, left_out)
    if fit.run.target.tasks:
        left_out.append("Several targets are looked at one by one: wellfit evaluate MODEL TABLE --figures FOLDER.")
        return
    looked = looked_at(fit.data.train, fit.data.test, fit.model, fit.run, fit.ensemble, fit.n_jobs)
    if looked is None:
        left_out.append("No row is new to the networks that the model holds: nothing was measured of its predictions.")
    else:
        rows = _Rows(fit.model, fit.metric, tuple(_names(fit)))
        _of_rows(part, rows, looked.sample(MOST_ROWS), lambda: _findings(part, fit))
    if looked is None:
        _findings(part, fit)
    ensemble = fit.ensemble
    if ensemble is not None:
        part.add("choices", "Which choices mattered was", lambda: choices(ensemble.record, clock))


def _findings(part: _Parts, fit: TrainedFit) -> None:
    """What the rules say."""
    part.add("examination", "The diagnosis was", lambda: _examined(fit, part.clock))


@dataclass(frozen=True)
class _Rows:
    """What rows are looked at with: the model, the metric, and what each part of it is called (empty: by number)."""

    model: Model
    metric: str | None
    names: tuple[str, ...] = ()


def _of_rows(part: _Parts, fit: _Rows, looked: LookedAt, then: Callable[[], None] = lambda: None) -> None:
    """What is measured on rows that are new to the networks. then: comes before the costlier parts."""
    values = looked.predict(looked.rows.arrays)
    columns = columns_of(fit.model.schema)
    part.add("predictions", "Reliability and residuals were", lambda: of_predictions(looked, values))
    part.add("diversity", "The diversity of the ensemble was", lambda: diversity(looked, fit.names))
    then()
    ranked: list[str] = []
    if 0 < len(columns) <= MOST_COLUMNS:
        measured = part.add(
            "importance", "The importance of columns was", lambda: importance(looked, columns, fit.metric, part.clock)
        )
        ranked = measured["table"]["column"] if measured else []
    elif columns:
        many = f"here are {len(columns):,}"
        part.left_out.append(f"Importance is not measured of more than {MOST_COLUMNS} columns; {many}.")
    shown = shown_columns(columns, ranked, len(columns))
    part.add("worst", "The rows of the largest losses were", lambda: worst_rows(looked, values, shown[:CELLS]))
    if shown:
        part.add("dependence", "Partial dependence was", lambda: dependences(looked, shown, part.clock) or None)


@dataclass(frozen=True)
class _Parts:
    """Adds parts while there is time, and says which were left out."""

    found: dict[str, Any]
    clock: Clock
    left_out: list[str]

    def add(self, name: str, what: str, measure: Callable[[], Any]) -> Any:
        """A part of a name. what: it is, in words. measure: makes it; None: the time was too short."""
        made = None
        if self.clock.left >= LEAST_SECONDS:
            try:
                made = measure()
            except InputError as error:
                self.left_out.append(f"{what} not measured: {error}")
                return None
        if made is None and name != "diversity":
            self.left_out.append(f"{what} left out: the time was too short.")
        if made is not None:
            self.found[name] = made
        return made


def _examined(fit: TrainedFit, clock: Clock) -> dict[str, Any]:
    seconds = None if clock.left == math.inf else clock.share(EXAMINATION_SHARE)
    return examined(fit.data, fit.run, fit.ensemble, seconds, fit.mute).to_plain()


def _names(fit: TrainedFit) -> list[str]:
    """The candidate of each part that predicts."""
    if fit.ensemble is None:
        return []
    pairs = zip(fit.ensemble.states, fit.ensemble.folds, strict=True)
    whole = [f"candidate {state.candidate.number}" for state, folds in pairs for _ in folds]
    if len(whole) == len(fit.model.networks) and fit.data.test is not None:
        return whole
    return [f"candidate {state.candidate.number}" for state in fit.ensemble.states]
