"""What was measured in training: a row an evaluation, columns by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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
        self._columns: dict[str, list[float]] = {name: [] for name in columns}
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def __repr__(self) -> str:
        return f"<history of {self._rows} rows: {', '.join(self._columns)}>"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self._columns)

    def append(self, row: Mapping[str, float]) -> None:
        """Add a row."""
        if not row.keys() <= self._columns.keys():
            for name in row.keys() - self._columns.keys():
                self._columns[name] = [math.nan] * self._rows
        for name, values in self._columns.items():
            values.append(float(row.get(name, math.nan)))
        self._rows += 1

    def column(self, name: str) -> list[float]:
        """A column's values, a row each; NaN where there is no such column."""
        return list(self._columns.get(name, [math.nan] * self._rows))

    def row(self, index: int) -> dict[str, float]:
        """A row by the names of its columns; -1 is the last."""
        return {name: values[index] for name, values in self._columns.items()}

    def rows(self) -> list[dict[str, float]]:
        """All rows, first to last."""
        return [self.row(index) for index in range(self._rows)]

    def last(self, name: str, default: float = math.nan) -> float:
        """A column's value in the last row; before the first row the default."""
        return self._columns[name][-1] if self._rows and name in self._columns else default

    def equals(self, other: History) -> bool:
        """Whether both hold the same columns and values; NaN equals NaN."""
        mine, theirs = self.to_arrays(), other.to_arrays()
        return mine.keys() == theirs.keys() and all(
            np.array_equal(mine[name], theirs[name], equal_nan=True) for name in mine
        )

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """Each column as an array (rows,)."""
        return {name: np.array(values, dtype=np.float64) for name, values in self._columns.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], columns: Iterable[str] = HISTORY) -> History:
        """The inverse of `to_arrays`. columns: those that it has at least, which come first."""
        made = cls(dict.fromkeys([*columns, *sorted(arrays)]))
        made._rows = max((len(values) for values in arrays.values()), default=0)
        for name in made._columns:
            values = arrays.get(name)
            made._columns[name] = [math.nan] * made._rows if values is None else values.tolist()
        return made


def history_table(histories: Sequence[History], columns: Sequence[str] = HISTORY) -> polars.DataFrame:
    """One tidy table of the histories of several members: member (its place), then the columns, then what other columns
    there are, by name. All are Float64, but member and update Int64.
    """
    import polars

    others = {name for history in histories for name in history.columns} - {*columns}
    values: dict[str, Any] = {"member": np.repeat(np.arange(len(histories)), [len(one) for one in histories])}
    for name in (*columns, *sorted(others)):
        values[name] = [value for history in histories for value in history.column(name)]
    kinds = {name: polars.Float64 if name != "member" else polars.Int64 for name in values}
    return polars.DataFrame(values, schema=kinds).with_columns(polars.col("update").cast(polars.Int64))
