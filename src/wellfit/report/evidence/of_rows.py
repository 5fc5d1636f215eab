"""What is measured of a model on rows that are new to its networks, the cheap parts first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.models.model import Model
from wellfit.report.evidence.clock import Clock
from wellfit.report.evidence.columns import columns_of, dependences, importance, shown_columns
from wellfit.report.evidence.diversity import diversity
from wellfit.report.evidence.looked_at import MOST_ROWS, LookedAt, TestRows
from wellfit.report.evidence.parts import Parts
from wellfit.report.evidence.predictions import of_predictions, worst_rows
from wellfit.reprs import short_repr
from wellfit.tables import Schema
from wellfit.tables.split import LabelledRows, rows_with_label

MOST_COLUMNS = 200  # of more, as of a sparse table of words, importance is not measured
CELLS = 5  # columns whose cells are shown beside a row
NO_TEST_ROWS = "Several targets are looked at on test rows, and there are none."


@dataclass(frozen=True)
class Looking:
    """How rows are looked at.

    schema: of the table. metric: that importance is measured by; None: the target's own.
    names: of each part of the ensemble; empty: by number. single: whether its parts are compared (default True).
    """

    schema: Schema
    metric: str | None = None
    names: tuple[str, ...] = ()
    single: bool = True

    __repr__ = short_repr


def test_rows_of(model: Model, rows: LabelledRows, n_jobs: int) -> LookedAt:
    """Rows that no network has seen, those that weigh something."""
    return TestRows(rows.take(np.flatnonzero(rows.weight > 0)), "test rows", model, n_jobs)


def of_rows(parts: Parts, how: Looking, looked: LookedAt, then: Callable[[], None] = lambda: None) -> None:
    """What is measured on rows. then: comes before the costlier parts."""
    looked = looked.sample(MOST_ROWS)
    values = looked.predict(looked.rows.arrays)
    columns = columns_of(how.schema)
    parts.add("predictions", lambda: of_predictions(looked, values))
    every = shown_columns(columns, [], len(columns))[:MOST_COLUMNS]
    worst = parts.add("worst", lambda: worst_rows(looked, values, every))
    if how.single:
        parts.add("diversity", lambda: diversity(looked, how.names), may_lack=True)
    then()
    ranked: list[str] = []
    if 0 < len(columns) <= MOST_COLUMNS:
        measured = parts.add("importance", lambda: importance(looked, columns, how.metric, parts.clock))
        ranked = measured["table"]["column"] if measured else []
    elif columns:
        many = f"here are {len(columns):,}"
        parts.left_out["importance"] = f"It is not measured for more than {MOST_COLUMNS} columns; {many}."
    else:
        parts.left_out["importance"] = "It is measured for columns of a table, and images have none."
    shown = shown_columns(columns, ranked, len(columns))
    if worst:
        parts.found["worst"] = [_with_cells(row, [column.name for column in shown[:CELLS]]) for row in worst]
    if shown:
        parts.add("dependence", lambda: dependences(looked, shown, parts.clock) or None)


def _with_cells(row: dict[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """A row with some of its cells, in order."""
    return row | {"cells": {name: row["cells"][name] for name in columns if name in row["cells"]}}


def of_several(parts: Parts, model: Model, rows: LabelledRows | None, n_jobs: int) -> None:
    """Each of several targets on the test rows that have its label, as a part "targets"; no diversity.

    rows: with all targets; None: there are none.
    """
    if rows is None:
        parts.left_out.update(dict.fromkeys(("predictions", "importance"), NO_TEST_ROWS))
        return
    targets: list[dict[str, Any]] = []
    for number, task in enumerate(model.tasks):
        known = rows_with_label(rows, task)
        known = known.take(np.flatnonzero(known.weight > 0))
        if not known.arrays.rows:
            continue
        seconds = parts.clock.share(1 / (len(model.tasks) - number))
        own = Parts({"name": task.name}, Clock(seconds))
        looked = TestRows(known, "test rows", model.task(task.name), n_jobs)
        of_rows(own, Looking(model.schema, single=False), looked)
        targets.append({**own.found, "left_out": own.left_out})
    parts.found["targets"] = targets
