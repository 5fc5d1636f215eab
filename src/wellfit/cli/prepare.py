"""From the options of `wellfit fit` to arrays: reading, setting the test rows aside, kinds of columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Arrays, Target
from wellfit.data import Schema, Table, check_weights, holdout, infer_target_kind, make_target, read_table
from wellfit.errors import InputError

TEST_SHARE = 0.1
TASKS = ("class", "number", "count")


@dataclass(frozen=True)
class Part:
    """Rows as arrays, with target and weights (rows,)."""

    arrays: Arrays
    target: Target
    weight: NDArray[np.float32]


@dataclass(frozen=True)
class Prepared:
    """What training needs. groups: (training rows,) or None. test is None where nothing is held out."""

    schema: Schema
    train: Part
    groups: NDArray[Any] | None
    test: Part | None
    test_source: str
    notes: list[str] = field(default_factory=list)


def prepare(
    path: str, target: str, task: str | None, drop: tuple[str, ...], kinds: tuple[str, ...], weight: str | None,
    group: str | None, test: str | None, seed: int,
) -> Prepared:  # fmt: skip
    """Read the table and split it. The schema is found without looking at the test rows.

    Raises:
        InputError: what is wrong with the table, its target, its weights or an option.
    """
    table = read_table(path)
    named = {"--target": target, "--weight": weight, "--group": group}
    for option, column in named.items():
        if column is not None and column not in table.names:
            raise InputError(
                f"{path} has no column {column!r} ({option}); its columns are: {', '.join(table.names[:20])}."
            )
    if task is not None and task not in TASKS:
        raise InputError(f"--task is one of {', '.join(TASKS)}, and {task!r} came.")
    values = table.column(target)
    whole = make_target(values, kind=task)  # type: ignore[arg-type]
    notes = [*table.notes, f"{target!r} is predicted as a {_task(values, task)}"]
    groups = None if group is None else table.column(group)
    weights = _weights(table, weight)
    train_rows, test_rows, source = np.arange(table.rows), np.empty(0, np.int64), "no rows"
    if test is None:
        view = holdout(whole, TEST_SHARE, seed, groups=groups, part="test")
        train_rows, test_rows, source = view.training, view.test, f"{len(view.test):,} rows held out"
        notes += view.notes
    left_out = tuple(column for column in (*drop, weight, group) if column is not None)
    schema = Schema.infer(table.take(train_rows), target=target, drop=left_out, kinds=_kinds(kinds))
    arrays = schema.arrays(table)  # of all rows at once, so that errors name the row of the file
    train = Part(arrays.take(train_rows), whole.take(train_rows), weights[train_rows])
    kept_groups = None if groups is None else groups[train_rows]
    held = Part(arrays.take(test_rows), whole.take(test_rows), weights[test_rows]) if len(test_rows) else None
    if test not in (None, "none"):
        held, source = _test_table(schema, str(test), target, whole, weight), str(test)
    return Prepared(schema, train, kept_groups, held, source, notes)


def _task(values: Any, task: str | None) -> str:
    if task is not None:
        return f"{task}, as asked."
    kind, reason = infer_target_kind(values)
    return f"{kind}: {reason[:1].lower()}{reason[1:]}" + ("" if reason.endswith(".") else ".")


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


def _test_table(schema: Schema, path: str, column: str, train: Target, weight: str | None) -> Part:
    table = schema.read(path)
    if column not in table.names:
        raise InputError(f"{path} has no column {column!r}, which it needs to be measured on.")
    kinds = {"binary": "class", "classes": "class", "counts": "count"}
    labels = train.labels if train.kind in ("binary", "classes") else None
    target = make_target(table.column(column), kind=kinds.get(train.kind, "number"), labels=labels)  # type: ignore[arg-type]
    weights = _weights(table, weight if weight in table.names else None)
    return Part(schema.arrays(table), target, weights)
