"""Several targets in `wellfit fit`: from the names of their columns to tasks, and each task as a job of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wellfit.cli.prepare import TASKS, Part, Prepared
from wellfit.errors import InputError
from wellfit.tables import Table, make_tasks
from wellfit.tables.arrays import Target, Task

_ASKED = {"binary": "class", "classes": "class", "counts": "count", "labels": "labels", "numbers": "number"}


def targets_of(given: str, table: Table) -> tuple[str, ...]:
    """The columns that --target names: one, or several with commas between."""
    return (given,) if given in table.names or "," not in given else tuple(part.strip() for part in given.split(","))


def several_target(table: Table, names: tuple[str, ...], task: str | None) -> Target:
    """The target of several columns. task: their kinds where asked for, such as "visits=count,cured=class", or one kind
    for all.
    """
    if len(set(names)) < len(names):
        raise InputError(f"--target names a column twice: {', '.join(names)}.")
    kinds = dict.fromkeys(names, task) if task in TASKS else _kinds_by_name(task)
    return make_tasks({name: table.column(name) for name in names}, kinds)


def _kinds_by_name(task: str | None) -> dict[str, str]:
    kinds = {}
    for entry in (task or "").split(",") if task else ():
        column, equals, kind = entry.rpartition("=")
        if not equals or kind not in TASKS:
            raise InputError(
                "Of several targets --task takes COLUMN=KIND, with commas between, or KIND alone for all, "
                f"KIND one of {', '.join(TASKS)}, and {entry!r} came."
            )
        kinds[column.strip()] = kind
    return kinds


def later_tasks(table: Table, train: Target) -> Target:
    """The target of another table, each task in the training rows' classes."""
    kinds = {task.name: _ASKED[task.kind] for task in train.tasks}
    labels = {task.name: task.labels for task in train.tasks if task.kind in ("binary", "classes")}
    return make_tasks({task.name: table.column(task.name) for task in train.tasks}, kinds, labels)


def tasks_in_words(target: Target) -> str:
    """The tasks and their kinds."""
    return f"{len(target.tasks)} at once: " + ", ".join(f"{task.name} ({task.kind})" for task in target.tasks)


def each_task(prepared: Prepared) -> Iterator[tuple[Task, Prepared]]:
    """Every task with the rows that have its label, where some of the test rows have it."""
    for task in prepared.train.target.tasks:
        train, test = _part(prepared.train, task), None if prepared.test is None else _part(prepared.test, task)
        if test is None or not test[0].weight.any():
            continue
        groups = None if prepared.test_groups is None else prepared.test_groups[test[1]]
        yield task, replace(prepared, train=train[0], test=test[0], groups=None, test_groups=groups)


def each_task_on_folds(prepared: Prepared) -> Iterator[tuple[Task, Prepared]]:
    """Every task with all training rows, which the folds count; rows without its label weigh nothing."""
    train = prepared.train
    for task in train.target.tasks:
        own = _own_target(train, task)
        weight = np.where(np.isnan(own.values).any(axis=1), np.float32(0), train.weight)
        yield task, replace(prepared, train=Part(train.arrays, own, weight))


def _own_target(part: Part, task: Task) -> Target:
    labels = task.labels if task.kind in ("binary", "classes") else (task.name,)
    return replace(part.target.of_task(task), labels=labels)


def _part(part: Part, task: Task) -> tuple[Part, np.ndarray]:
    own = _own_target(part, task)
    rows = np.flatnonzero(~np.isnan(own.values).any(axis=1))
    return Part(part.arrays.take(rows), own.take(rows), part.weight[rows]), rows
