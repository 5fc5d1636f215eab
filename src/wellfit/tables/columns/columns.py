"""What is known of one column, as plain data, and how its cells become numbers or codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from wellfit.errors import InputError
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Float32, Int32
from wellfit.tables.columns.categories import codes_of
from wellfit.tables.reading.dates import parse_dates, part_of
from wellfit.tables.reading.numbers import parse_numbers

Kind = Literal["number", "category", "date", "text", "constant", "identifier", "dropped", "unusable"]
USED_KINDS = ("number", "category", "date", "text")
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Column:
    """One column of the training table.

    kind: "number", "category", "date" and "text" are used; "constant", "identifier", "dropped" and "unusable" are left
        out and may be absent later.
    distinct, missing: how many different values it had, and how many missing ones. example: a value, as text.
    note: what a reader should know, or nothing.
    notation, affix: how numbers in text are written (see `parse_numbers`). strays: words that count as missing here.
    shift: subtracted from numbers before they become float32, 0 unless float32 would merge different values.
    vocabulary: the categories. formats, parts, origin: how dates are read and what becomes of them.
    width: hashed columns of a text.
    """

    name: str
    kind: Kind
    distinct: int = 0
    missing: int = 0
    example: str = ""
    note: str = ""
    notation: str = "plain"
    affix: str = ""
    strays: tuple[str, ...] = ()
    shift: float = 0.0
    vocabulary: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    origin: float = 0.0
    width: int = 0

    __repr__ = short_repr

    @property
    def used(self) -> bool:
        """Whether networks see the column."""
        return self.kind in USED_KINDS

    def numbers(self, cells: pl.Series) -> Float32:
        """Cells of a number column as float32 (rows,), NaN where missing; text and infinities are refused by row."""
        values = as_numbers(cells, self)
        if self.shift:
            values = _shifted(values, self.shift)
        wide = values.to_numpy()
        with np.errstate(over="ignore"):
            narrow = wide.astype(np.float32)
        self._refuse_infinity(narrow, wide)
        return narrow

    def codes(self, cells: pl.Series) -> Int32:
        """Cells of a category column as codes (rows,): -1 where missing, `len(vocabulary)` where unseen."""
        return codes_of(cells, self.vocabulary)

    def dates(self, cells: pl.Series) -> list[Float32]:
        """The parts of a date column, float32 (rows,) each, NaN where missing."""
        dates = parse_dates(cells, self.formats)
        self._refuse_text(cells, dates, "date")
        parts = [part_of(dates, part, self.origin).to_numpy() for part in self.parts]
        return [np.ascontiguousarray(part, dtype=np.float32) for part in parts]

    def _refuse_text(self, cells: pl.Series, values: pl.Series, wanted: str) -> None:
        """InputError for the first cell that is there and could not be read."""
        unread = (values.is_null() & cells.is_not_null()).arg_true()
        if len(unread):
            row = int(unread[0])
            raise InputError(
                f"Column {self.name!r} holds {wanted}s, and row {row + 1} has {str(cells[row])!r}: correct the cell, "
                "or leave it empty if the value is missing."
            )

    def _refuse_infinity(self, narrow: Float32, wide: Any) -> None:
        infinite = np.isinf(narrow)
        if not infinite.any():
            return
        row = int(np.flatnonzero(infinite)[0])
        came = "infinity" if np.isinf(wide[row]) else f"{wide[row]}, a value too large for float32 (infinity there)"
        raise InputError(
            f"Numbers must be finite, and column {self.name!r} has {came} in row {row + 1}: "
            "leave the cell empty if the value is missing, or divide the column by a constant."
        )

    def to_plain(self) -> dict[str, Any]:
        """Values that JSON can hold; what is at its default is left out."""
        blank = Column("", "number")
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        return {
            key: value
            for key, value in plain.items()
            if key in ("name", "kind") or getattr(self, key) != getattr(blank, key)
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Column:
        """The column that `to_plain` described; InputError where it did not."""
        blank = Column("", "number")
        if not isinstance(plain, dict) or not all(_fits(getattr(blank, key, None), plain[key]) for key in plain):
            raise InputError(f"A column of a saved schema is not as it was written: {str(plain)[:80]}.")
        if not plain.get("name") or plain.get("kind") not in KINDS or plain.get("width", 0) < 0:
            raise InputError(
                f"A column of a saved schema has a name and one of the kinds {', '.join(KINDS)}; this one does not."
            )
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
        }
        return cls(**values)


def _fits(default: Any, value: Any) -> bool:
    """Whether a saved value is of the type of the field's default; texts in a list are texts, and all different."""
    if isinstance(default, tuple):
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return texts and len(set(value)) == len(value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


def as_numbers(cells: pl.Series, column: Column) -> pl.Series:
    """Cells as numbers of their own type, or Float64 where they were text; InputError where a cell is not a number."""
    if cells.dtype.is_numeric():
        return cells
    if cells.dtype in (pl.Boolean, pl.Null):
        return cells.cast(pl.Float64)
    if cells.dtype == pl.Duration:
        return cells.dt.total_microseconds().cast(pl.Float64) / 1e6
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum):
        raise InputError(f"Column {column.name!r} holds numbers; got a column of type {cells.dtype}.")
    text = cells.cast(pl.String)
    if column.strays:
        text = text.set(text.is_in(column.strays), None)
    values = parse_numbers(text, column.notation, column.affix)
    column._refuse_text(text, values.fill_nan(None), "number")
    return values.fill_nan(None)


def _shifted(values: pl.Series, shift: float) -> pl.Series:
    """Values minus the shift; whole ones are subtracted as integers, so that large ones keep their last digits."""
    whole = values.dtype.is_integer() and values.dtype != pl.UInt64
    if whole and abs(shift) < 2**62:
        least, most = values.cast(pl.Int64).min(), values.cast(pl.Int64).max()
        if isinstance(least, int) and isinstance(most, int) and max(abs(least), abs(most)) < 2**62:
            return (values.cast(pl.Int64) - int(shift)).cast(pl.Float64)
    return values.cast(pl.Float64) - shift
