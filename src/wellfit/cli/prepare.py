"""From the options of `wellfit fit` to arrays: reading, setting the test rows aside, kinds of columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables import Schema, Table, check_weights, holdout, infer_target_kind, make_target
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.views.views import ViewWithNotes
from wellfit.training.transfer import check_columns

TEST_SHARE = 0.1
TASKS = ("class", "number", "count")
COLUMNS_NAMED = 12


@dataclass(frozen=True)
class Part:
    """Rows as arrays, with target and weights (rows,)."""

    arrays: Arrays
    target: Target
    weight: NDArray[np.float32]


@dataclass(frozen=True)
class Prepared:
    """What training needs. groups: (training rows,) or None. test is None where nothing is held out.

    test_source: where the test rows come from, in words. task: how the target is taken, and why.
    """

    schema: Schema
    train: Part
    groups: NDArray[Any] | None
    test: Part | None
    test_groups: NDArray[Any] | None
    test_source: str
    task: str
    notes: list[str] = field(default_factory=list)


def prepare(
    table: Table, target: str, task: str | None, drop: tuple[str, ...], kinds: tuple[str, ...], weight: str | None,
    group: str | None, test: str | None, seed: int, donor: Schema | None = None,
) -> Prepared:  # fmt: skip
    """Split the table. The schema is found without looking at the test rows, or is that of a donor of layers.

    Raises:
        InputError: what is wrong with the table, its target, its weights or an option.
    """
    from wellfit.cli.several import several_target, targets_of, tasks_in_words

    targets, asked_kinds = targets_of(target, table), _kinds(kinds)
    for name in targets:
        _require_columns(table, table.source, name, weight, group, drop, asked_kinds)
    if len(targets) > 1:
        whole = several_target(table, targets, task)
        words = tasks_in_words(whole)
    else:
        check_task(task)
        values = table.column(target)
        whole = named(make_target(values, kind=task), target)  # type: ignore[arg-type]
        words = task_in_words(values, task)
    groups = None if group is None else table.column(group)
    weights = _weights(table, weight)
    view = ViewWithNotes(np.arange(table.rows))
    if test is None:
        view = holdout(whole, TEST_SHARE, seed, groups=groups, part="test")
    left_out = [column for column in (*drop, weight, group) if column is not None]
    if donor is None:
        donor = Schema.infer(table.take(view.training), targets, left_out, asked_kinds)
    else:
        _check_donor(donor, table, (*targets, *left_out), asked_kinds)
    schema = _with_roles(donor, weight, group)
    arrays = schema.arrays(table)  # of all rows at once, so that errors name the row of the file
    train, held = (Part(arrays.take(rows), whole.take(rows), weights[rows]) for rows in (view.training, view.test))
    test_groups = None if groups is None else groups[view.test]
    source = f"{len(view.test):,} rows set aside" if len(view.test) else "none"
    if test not in (None, "none"):
        held, test_groups = _test_table(schema, str(test), targets, whole, weight, group)
        source = str(test)
    kept = None if groups is None else groups[view.training]
    notes = [*table.notes, *view.notes]
    tested = held if held.weight.any() else None  # no test rows, or none that counts
    return Prepared(schema, train, kept, tested, test_groups, source, words, notes)


def _check_donor(donor: Schema, table: Table, left_out: tuple[str, ...], kinds: dict[str, str]) -> None:
    """Refuse a donor of layers that reads a column which is no input here, or lacks one that is."""
    for name in left_out:
        if name in donor.required:
            raise InputError(
                f"The donor's first layer reads the column {name!r}, which is no input here: train one without it."
            )
    if kinds:
        raise InputError("With --start-from the donor's columns keep their kinds: leave --kind out.")
    check_columns(donor, table, left_out)


def check_task(task: str | None) -> None:
    """InputError for a task that is none."""
    if task not in (None, *TASKS):
        raise InputError(f"--task is one of {', '.join(TASKS)}, and {task!r} came.")


def _require_columns(
    table: Table, path: str, target: str, weight: str | None, group: str | None, drop: tuple[str, ...],
    kinds: dict[str, str],
) -> None:  # fmt: skip
    """InputError for a name that an option gives and the table does not have; and for a target that is dropped."""
    named = [("--target", target), ("--weight", weight), ("--group", group)]
    named += [("--drop", column) for column in drop] + [("--kind", column) for column in kinds]
    for option, column in named:
        if column is None or column in table.names:
            continue
        near = get_close_matches(column, table.names, n=1) or [n for n in table.names if n.lower() == column.lower()]
        first = ", ".join(table.names[:COLUMNS_NAMED]) + (", ..." if len(table.names) > COLUMNS_NAMED else "")
        hint = f"did you mean {near[0]!r}? Its columns are: {first}" if near else f"its columns are: {first}"
        raise InputError(f"{path} has no column {column!r} ({option}); {hint}.")
    for option, column in named[1:]:
        if column == target:
            raise InputError(f"The target {target!r} cannot be the column of {option} as well: give another.")


def named(target: Target, column: str) -> Target:
    """A target of numbers under the name of its column."""
    return target if target.kind in ("binary", "classes") else replace(target, labels=(column,))


def _with_roles(schema: Schema, weight: str | None, group: str | None) -> Schema:
    """The schema, with notes that say why the columns of weights and groups are left out."""
    roles = {weight: "not learned from: the weight of each row", group: "not learned from: the group of each row"}
    columns = (replace(c, note=roles[c.name]) if c.name in roles else c for c in schema.columns)
    return replace(schema, columns=tuple(columns))


def task_in_words(values: Any, task: str | None) -> str:
    """How the target is taken, and why."""
    kind, reason = infer_target_kind(values)
    return f"{task}, as asked" if task is not None else f"{kind}, since {reason}"


def _kinds(given: tuple[str, ...]) -> dict[str, str]:
    kinds = {}
    for entry in given:
        column, equals, kind = entry.rpartition("=")
        if not equals:
            raise InputError(f"--kind takes COLUMN=KIND, such as zip=category, and {entry!r} came.")
        kinds[column] = kind
    return kinds


def _weights(table: Table, column: str | None) -> NDArray[np.float32]:
    if column is None:
        return np.ones(table.rows, np.float32)
    values = table.column(column)
    if values.dtype == object:
        raise InputError(f"The weight column {column!r} holds text: weights are numbers, at least 0.")
    return np.asarray(check_weights(values, table.rows), dtype=np.float32)


def _test_table(
    schema: Schema, path: str, columns: tuple[str, ...], train: Target, weight: str | None, group: str | None
) -> tuple[Part, NDArray[Any] | None]:
    """Another table to measure on; its weights and groups count where it has those columns."""
    table = schema.read(path)
    from wellfit.cli.several import later_tasks

    for column in columns:
        if column not in table.names:
            raise InputError(f"{path} has no column {column!r}, which it needs to be measured on.")
    target = later_tasks(table, train) if train.tasks else later_target(table.column(columns[0]), train)
    groups = table.column(group) if group in table.names else None
    weights = _weights(table, weight if weight in table.names else None)
    return Part(schema.arrays(table), target, weights), groups


def later_target(values: Any, train: Target) -> Target:
    """The target of other rows, in the training rows' classes or under their columns' names."""
    kinds = {"binary": "class", "classes": "class", "counts": "count"}
    return make_target(values, kind=kinds.get(train.kind, "number"), labels=train.labels)  # type: ignore[arg-type]
