"""Studies on real tables: one recipe against itself (the truth is 0), and recipes whose difference is known.

A line of the file of results is a study: its losses on the folds' test rows, and where the truth is to be found on the
rows that no fold saw. Intervals are made from the lines when they are summarised, by `wellfit.statistics.paired`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from accuracy_runs import append_line, read_lines

import wellfit
from wellfit.engines.compiled.measure.predicted_loss import predicted_loss_and_error
from wellfit.engines.numpy.prepared_view import weighted_rows
from wellfit.tables.arrays import View

FOLDS, SEEDS = 5, 3
SAME = ("german_credit", "concrete", "heart_disease")  # small tables, for one recipe against itself
KNOWN = ("adult", "california_housing")  # large ones, of which small ones are drawn
MOST_SAME, DRAWN, MOST_OTHERS = 1000, 500, 10_000  # rows
BASE = wellfit.Recipe(hidden=(32, 32), epochs=20, batch_size=32, stopping="none")
RECIPES = {
    "base": BASE,
    "dropout": BASE.vary({"dropout": 0.2}),
    "8 units": BASE.vary({"hidden": (8,)}),
    "40 epochs": BASE.vary({"epochs": 40}),
}


class Table(NamedTuple):
    """Features as a frame or an array, and targets."""

    name: str
    X: Any
    y: np.ndarray
    kind: str


class Job(NamedTuple):
    """One study to train."""

    part: str
    table: str
    study: int


def load_table(folder: Path | None, name: str) -> Table:
    """A table of the data folder, or without one of scikit-learn's."""
    if folder is None:
        from sklearn import datasets

        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        return Table(name, X, y, "number" if name == "diabetes" else "class")
    from wellfit.tables import Schema, read_table

    task = json.loads((folder / "tasks.json").read_text())[name]
    table = read_table(folder / task["file"])
    schema = Schema.infer(table, target=task["target"], drop=task["drop"])
    y = np.array(table.series(task["target"]).to_list(), dtype=object)
    known = np.flatnonzero([value is not None for value in y])
    targets = y[known].astype(str if task["kind"] == "class" else np.float64)
    return Table(name, table.frame.select(schema.required).to_pandas().iloc[known], targets, task["kind"])


def table_names(folder: Path | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tables for the two parts."""
    return (SAME, KNOWN) if folder is not None else (("breast_cancer", "wine", "diabetes"), ("digits",))


def jobs(folder: Path | None, same: int, known: int, parts: Sequence[str]) -> Iterator[Job]:
    """All studies asked for, study after study, so that what is there at any time is even over tables."""
    small, large = table_names(folder)
    for study in range(max(same, known)):
        for part, names, count in (("same", small, same), ("known", large, known)):
            if part in parts and study < count:
                yield from (Job(part, name, study) for name in names)


def run(folder: Path | None, same: int, known: int, parts: Sequence[str], out: Path) -> None:
    """Train the studies that no line of the file answers."""
    done = {(line["part"], line["table"], line["study"]) for line in read_lines(out) if "study" in line}
    tables: dict[tuple[str, str], Table] = {}
    for job in jobs(folder, same, known, parts):
        if tuple(job) in done:
            continue
        key = (job.part, job.table)
        if key not in tables:
            tables[key] = _part_of(load_table(folder, job.table), job.part)
        study = same_study if job.part == "same" else known_study
        append_line(out, {**job._asdict(), **study(tables[key], job.study)})


def same_study(table: Table, study: int) -> dict[str, Any]:
    """One recipe on folds of its own, from seeds that no other study has: half of them are one side."""
    rows = np.arange(len(table.y))
    views = folds_of(rows, study)
    seeds = [2 * SEEDS * study + k for k in range(2 * SEEDS)]
    population = wellfit.train(BASE, table.X, table.y, views=views, seeds=seeds, kind=table.kind)
    found = measured(population, [view.test for view in views for _ in seeds])
    return {"losses": found.reshape(1, FOLDS, 2 * SEEDS, 2).tolist(), "rows": len(rows)}


def known_study(table: Table, study: int) -> dict[str, Any]:
    """All recipes on folds of a few rows, measured on the folds and on all other rows."""
    rng = np.random.default_rng(study)
    order = rng.permutation(len(table.y))
    views = folds_of(np.sort(order[:DRAWN]), study)
    others = np.sort(order[DRAWN:])
    seeds = [SEEDS * study + k for k in range(SEEDS)]
    population = wellfit.train(list(RECIPES.values()), table.X, table.y, views=views, seeds=seeds, kind=table.kind)
    tests = [view.test for _ in RECIPES for view in views for _ in seeds]
    shape = (len(RECIPES), FOLDS, SEEDS, 2)
    inside = measured(population, tests).reshape(shape)
    outside = measured(population, [others] * len(tests)).reshape(shape)
    return {"losses": inside.tolist(), "others": outside.mean(axis=(1, 2)).tolist(), "rows": DRAWN}


def folds_of(rows: np.ndarray, study: int) -> list[View]:
    """A partition of its own for each study."""
    fold = np.random.default_rng([study, 1]).permutation(len(rows)) % FOLDS
    return [View(rows[fold != k], test=rows[fold == k]) for k in range(FOLDS)]


def measured(population: Any, rows: Sequence[np.ndarray]) -> np.ndarray:
    """Loss and error of each member on its rows, (members, 2)."""
    run = population.engine
    return np.array(
        [
            predicted_loss_and_error(run.network(k), run.arrays, run.target, weighted_rows(one, run.weight))
            for k, one in enumerate(rows)
        ]
    )


def _part_of(table: Table, part: str) -> Table:
    """As many rows as a part asks for, always the same."""
    most = MOST_SAME if part == "same" else DRAWN + MOST_OTHERS
    kept = np.sort(np.random.default_rng(0).permutation(len(table.y))[:most])
    X = table.X.iloc[kept] if hasattr(table.X, "iloc") else table.X[kept]
    return Table(table.name, X, table.y[kept], table.kind)
