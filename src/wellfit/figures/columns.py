"""From a user's columns to what a specification holds: roles in place of names, and what cannot be drawn left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.figures.axis import Axis
from wellfit.figures.look import unique_names
from wellfit.frames import ResultFrame
from wellfit.reprs import counted

Row = dict[str, Any]
ENDS = ("low", "high")  # roles of the ends of intervals


def plain_frame(data: Any, columns: Sequence[str]) -> ResultFrame:
    """A polars frame, or some columns of a mapping of arrays of one length, as integers, numbers, truth values or text.

    Raises:
        InputError: a column is missing, or the columns differ in length.
    """
    for name in columns:
        if name not in (data.columns if hasattr(data, "columns") else data):
            raise InputError(f"A figure draws columns of its table, and it has none of the name {quoted(name)}.")
    kept = data.columns if isinstance(data, polars.DataFrame) else dict.fromkeys(columns)
    made = {name: _plain(data[name]) for name in kept}
    lengths = {name: len(series) for name, series in made.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"The columns of a figure have one length; got {quoted(lengths)}.")
    return ResultFrame(made)


def _plain(values: Any) -> polars.Series:
    """A column as Int64, Float64, Boolean or String."""
    series = values if isinstance(values, polars.Series) else polars.Series(values=_listed(values), strict=False)
    if series.dtype.is_integer() and series.dtype != polars.UInt64:  # which Int64 may not hold
        return series.cast(polars.Int64)
    if series.dtype.is_numeric() or series.dtype == polars.Null:
        return series.cast(polars.Float64)
    return series if series.dtype == polars.Boolean else series.cast(polars.String)


def _listed(values: Any) -> Any:
    array = np.asarray(values)
    return array if array.dtype.kind in "iufb" else array.tolist()


def with_ends(rows: Sequence[Row]) -> list[Row]:
    """The rows whose interval is known."""
    return [row for row in rows if row["low"] is not None and row["high"] is not None]


class Drawn:
    """The rows that a figure draws, by the roles of their columns, and how many it leaves out.

    frame: the columns. roles: the column of each role ("x", "series"); a role without a column is not there.
    axes: of the roles that hold numbers; a row whose number cannot be drawn is left out. soft: roles whose number may
        be missing: it is null then, and the row is drawn without it.
    """

    def __init__(
        self, frame: ResultFrame, roles: Mapping[str, str | None], axes: Mapping[str, Axis], soft: Sequence[str] = ()
    ) -> None:
        self.frame, self.axes = frame, dict(axes)
        self.roles = {role: column for role, column in roles.items() if column is not None}
        self.left_out = self.partly = 0
        values = {role: self._numbers(role) for role in axes if role in self.roles}
        keep = np.ones(frame.height, bool)
        for role, numbers in values.items():
            known = axes[role].drawable(numbers)
            if role in soft:
                self.partly += 0 if role in ENDS else int((~known).sum())  # a value without interval is drawn
                values[role] = np.where(known, numbers, np.nan)
            else:
                keep &= known
        self.left_out = int((~keep).sum())
        self.kept = np.flatnonzero(keep)
        self.names = {role: unique_names(self._names(role)) for role in self.roles if role not in values}
        self.rows = self._rows(values)

    def _numbers(self, role: str) -> NDArray[np.float64]:
        column = self.frame[self.roles[role]]
        if column.dtype == polars.String:
            raise InputError(f"An axis of numbers needs a column of numbers; {quoted(self.roles[role])} holds text.")
        return column.cast(polars.Float64).fill_null(np.nan).to_numpy()

    def _names(self, role: str) -> list[Any]:
        column = self.frame[self.roles[role]]
        return (column.fill_nan(None) if column.dtype == polars.Float64 else column).to_list()

    def _rows(self, values: Mapping[str, NDArray[np.float64]]) -> list[Row]:
        columns: dict[str, list[Any]] = {}
        for role in self.roles:
            if role in values:
                columns[role] = [None if np.isnan(v) else v for v in values[role][self.kept].tolist()]
            else:
                names = self._names(role)
                columns[role] = [self.names[role][names[row]] for row in self.kept.tolist()]
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    @property
    def spans(self) -> bool:
        """Whether there are ends of intervals."""
        return set(ENDS) <= set(self.roles)

    def whole(self, role: str) -> bool:
        """Whether all numbers of a role are whole ones."""
        return all(float(value).is_integer() for value in self.numbers(role))

    def of(self, role: str, value: str) -> list[Row]:
        """The rows with a value in a role."""
        return [row for row in self.rows if row[role] == value]

    def shown(self, role: str) -> list[str]:
        """The distinct values of a role that is no number, in their order; none where there is no such role."""
        return list(self.names.get(role, {}).values())

    def numbers(self, *roles: str) -> list[float]:
        """All numbers of some roles that are drawn."""
        return [row[role] for role in roles if role in self.roles for row in self.rows if row[role] is not None]

    def remark(self) -> str:
        """What is not drawn, as a sentence; "" where everything is."""
        parts = []
        if self.left_out:
            parts.append(f"{counted(self.left_out, 'row')} left out")
        if self.partly:
            parts.append(f"{counted(self.partly, 'value')} not drawn")
        log = any(axis.scale == "log" for axis in self.axes.values())
        why = "missing, infinite or, on a logarithmic axis, not above 0" if log else "missing or infinite"
        return f" {' and '.join(parts)}: {why}." if parts else ""
