"""Small tables and networks from which the tests of rules make their cases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from wellfit.diagnosis.base import Case, Judgement, PredictedRows, TrainedNetwork
from wellfit.diagnosis.base.rule import RULES
from wellfit.recipe import Recipe
from wellfit.studies.base import StudyTable, study_table
from wellfit.tables.arrays import View
from wellfit.training.transfer import table_of


def said(case: Case, code: str, **thresholds: Any) -> Judgement:
    """What one rule says of a case."""
    import wellfit.diagnosis.rules  # noqa: F401 - fills the registry

    judgement = RULES[code].judge(case, **thresholds)
    json.dumps(judgement.evidence, allow_nan=False)  # as reports write it
    return judgement


def table(y: Any, seed: int = 0, **columns: Any) -> StudyTable:
    """A table of these columns, or of four normal ones, with a target."""
    draws = np.random.default_rng(seed)
    given = columns or {name: draws.normal(size=len(y)) for name in "abcd"}
    return study_table(pl.DataFrame(given), y, {})


def later(known: StudyTable, **columns: Any) -> StudyTable:
    """Rows without use of their target, read as a known table is."""
    arrays = known.schema.arrays(table_of(pl.DataFrame(columns), None, None, None, None))
    rows = known.rows.take(np.zeros(arrays.rows, np.int64))
    return replace(known, rows=replace(rows, arrays=arrays, copies=None))


def network(view: View, values: Any = None, losses: Any = None, place: int = 0, **changes: Any) -> TrainedNetwork:
    """A network that predicts the validation rows of a view so."""
    rows = view.validation
    predicted = None
    if values is not None or losses is not None:
        size = len(rows)
        cost = np.full(size, 0.5) if losses is None else np.broadcast_to(np.float64(losses), (size,)).copy()
        shares = np.full((size, 2), 0.5) if values is None else np.asarray(values, np.float64)
        predicted = PredictedRows(rows, shares, cost, cost, np.ones(size))
    made = TrainedNetwork(
        recipe=Recipe(), seed=0, view=view, place=place, status="finished", updates=100, kept_update=100,
        updates_per_epoch=10, parameters=100, layers=("hidden0", "output"), history={}, validation=predicted,
    )  # fmt: skip
    return replace(made, **changes)


def halves(rows: int) -> View:
    """The first four fifths train, the others validate."""
    cut = rows * 4 // 5
    return View(np.arange(cut), np.arange(cut, rows))
