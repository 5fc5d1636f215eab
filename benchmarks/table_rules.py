"""Rules about tables: false alarms on real tables as they come, and what they say of leaks, copies and drift planted.

    python benchmarks/table_rules.py --data FOLDER [--rows 1500] [--tasks NAME ...] [--seed 0]

Of each table `rows` rows are known, and as many others are rows to predict. Planted one at a time: a column that is the
target with 2 % of the classes changed (of numbers: with noise of 5 % of its spread); copies of a tenth of the rows,
with noise of 0.1 % of each column's spread; one column of the rows to predict moved by its standard deviation, or,
where there is no column of numbers, nothing. A line a table and planting: the severity of the rule, "-"
where it is fine.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from accuracy_data import DATA, Task, load, task_names

from wellfit.diagnosis.base import Case
from wellfit.diagnosis.examination import examine
from wellfit.recipe import Recipe
from wellfit.studies.base import StudyTable, study_table
from wellfit.training.transfer import table_of


def as_later(known: StudyTable, X: Any) -> StudyTable:
    """Rows to predict, read as the known table is."""
    arrays = known.schema.arrays(table_of(X, None, None, None, None))
    rows = known.rows.take(np.zeros(arrays.rows, np.int64))
    return replace(known, rows=replace(rows, arrays=arrays, copies=None))


def known_of(task: Task, X: Any, y: np.ndarray) -> StudyTable:
    """A table of a task's rows."""
    return study_table(X, y, {"kind": "class" if task.is_class else "number"})


def severity(case: Case, code: str) -> str:
    """What a rule says: its severity, or "-"."""
    found = [one for one in examine(case, only=[code]).findings if one.code == code]
    return found[0].severity if found else "-"


def leak(task: Task, X: Any, y: np.ndarray, draws: np.random.Generator) -> Case:
    """A column that is nearly the target."""
    X = X.copy()
    if task.is_class:
        names = np.unique(y)
        wrong = draws.random(len(y)) < 0.02
        X["planted"] = np.where(wrong, draws.choice(names, len(y)), y)
    else:
        X["planted"] = y + draws.normal(0, 0.05 * y.std(), len(y))
    return Case(Recipe(), known_of(task, X, y))


def copies(task: Task, X: Any, y: np.ndarray, draws: np.random.Generator) -> Case:
    """A tenth of the rows again, with a little noise in every number."""
    import pandas

    again = draws.permutation(len(y))[: len(y) // 10]
    near = X.iloc[again].copy()
    for name in near.columns:
        if pandas.api.types.is_float_dtype(near[name]) or pandas.api.types.is_integer_dtype(near[name]):
            spread = float(np.nanstd(X[name].to_numpy(np.float64)))
            near[name] = near[name].to_numpy(np.float64) + draws.normal(0, 1e-3 * spread, len(near))
    return Case(Recipe(), known_of(task, pandas.concat([X, near], ignore_index=True), np.append(y, y[again])))


def moved(known: StudyTable, X: Any) -> StudyTable | None:
    """The rows to predict with the first column of many values moved."""
    X = X.copy()
    for column in known.schema.columns:
        if column.kind == "number" and column.distinct > 20:
            values = X[column.name].to_numpy(np.float64)
            X[column.name] = values + np.nanstd(values)
            return as_later(known, X)
    return None


def main() -> None:
    """Print a line a table and planting, then counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--tasks", nargs="*")
    parser.add_argument("--seed", type=int, default=0)
    o = parser.parse_args()
    warnings.simplefilter("ignore")
    planted: Counter[tuple[str, str]] = Counter()
    clean: Counter[str] = Counter()
    tables = 0
    for name in o.tasks or task_names(o.data):
        task = load(o.data, name)
        draws = np.random.default_rng(o.seed)
        order = draws.permutation(len(task.y))
        size = min(o.rows, len(order) * 2 // 3)
        X, y = task.X.iloc[order[:size]], task.y[order[:size]]
        known = known_of(task, X, y)
        other = task.X.iloc[order[size : 2 * size]]
        found = examine(Case(Recipe(), known, later=as_later(known, other))).findings
        tables += 1
        clean.update(one.severity for one in found)
        print(f"{name:20} as it comes: {', '.join(f'{one.code} ({one.severity})' for one in found) or '-'}", flush=True)
        later = moved(known, other)
        said = {
            "leaking-columns": severity(leak(task, X, y, draws), "leaking-columns"),
            "duplicate-rows": severity(copies(task, X, y, draws), "duplicate-rows"),
            "drift": "none planted" if later is None else severity(Case(Recipe(), known, later=later), "drift"),
        }
        planted.update(said.items())
        print(f"{'':20} planted: {', '.join(f'{code} {what}' for code, what in said.items())}", flush=True)
    print(f"{tables} tables as they come: {', '.join(f'{count} {name}s' for name, count in sorted(clean.items()))}")
    for (code, what), count in sorted(planted.items()):
        print(f"planted {code}: {what} {count}")


if __name__ == "__main__":
    main()
