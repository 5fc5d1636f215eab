"""The arrays that tables become and engines train on: raw columns, a target, and views of their rows.

The raw columns are stored once for all members. What a member makes of them (centre, scale, which
categories it knows) is its `wellfit.tables.encoding.Encoding`, fitted on its own training rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

Image = tuple[int, int, int]  # height, width, channels

TargetKind = Literal["binary", "classes", "numbers", "counts", "labels", "tasks"]
Label = str | int | float | bool


@dataclass(frozen=True)
class SparseColumns:
    """Columns stored by row (CSR), densified batch by batch.

    `groups` are (first column, end column, kind): "numbers" are scaled, "text" are word counts that become TF-IDF
    with rows of length one. Groups are disjoint, in order, and cover all columns; `indices` rise within a row. A stored
    NaN, a missing value, counts as 0.
    """

    starts: Int64  # (rows + 1,)
    indices: Int32  # (stored values,)
    values: Float32  # (stored values,)
    columns: int
    groups: tuple[tuple[int, int, Literal["numbers", "text"]], ...]

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if np.isnan(self.values).any():
            object.__setattr__(self, "values", np.nan_to_num(self.values, nan=0.0))

    def take(self, rows: Int64) -> SparseColumns:
        """The given rows, in the given order."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        picks = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return replace(self, starts=starts, indices=self.indices[picks], values=self.values[picks])


@dataclass(frozen=True)
class Arrays:
    """Raw columns of a table, C-contiguous, one row a case.

    numbers: (rows, numeric columns) float32; NaN is a missing value, infinities are refused before this point.
    codes: (rows, categorical columns) int32; a code indexes the column's vocabulary, -1 is a missing value,
        and a code at or beyond `levels[column]` is a category that the vocabulary does not hold.
    levels: size of each categorical column's vocabulary.
    sparse: further numeric or text columns stored by row, or None.
    image: (height, width, channels) where a row is an image: `numbers` are then its pixels, row-major, channels last,
        none of them missing, and there are no other columns. None for a table.
    """

    numbers: Float32
    codes: Int32
    levels: tuple[int, ...] = ()
    sparse: SparseColumns | None = None
    image: Image | None = None

    __repr__ = short_repr

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.numbers.shape[0])

    def take(self, rows: Int64) -> Arrays:
        """The given rows, in the given order."""
        sparse = None if self.sparse is None else self.sparse.take(rows)
        # `take` copies whole rows, where an index gathers cell by cell: five times as fast.
        numbers, codes = self.numbers.take(rows, axis=0), self.codes.take(rows, axis=0)
        return Arrays(numbers, codes, self.levels, sparse, self.image)


@dataclass(frozen=True)
class Task:
    """One of several things that a network predicts.

    name: of the task.
    kind: as of a target of its own.
    labels: as of a target of its own.
    columns: first and end column of its labels among the target's columns.
    outputs: first and end output of the network.
    """

    name: str
    kind: TargetKind
    labels: tuple[Label, ...]
    columns: tuple[int, int]
    outputs: tuple[int, int]

    def select(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """This task's part of a network's outputs (..., outputs)."""
        return np.ascontiguousarray(outputs[..., slice(*self.outputs)])


@dataclass(frozen=True)
class Target:
    """What is to be predicted.

    kind: "binary" (values 0 or 1, one output), "classes" (values are class indices, one output a class),
        "numbers" (one output a column), "counts" (non-negative, one output a column, log link),
        "labels" (several yes/no labels a row, values 0 or 1, one output a column), "tasks" (several targets, each of
        one of these kinds).
    values: (rows, columns) float32; one column for "binary" and "classes". Of tasks the columns stand side by side, and
        NaN is a label that is missing.
    labels: class names in index order for "binary" and "classes"; column names otherwise; names of tasks.
    tasks: the tasks in their order, empty for other kinds.
    """

    kind: TargetKind
    values: Float32
    labels: tuple[str | int | float | bool, ...] = ()
    tasks: tuple[Task, ...] = ()

    __repr__ = short_repr

    @property
    def outputs(self) -> int:
        """Number of output units of a network for this target."""
        if self.tasks:
            return self.tasks[-1].outputs[1]
        return len(self.labels) if self.kind == "classes" else int(self.values.shape[1])

    def of_task(self, task: Task) -> Target:
        """One task as a target of its own; NaN where its label is missing."""
        values = np.ascontiguousarray(self.values[:, slice(*task.columns)])
        return Target(task.kind, values, task.labels)

    def take(self, rows: Int64) -> Target:
        """The given rows, in the given order."""
        return replace(self, values=self.values.take(rows, axis=0))


@dataclass(frozen=True)
class View:
    """Which rows a member trains on, validates on and is tested on.

    training: (training rows,) row numbers from 0 on; a row may occur several times (a bootstrap sample).
    validation: (validation rows,) row numbers, none of them in `training`; empty (default): no early stopping, a fixed
        number of epochs.
    test: (test rows,) row numbers, none of them in `training`; empty (default): none.
    name: for tables and charts, such as "fold 2" (default "").
    weight: (training rows,) of 0 or more, times the rows' own weights; None (default): 1 each.

    Raises:
        ValueError: no training row, a negative row number, or a training row that is held out as well.

    >>> import numpy as np
    >>> view = View(np.arange(80), validation=np.arange(80, 100))
    >>> len(view.rows_of("validation"))
    20
    """

    training: Int64
    validation: Int64 = field(default_factory=lambda: np.empty(0, np.int64))
    test: Int64 = field(default_factory=lambda: np.empty(0, np.int64))
    name: str = ""
    weight: NDArray[Any] | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for part in ("training", "validation", "test"):
            rows = np.asarray(getattr(self, part))
            if rows.size and not np.issubdtype(rows.dtype, np.integer):
                raise ValueError(
                    f"A view takes row numbers, and its {part} rows are of type {rows.dtype}: give "
                    "numpy.flatnonzero(mask) in place of a mask."
                )
            object.__setattr__(self, part, np.ascontiguousarray(rows, dtype=np.int64))
        if self.weight is not None:
            object.__setattr__(self, "weight", _row_weights(self.weight, self.training.size))
        if self.training.size == 0:
            raise ValueError("A view needs at least one training row; this one has none.")
        held = np.concatenate([self.validation, self.test])
        if min(self.training.min(), held.min(initial=0)) < 0:
            raise ValueError("A view's row numbers count from 0; this one has a negative number.")
        trained = np.zeros(max(self.training.max(), held.max(initial=0)) + 1, dtype=bool)
        trained[self.training] = True
        leaked = held[trained[held]]
        if leaked.size:
            raise ValueError(
                f"Row {leaked[0]} is both in a view's training rows and in its validation or test rows "
                f"({leaked.size} such rows): remove them from one side."
            )

    def rows_of(self, part: str) -> Int64:
        """The row numbers of a part.

        part: "training", "validation" or "test".

        Raises:
            InputError: there is no such part.
        """
        if part not in ("training", "validation", "test"):
            raise InputError(f"A view has the parts 'training', 'validation' and 'test'; got {quoted(part)}: take one.")
        return getattr(self, part)  # type: ignore[no-any-return]


def _row_weights(weight: Any, rows: int) -> Float32:
    given = np.ascontiguousarray(weight, dtype=np.float32)
    if given.shape != (rows,) or not np.isfinite(given).all() or (given < 0).any():
        raise ValueError(
            f"A view's weights are one finite number of 0 or more for each of its {rows} training rows; an array of "
            f"shape {given.shape}, or one with other numbers."
        )
    return given
