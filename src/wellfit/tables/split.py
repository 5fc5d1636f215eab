"""A table split for training: rows with target, weights and groups, and the part of them that tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Target, Task
from wellfit.tables.columns.schema import Schema


@dataclass(frozen=True)
class LabelledRows:
    """Rows as arrays, with their target.

    weight: (rows,) float32 of 0 or more.
    groups: (rows,); rows of equal values belong together. None: every row is its own group.
    copies: (rows,) as `equal_rows` numbers rows that are equal in every column; None: none are equal.
    order: (rows,) the place of each row in time, earlier ones to train and later ones to validate; None: no order.
    numbers: (rows,) which rows of the file these are, from 0; None: all of them, in order. Nothing is learned from it.
    splits_copies: whether rows that are equal may be split apart.
    """

    arrays: Arrays
    target: Target
    weight: NDArray[np.float32]
    groups: NDArray[Any] | None = None
    copies: NDArray[np.int64] | None = None
    order: NDArray[np.int64] | None = None
    numbers: NDArray[np.int64] | None = None
    splits_copies: bool = False

    @property
    def together(self) -> NDArray[np.int64] | None:
        """The copies, where they stay on one side of every split; None: no row stays with another for that."""
        return None if self.splits_copies else self.copies

    @property
    def units(self) -> NDArray[Any] | None:
        """What is drawn together where an interval needs independent units: groups, else equal rows; None: rows."""
        return self.copies if self.groups is None else self.groups

    __repr__ = short_repr

    def take(self, rows: NDArray[np.int64]) -> LabelledRows:
        """Those rows."""
        known = (self.groups, self.copies, self.order)
        groups, copies, order = (None if one is None else one[rows] for one in known)
        numbers = np.asarray(rows, np.int64) if self.numbers is None else self.numbers[rows]
        arrays, target = self.arrays.take(rows), self.target.take(rows)
        weight = self.weight[rows]
        return LabelledRows(arrays, target, weight, groups, copies, order, numbers, self.splits_copies)

    def fingerprint(self) -> str:
        """A hash of everything that training learns from: columns, target, weights and groups."""
        digest = hashlib.sha256()

        def add(name: str, values: NDArray[Any]) -> None:
            digest.update(f"{name} {values.dtype} {values.shape} ".encode())
            digest.update(np.ascontiguousarray(values).data)

        arrays, target = self.arrays, self.target
        add("numbers", arrays.numbers)
        add("codes", arrays.codes)
        if arrays.sparse is not None:
            add("starts", arrays.sparse.starts)
            add("indices", arrays.sparse.indices)
            add("values", arrays.sparse.values)
        add("target", target.values)
        add("weight", self.weight)
        digest.update(repr((arrays.levels, arrays.image, target.kind, target.labels)).encode())
        for name, together in (("groups", self.groups), ("copies", self.copies), ("order", self.order)):
            if together is not None:
                add(name, np.unique(together, return_inverse=True)[1])
        if self.splits_copies:
            digest.update(b"copies are split")
        return digest.hexdigest()


@dataclass(frozen=True)
class TableCheck:
    """One thing in a table that could make a score on held-out rows mean less than it says.

    code: "test-rows-in-training", "column-tells-target" or "drift".
    columns: those that show it; none of "test-rows-in-training".
    sentence: for people.
    evidence: numbers by name.
    """

    code: str
    columns: tuple[str, ...]
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"code": self.code, "columns": list(self.columns), "sentence": self.sentence, **self.evidence}


@dataclass(frozen=True)
class DrawnRows:
    """Rows that were drawn from a large table. rows: how many. of: rows of the table."""

    rows: int
    of: int


@dataclass(frozen=True)
class SplitTable:
    """What training needs of a table.

    column: the target's column, or several with commas between.
    schema: how the columns are read.
    train: the rows to train on. test: the rows to test on; None where there are none.
    test_source: where the test rows come from, in words.
    task: how the target is taken, and why, in words.
    notes: sentences on what was unexpected.
    checks: what was found that could make a score on held-out rows mean less than it says.
    drawn: how many rows of the table these were drawn from; None: they are all there are.
    split_by: the column of times that set the test rows apart; None: something else did.
    """

    column: str
    schema: Schema
    train: LabelledRows
    test: LabelledRows | None
    test_source: str
    task: str
    notes: list[str] = field(default_factory=list)
    checks: tuple[TableCheck, ...] = ()
    drawn: DrawnRows | None = None
    split_by: str | None = None

    __repr__ = short_repr


def seen_in_training(data: SplitTable) -> int:
    """How many test rows are equal to training rows, as the checks found."""
    return sum(int(one.evidence.get("seen_in_training", 0)) for one in data.checks)


def label_known(rows: LabelledRows, task: Task) -> NDArray[np.bool_]:
    """Which rows have a label of one of several tasks (rows,)."""
    return np.asarray(~np.isnan(rows.target.of_task(task).values).any(axis=1))


def rows_with_label(rows: LabelledRows, task: Task) -> LabelledRows:
    """The rows that have a label of one of several tasks, with this task as their target."""
    return replace(rows, target=_target_of(rows, task)).take(np.flatnonzero(label_known(rows, task)))


def rows_weighted_by_label(rows: LabelledRows, task: Task) -> LabelledRows:
    """All rows with one of several tasks as their target; rows without its label weigh nothing."""
    weight = np.where(label_known(rows, task), rows.weight, np.float32(0))
    return replace(rows, target=_target_of(rows, task), weight=weight)


def _target_of(rows: LabelledRows, task: Task) -> Target:
    labels = task.labels if task.kind in ("binary", "classes") else (task.name,)
    return replace(rows.target.of_task(task), labels=labels)
