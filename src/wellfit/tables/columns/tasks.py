"""Several targets at once, of different kinds, with labels that may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import Target, Task
from wellfit.tables.columns.target import make_target, read_target
from wellfit.tables.columns.target_text import Cells
from wellfit.tables.columns.target_values import as_array, is_missing
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.techniques.layout import MOST_TASKS

_EXACT = 2.0**53


def is_tasks(values: Any) -> bool:
    """Whether a target holds several tasks: a mapping by name, or a frame of several columns that are not all numbers,
    or miss some.
    """
    if isinstance(values, Mapping):
        return True
    names = getattr(values, "columns", None)
    if names is None or len(names) < 2 or isinstance(values, np.ndarray):
        return False
    for name in names:
        cells = as_array(values[name])
        if cells.dtype.kind not in "biuf" or (cells.dtype.kind == "f" and np.isnan(cells).any()):
            return True
    return False


def make_tasks(
    values: Any,
    kinds: Mapping[str, str] | None = None,
    labels: Mapping[str, Any] | None = None,
    choices: Choices = ANY,
    skip_unknown: bool = False,
) -> Target:
    """The target of several tasks.

    values: {name: (rows,) labels, or (rows, columns) for several numbers or yes/no labels}, or a frame; None and NaN
        are labels that are missing, of several columns cell by cell.
    kinds: mapping from names to kinds, as in `make_target`; None (default): by its rule.
    labels: mapping from names to the classes of tasks, where they are known; None (default): those that occur.
    choices: how numbers in text are read that could be read in several ways (default: as they show).
    skip_unknown: whether text among the numbers of a task is a missing label too (default: it is refused).

    Raises:
        InputError: a task without any label, of another length, or that `make_target` refuses.
    """
    given = {str(name): values[name] for name in (values if isinstance(values, Mapping) else values.columns)}
    kinds, known_labels = dict(kinds or {}), dict(labels or {})
    unknown = [name for name in kinds if name not in given]
    if not given or unknown:
        came = f"a kind for {unknown[0]!r}" if unknown else "none"
        raise InputError(f"Tasks are targets by name; got {came}; the tasks are: {', '.join(given) or 'none'}.")
    if len(given) > MOST_TASKS:
        raise InputError(f"A network has at most {MOST_TASKS} tasks; got {len(given)}: join some into one.")
    tasks, columns, column, output = [], [], 0, 0
    for name, cells in given.items():
        kind: Any = kinds.get(name)
        read = read_target(cells, kind, choices)
        if read.strays.count and not skip_unknown:
            _refuse_strays(name, read)
        target = _one_task(name, read.values, kind, known_labels.get(name))
        ends = column + target.values.shape[1], output + target.outputs
        tasks.append(Task(name, target.kind, target.labels, (column, ends[0]), (output, ends[1])))
        columns.append(target.values)
        column, output = ends
    lengths = {len(values) for values in columns}
    if len(lengths) > 1:
        raise InputError(f"Every task needs as many labels as there are rows, and the tasks have {sorted(lengths)}.")
    return Target("tasks", np.concatenate(columns, axis=1), tuple(given), tuple(tasks))


def _refuse_strays(name: str, read: Cells) -> None:
    """InputError that names the cells of a task of numbers that are none."""
    raise InputError(
        f"The task {quoted(name)} holds numbers, and {read.strays.count:,} cells are none: take them as missing labels "
        f"(--skip-unknown-targets, skip_unknown_targets=True), or ask for classes; got {quoted(read.strays.words[0])}."
    )


def _one_task(name: str, cells: Any, kind: Any, labels: Any) -> Target:
    if cells.dtype == object:
        missing = np.array([is_missing(value) for value in cells.ravel().tolist()], dtype=bool).reshape(cells.shape)
    else:
        missing = np.isnan(cells) if cells.dtype.kind == "f" else np.zeros(cells.shape, dtype=bool)
    labelled = ~missing if missing.ndim == 1 else ~missing.all(axis=1)
    if not labelled.any():
        raise InputError(f"The task {quoted(name)} has no label at all: leave it out.")
    filled = cells if cells.ndim == 1 else _filled(name, cells, missing)
    picked = filled[labelled].tolist() if cells.dtype == object else filled[labelled]
    whole = cells.dtype.kind == "f" and cells.ndim == 1 and np.array_equal(picked, np.round(picked))
    if whole and np.abs(picked).max() < _EXACT:
        picked = picked.astype(np.int64)  # whole numbers that only missing ones had made fractions
    try:
        known = make_target(picked, kind=kind, labels=labels)
    except InputError as error:
        raise InputError(f"Task {quoted(name)}: {error}") from None
    values = np.full((len(cells), known.values.shape[1]), np.nan, np.float32)
    values[labelled] = known.values
    if missing.ndim == 2:
        values[missing] = np.nan
    return Target(known.kind, values, known.labels)


def _filled(name: str, cells: Any, missing: Any) -> Any:
    """Several columns with a known label of the same column in place of each missing one, which changes no kind."""
    filled = cells.copy()
    for j in range(cells.shape[1]):
        if missing[:, j].all():
            raise InputError(f"Column {j} of the task {quoted(name)} has no label at all: leave it out.")
        filled[missing[:, j], j] = cells[~missing[:, j], j][0]
    return filled
