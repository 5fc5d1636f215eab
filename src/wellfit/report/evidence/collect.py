"""Everything that is measured for the report of a fit, the cheap parts first, until the time is over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.models.model import Model
from wellfit.report.evidence.choices import choices
from wellfit.report.evidence.clock import Clock
from wellfit.report.evidence.findings import chosen_of, examined, with_late_rules
from wellfit.report.evidence.looked_at import TestRows, looked_at
from wellfit.report.evidence.of_rows import Looking, of_rows, of_several
from wellfit.report.evidence.parts import LEAST_SECONDS, Parts
from wellfit.reprs import short_repr
from wellfit.search import ChosenEnsemble
from wellfit.statistics.result import as_json_values
from wellfit.tables.split import LabelledRows, SplitTable

EXAMINATION_SHARE = 0.45  # of the seconds that are left, for the rules of diagnosis
VERSION = 1
NOTHING_NEW = "No row is new to the networks that the model holds."


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

    fit: the fit. seconds: that it may take, about; costlier parts are then measured on fewer rows or left out, and
    "left_out" says why, a sentence by the part's name. None (default): as many as it takes.

    Returns:
        Parts by name; a part that was not measured is not there.
    """
    clock = Clock(seconds)
    parts = Parts({"version": VERSION, "chosen": _chosen(fit)}, clock)
    _measure(parts, fit)
    _examine_late(parts, fit)
    found = {**parts.found, "left_out": parts.left_out, "seconds": {"spent": clock.spent, "limit": seconds}}
    plain: dict[str, Any] = as_json_values(found)
    return plain


def collect_rows(model: Model, rows: LabelledRows, metric: str | None = None, n_jobs: int = 1) -> dict[str, Any]:
    """Measure a model on rows that its networks have not seen, for the report of a fit that is no longer in memory.

    model: of one target. rows: with their target. metric: that importance is measured by; None (default): the target's
    own. n_jobs: threads (default 1).

    Returns:
        As `collect`, without what needs the training.
    """
    parts = Parts({"version": VERSION}, Clock(None))
    looked = TestRows(rows.take(np.flatnonzero(rows.weight > 0)), "given rows", model, n_jobs)
    of_rows(parts, Looking(model.schema, metric), looked)
    plain: dict[str, Any] = as_json_values({**parts.found, "left_out": parts.left_out})
    return plain


def _chosen(fit: TrainedFit) -> dict[str, Any]:
    """Which networks stand for the others where one recipe is shown."""
    chosen = chosen_of(fit.run, fit.ensemble)
    return {"candidate": chosen.candidate, "members": list(chosen.members)}


def _measure(parts: Parts, fit: TrainedFit) -> None:
    """Fill in the parts."""

    def findings_and_choices() -> None:
        parts.add("examination", lambda: _examined(fit, parts.clock))
        ensemble = fit.ensemble
        if ensemble is not None:
            parts.add("choices", lambda: choices(ensemble.record, parts.clock))

    if fit.run.target.tasks:
        findings_and_choices()
        of_several(parts, fit.model, fit.data.test, fit.n_jobs)
        return
    looked = looked_at(fit.data.train, fit.data.test, fit.model, fit.run, fit.ensemble, fit.n_jobs)
    if looked is None:
        parts.left_out.update(dict.fromkeys(("predictions", "importance"), NOTHING_NEW))
        findings_and_choices()
    else:
        of_rows(parts, Looking(fit.model.schema, fit.metric, tuple(_names(fit))), looked, findings_and_choices)


def _examine_late(parts: Parts, fit: TrainedFit) -> None:
    """Run the rules for which there was no time before, as far as there is some left."""
    known, left = parts.found.get("examination"), parts.clock.left
    if known is not None and left >= LEAST_SECONDS:
        parts.found["examination"] = with_late_rules(known, fit.data, None if left == math.inf else left)


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
