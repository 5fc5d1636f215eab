"""What is known of one column, as plain data, and how its cells become numbers or codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Float32, Int32, Int64
from wellfit.tables.columns.categories import codes_of
from wellfit.tables.columns.text import TOKENS, WORDS
from wellfit.tables.reading.dates import parse_dates, part_of
from wellfit.tables.reading.numbers import Decimal, NumberFormat, parse_numbers
from wellfit.tables.reading.units import Units

Kind = Literal["number", "category", "date", "text", "constant", "identifier", "dropped", "unusable"]
USED_KINDS = ("number", "category", "date", "text")
FLOAT32_MOST = float(np.finfo(np.float32).max)
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Column:
    """One column of the training table.

    kind: "number", "category", "date" and "text" are used; "constant", "identifier", "dropped" and "unusable" are left
        out and may be absent later.
    distinct, missing: how many different values it had, and how many missing ones. example: a value, as text.
    note: what a reader should know, or nothing. assumed: what was assumed to read its cells, a sentence each.
    decimal, units, scaled: how numbers in text are written (see `NumberFormat` and `Units`).
    strays: words that count as missing here.
    shift: subtracted from numbers before they become float32, 0 unless float32 would merge different values.
    factor: a power of 2 that they are then multiplied with, 1 unless they are too small or too large for float32.
    least, most: the range of the numbers; of dates, in days since 1970. low, high: of the middle 90 % of the numbers.
    vocabulary: the categories. formats, parts, origin: how dates are read and what becomes of them.
    width: hashed columns of a text. tokens: what is counted in it, "words" or "characters".
    """

    name: str
    kind: Kind
    distinct: int = 0
    missing: int = 0
    example: str = ""
    note: str = ""
    assumed: tuple[str, ...] = ()
    decimal: str = "point"
    units: tuple[str, ...] = ()
    scaled: bool = False
    strays: tuple[str, ...] = ()
    shift: float = 0.0
    factor: float = 1.0
    least: float = 0.0
    most: float = 0.0
    low: float = 0.0
    high: float = 0.0
    vocabulary: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    origin: float = 0.0
    width: int = 0
    tokens: str = WORDS

    __repr__ = short_repr

    @property
    def used(self) -> bool:
        """Whether networks see the column."""
        return self.kind in USED_KINDS

    @property
    def needs_float64(self) -> bool:
        """Whether float32 could not hold its numbers as they come."""
        return self.shift != 0 or self.factor != 1

    @property
    def number_format(self) -> NumberFormat:
        """How numbers in text are written."""
        return NumberFormat("comma" if self.decimal == "comma" else "point", Units(self.units, self.scaled))

    def numbers(self, cells: pl.Series, strict: bool = True, rows: Int64 | None = None) -> Float32:
        """Cells of a number column as float32 (rows,), NaN where missing or no number.

        strict: infinities, and numbers that float32 cannot hold, are refused by row; else they are missing as well.
        rows: (rows,) which rows these are, from 0 on, for that message; None (default): all, in order.
        """
        if not strict:
            return self._narrow(self.finite_values(cells))
        values = self.values(cells)
        narrow = self._narrow(values)
        self._refuse_infinity(narrow, values, rows)
        return narrow

    def values(self, cells: pl.Series) -> pl.Series:
        """Cells as numbers of their own type, or Float64 where they were text; null where missing or no number."""
        return as_numbers(cells, self)

    def finite_values(self, cells: pl.Series) -> pl.Series:
        """As `values`, and null where float32 could not hold a number."""
        values = self.values(cells)
        if values.dtype.is_integer():
            return values
        wide = values.cast(pl.Float64)
        return values.set(((wide - self.shift) * self.factor).abs() > FLOAT32_MOST, None)

    def codes(self, cells: pl.Series) -> Int32:
        """Cells of a category column as codes (rows,): -1 where missing, `len(vocabulary)` where unseen."""
        return codes_of(cells, self.vocabulary)

    def moments(self, cells: pl.Series) -> pl.Series:
        """Cells of a date column as Datetime, null where missing or no date."""
        return parse_dates(cells, self.formats)

    def dates(self, cells: pl.Series) -> list[Float32]:
        """The parts of a date column, float32 (rows,) each, NaN where missing or no date."""
        moments = self.moments(cells)
        parts = [part_of(moments, part, self.origin).to_numpy() for part in self.parts]
        return [np.ascontiguousarray(part, dtype=np.float32) for part in parts]

    def _narrow(self, values: pl.Series) -> Float32:
        shifted = _shifted(values, self.shift) if self.shift else values
        shifted = shifted.cast(pl.Float64) * self.factor if self.factor != 1 else shifted
        with np.errstate(over="ignore"):
            return shifted.to_numpy().astype(np.float32)

    def _refuse_infinity(self, narrow: Float32, values: pl.Series, rows: Int64 | None) -> None:
        infinite = np.isinf(narrow)
        if not infinite.any():
            return
        row = int(np.flatnonzero(infinite)[0])
        value, number = values[row], row if rows is None else int(rows[row])
        came = "infinity" if np.isinf(value) else f"{value}, a value too large for float32 (infinity there)"
        raise InputError(
            f"Numbers must be finite, and column {quoted(self.name)} has {came} in row {number + 1}: "
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
        if not plain.get("name") or plain.get("kind") not in KINDS or plain.get("width", 0) < 0 or not _known(plain):
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


def _known(plain: dict[str, Any]) -> bool:
    """Whether the words that choose between ways of reading are known ones."""
    return plain.get("decimal", "point") in get_args(Decimal) and plain.get("tokens", WORDS) in TOKENS


def as_numbers(cells: pl.Series, column: Column) -> pl.Series:
    """Cells as numbers of their own type, or Float64 where they were text; null where a cell is no number.

    Raises InputError where the whole column is of a type that cannot hold numbers, such as dates.
    """
    if cells.dtype.is_numeric():
        return cells
    if cells.dtype in (pl.Boolean, pl.Null):
        return cells.cast(pl.Float64)
    if cells.dtype == pl.Duration:
        return cells.dt.total_microseconds().cast(pl.Float64) / 1e6
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum):
        raise InputError(f"Column {quoted(column.name)} holds numbers; got a column of type {cells.dtype}.")
    return parse_numbers(cells.cast(pl.String), column.number_format)


def _shifted(values: pl.Series, shift: float) -> pl.Series:
    """Values minus the shift; whole ones are subtracted as integers, so that large ones keep their last digits."""
    whole = values.dtype.is_integer() and values.dtype != pl.UInt64
    if whole and abs(shift) < 2**62:
        least, most = values.cast(pl.Int64).min(), values.cast(pl.Int64).max()
        if isinstance(least, int) and isinstance(most, int) and max(abs(least), abs(most)) < 2**62:
            return (values.cast(pl.Int64) - int(shift)).cast(pl.Float64)
    return values.cast(pl.Float64) - shift
