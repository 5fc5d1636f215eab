"""From the option --target to the target of training: one column or several, and how each is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wellfit.errors import InputError, quoted
from wellfit.tables import Table, infer_target_kind, make_target, make_tasks
from wellfit.tables.arrays import Target

TASKS = ("class", "number", "count")
TASK_OF_KIND = {"binary": "class", "classes": "class", "counts": "count", "labels": "labels", "numbers": "number"}


def target_columns(given: str, table: Table) -> tuple[str, ...]:
    """The columns that --target names: one, or several with commas between."""
    return (given,) if given in table.names or "," not in given else tuple(part.strip() for part in given.split(","))


def target_of(table: Table, names: tuple[str, ...], task: str | None) -> tuple[Target, str]:
    """The target of one column or several, and in words how it is taken."""
    if len(names) > 1:
        several = _several(table, names, task)
        return several, tasks_in_words(several)
    check_task(task)
    values = table.column(names[0])
    return named(make_target(values, kind=task), names[0]), task_in_words(values, task)  # type: ignore[arg-type]


def check_task(task: str | None) -> None:
    """InputError for a task that is none."""
    if task not in (None, *TASKS):
        raise InputError(f"--task is one of {', '.join(TASKS)}; got {quoted(task)}.")


def named(target: Target, column: str) -> Target:
    """A target of numbers under the name of its column."""
    return target if target.kind in ("binary", "classes") else replace(target, labels=(column,))


def task_in_words(values: Any, task: str | None) -> str:
    """How the target is taken, and why."""
    kind, reason = infer_target_kind(values)
    return f"{task}, as given" if task is not None else f"{kind}, since {reason}"


def tasks_in_words(target: Target) -> str:
    """The tasks and their kinds."""
    return f"{len(target.tasks)} at once: " + ", ".join(f"{task.name} ({task.kind})" for task in target.tasks)


def target_of_later_rows(table: Table, names: tuple[str, ...], train: Target) -> Target:
    """The target of another table, in the training rows' classes or under their columns' names."""
    return _later_tasks(table, train) if train.tasks else later_target(table.column(names[0]), train)


def later_target(values: Any, train: Target) -> Target:
    """One target of other rows, in the training rows' classes or under their columns' names."""
    kind: Any = TASK_OF_KIND[train.kind]
    return make_target(values, kind=kind, labels=train.labels)


def _several(table: Table, names: tuple[str, ...], task: str | None) -> Target:
    """The target of several columns. task: their kinds, such as "visits=count,cured=class", or one for all."""
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
                f"KIND one of {', '.join(TASKS)}; got {quoted(entry)}."
            )
        kinds[column.strip()] = kind
    return kinds


def _later_tasks(table: Table, train: Target) -> Target:
    """The target of another table, each task in the training rows' classes."""
    kinds = {task.name: TASK_OF_KIND[task.kind] for task in train.tasks}
    labels = {task.name: task.labels for task in train.tasks if task.kind in ("binary", "classes")}
    return make_tasks({task.name: table.column(task.name) for task in train.tasks}, kinds, labels)
