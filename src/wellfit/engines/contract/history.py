"""What was measured in training: a row an evaluation, columns by name.

Losses and errors are those of the network's outputs, by which training stops: numbers are not yet clipped to the range
of the training targets, as predictions and all scores are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.tables.reading.forked import check_not_forked

if TYPE_CHECKING:
    import polars

HISTORY = (
    "epoch",
    "update",
    "learning_rate",
    "running_loss",
    "objective",
    "training_loss",
    "training_error",
    "validation_loss",
    "validation_error",
    "gradient_norm",
    "clipped_share",
    "averaged",
)
MEASURED = ("training_loss", "training_error", "validation_loss", "validation_error")
TASK_HISTORY = ("epoch", "update", "task", *MEASURED)  # a row an evaluation and task; task: its number


class History:
    """Rows of named numbers. A row may bring a column that the ones before it lack: theirs, and what a later row does
    not name, is NaN.
    """

    def __init__(self, columns: Iterable[str] = HISTORY) -> None:
        self._names = tuple(columns)
        self._values: list[tuple[float, ...]] = []  # a row may be shorter than the names: columns came after it

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<history of {len(self)} rows: {', '.join(self._names)}>"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._names

    def append(self, row: Mapping[str, float]) -> None:
        """Add a row."""
        if tuple(row) != self._names:
            self._names += tuple(name for name in row if name not in self._names)
            row = {name: row.get(name, math.nan) for name in self._names}
        self._values.append(tuple(row.values()))

    def column(self, name: str) -> list[float]:
        """A column's values, a row each; NaN where there is no such column."""
        place = self._names.index(name) if name in self._names else len(self._names)
        return [float(values[place]) if place < len(values) else math.nan for values in self._values]

    def row(self, index: int) -> dict[str, float]:
        """A row by the names of its columns; -1 is the last."""
        values = [float(value) for value in self._values[index]]
        names = self._names  # once: a thread that trains may add one
        return dict(zip(names, values + [math.nan] * (len(names) - len(values)), strict=True))

    def rows(self) -> list[dict[str, float]]:
        """All rows, first to last."""
        return [self.row(index) for index in range(len(self))]

    def rows_from(self, first: int) -> list[dict[str, float]]:
        """The rows from a place on, for observers, which have seen those before it."""
        return [self.row(index) for index in range(first, len(self))]

    def last(self, name: str, default: float = math.nan) -> float:
        """A column's value in the last row; before the first row the default."""
        return float(self._values[-1][self._names.index(name)]) if self._values and name in self._names else default

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """Each column as an array (rows,)."""
        return {name: np.array(self.column(name), dtype=np.float64) for name in self._names}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], columns: Iterable[str] = HISTORY) -> History:
        """The inverse of `to_arrays`. columns: those that it has at least, which come first."""
        made = cls(dict.fromkeys([*columns, *sorted(arrays)]))
        rows = max((len(values) for values in arrays.values()), default=0)
        unknown = [math.nan] * rows
        made._values = list(
            zip(*(arrays[name].tolist() if name in arrays else unknown for name in made._names), strict=True)
        )
        return made


def history_table(histories: Sequence[History], columns: Sequence[str] = HISTORY) -> polars.DataFrame:
    """One tidy table of the histories of several members: member (its place), then the columns, then what other columns
    there are, by name. All are Float64, but member and update Int64.
    """
    import polars

    check_not_forked()
    others = {name for history in histories for name in history.columns} - {*columns}
    values: dict[str, Any] = {"member": np.repeat(np.arange(len(histories)), [len(one) for one in histories])}
    for name in (*columns, *sorted(others)):
        values[name] = [value for history in histories for value in history.column(name)]
    kinds = {name: polars.Float64 if name != "member" else polars.Int64 for name in values}
    return polars.DataFrame(values, schema=kinds).with_columns(polars.col("update").cast(polars.Int64))
