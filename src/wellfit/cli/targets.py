"""From the option --target to the target of training: one column or several, and how each is taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wellfit.errors import InputError, quoted
from wellfit.tables import Table, infer_target_kind, make_target, make_tasks, read_table
from wellfit.tables.arrays import Target
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.reading.pictures import CLASS

TASKS = ("class", "number", "count")
TASK_OF_KIND = {"binary": "class", "classes": "class", "counts": "count", "labels": "labels", "numbers": "number"}


def target_columns(given: str, table: Table) -> tuple[str, ...]:
    """The columns that --target names: one, or several with commas between; a name may hold commas itself."""
    if given in table.names or "," not in given:
        return (given,)
    parts, known = given.split(","), set(table.names)
    names: list[str] = []
    while parts:
        lengths = range(len(parts), 0, -1)
        length = next((n for n in lengths if ",".join(parts[:n]).strip() in known), 1)
        names.append(",".join(parts[:length]).strip())
        del parts[:length]
    return tuple(names)


def split_targets(given: tuple[str, ...], path: str, no_header: bool, sheet: str | None) -> tuple[str, ...]:
    """The columns that --target names. What has a comma is looked up: it is a name, or several.

    given: what was typed; nothing where a folder of images has classes. path: of the table.
    """
    if not given and Path(path).expanduser().is_dir():
        return (CLASS,)
    if not any("," in one and not Path(one).is_file() for one in given):
        return given
    table = read_table(path, header=False if no_header else None, sheet=sheet)
    return tuple(column for one in given for column in target_columns(one, table))


def kinds_of(names: Sequence[str], task: str | None) -> dict[str, str]:
    """The kinds of targets by name, those that --task says."""
    if task is None:
        return {}
    if task in TASKS:
        return dict.fromkeys(names, task)
    return _kinds_by_name(task) if len(names) > 1 else {}


def target_of(table: Table, names: tuple[str, ...], task: str | None, skip: bool = False) -> tuple[Target, str]:
    """The target of one column or several, and in words how it is taken.

    skip: whether text among the numbers of several targets counts as missing.
    """
    if len(names) > 1:
        several = _several(table, names, task, skip)
        return several, tasks_in_words(several)
    check_task(task)
    values = table.column(names[0])
    target = make_target(values, kind=task, choices=table.choices)  # type: ignore[arg-type]
    return named(target, names[0]), task_in_words(values, task, table.choices)


def check_task(task: str | None) -> None:
    """InputError for a task that is none."""
    if task not in (None, *TASKS):
        raise InputError(f"--task is one of {', '.join(TASKS)}; got {quoted(task)}.")


def named(target: Target, column: str) -> Target:
    """A target of numbers under the name of its column."""
    return target if target.kind in ("binary", "classes") else replace(target, labels=(column,))


def task_in_words(values: Any, task: str | None, choices: Choices = ANY) -> str:
    """How the target is taken, and why."""
    if task is not None:
        return f"{task}, as given"
    kind, reason = infer_target_kind(values, choices)
    return f"{kind}, since {reason}"


def tasks_in_words(target: Target) -> str:
    """The tasks and their kinds."""
    return f"{len(target.tasks)} at once: " + ", ".join(f"{task.name} ({task.kind})" for task in target.tasks)


def target_of_later_rows(table: Table, names: tuple[str, ...], train: Target, skip: bool = False) -> Target:
    """The target of another table, in the training rows' classes or under their columns' names."""
    if train.tasks:
        return _later_tasks(table, train, skip)
    return later_target(table.column(names[0]), train, table.choices)


def later_target(values: Any, train: Target, choices: Choices = ANY) -> Target:
    """One target of other rows, in the training rows' classes or under their columns' names."""
    kind: Any = TASK_OF_KIND[train.kind]
    return make_target(values, kind=kind, labels=train.labels, choices=choices)


def _several(table: Table, names: tuple[str, ...], task: str | None, skip: bool) -> Target:
    """The target of several columns. task: their kinds, such as "visits=count,cured=class", or one for all."""
    if len(set(names)) < len(names):
        raise InputError(f"--target names a column twice: {', '.join(names)}.")
    cells = {name: table.column(name) for name in names}
    return make_tasks(cells, kinds_of(names, task), None, table.choices, skip)


def _kinds_by_name(task: str) -> dict[str, str]:
    """Kinds by name from COLUMN=KIND with commas between; a name may hold commas itself."""
    found = re.findall(rf"(.+?)(=(?:{'|'.join(TASKS)}))(?:,|$)", task)
    entries = ["".join(parts) for parts in found]
    rest = task if not found else task[len(",".join(entries)) :].strip(",")
    entries += [rest] if rest else []
    kinds = {}
    for entry in entries:
        column, equals, kind = entry.rpartition("=")
        if not equals or kind not in TASKS:
            raise InputError(
                "Of several targets --task takes COLUMN=KIND, with commas between, or KIND alone for all, "
                f"KIND one of {', '.join(TASKS)}; got {quoted(entry)}."
            )
        kinds[column.strip()] = kind
    return kinds


def _later_tasks(table: Table, train: Target, skip: bool) -> Target:
    """The target of another table, each task in the training rows' classes."""
    kinds = {task.name: TASK_OF_KIND[task.kind] for task in train.tasks}
    labels = {task.name: task.labels for task in train.tasks if task.kind in ("binary", "classes")}
    cells = {task.name: table.column(task.name) for task in train.tasks}
    return make_tasks(cells, kinds, labels, table.choices, skip)
