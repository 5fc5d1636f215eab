"""The tasks of WELLFIT_DATA and their one split, the same for every system.

The split is that of the data's README: rows with a target, `default_rng(0).permutation`, the first min(8000, 75 %) for
training, the next 10,000 at most for the test; classes with fewer than 8 training rows are left out. `honesty.py` makes
other splits of the same kind by another seed of the permutation.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DATA = Path(os.environ.get("WELLFIT_DATA", Path(__file__).parents[2] / "shared" / "data"))


class Task(NamedTuple):
    """Training and test features as pandas frames (numbers, and text with missing cells), and their targets."""

    name: str
    is_class: bool
    X: Any
    y: np.ndarray
    X_test: Any
    y_test: np.ndarray


def task_names(folder: Path) -> list[str]:
    """All tasks of a folder."""
    return list(json.loads((folder / "tasks.json").read_text()))


def load(folder: Path, name: str, split: int = 0) -> Task:
    """One task; `split` is the seed of the permutation."""
    from wellfit.tables import Schema, read_table  # here: the command itself starts at once, without the package

    task = json.loads((folder / "tasks.json").read_text())[name]
    table = read_table(folder / task["file"])
    schema = Schema.infer(table, target=task["target"], drop=task["drop"])
    features = table.frame.select(schema.required).to_pandas()
    y = np.array(table.series(task["target"]).to_list(), dtype=object)
    known = np.array([value is not None for value in y])
    order = np.flatnonzero(known)[np.random.default_rng(split).permutation(known.sum())]
    count = min(8000, int(0.75 * len(order)))
    train, test = order[:count], order[count : count + 10_000]
    is_class = task["kind"] == "class"
    if is_class:
        names, counts = np.unique(y[train].astype(str), return_counts=True)
        kept = set(names[counts >= 8])
        train, test = (part[[str(v) in kept for v in y[part]]] for part in (train, test))
        y = y.astype(str)
    else:
        y = y.astype(np.float64)
    return Task(name, is_class, features.iloc[train], y[train], features.iloc[test], y[test])


def write_task(task: Task, path: Path) -> None:
    """A file of a task for a process without wellfit and with another pandas, whose pickles it may not read."""
    parts = {"X": task.X, "X_test": task.X_test}
    frames = {key: {name: frame[name].tolist() for name in frame} for key, frame in parts.items()}
    numbers = task.X.select_dtypes("number")
    kinds = {name: str(numbers[name].dtype) if name in numbers else "object" for name in task.X}
    targets = {"y": task.y.tolist(), "y_test": task.y_test.tolist()}
    path.write_text(json.dumps({"name": task.name, "is_class": task.is_class, "kinds": kinds, **frames, **targets}))


def read_task(path: Path) -> Task:
    """What `write_task` wrote."""
    import pandas as pd

    told = json.loads(path.read_text())
    kinds = told.pop("kinds")
    for key in ("X", "X_test"):
        told[key] = pd.DataFrame({name: pd.Series(told[key][name], dtype=kind) for name, kind in kinds.items()})
    for key in ("y", "y_test"):
        told[key] = np.array(told[key])
    return Task(**told)
