"""Targets and weights in text: the reader of columns, and what was unknown in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.columns.number_kind import numbers_of, read_as_numbers
from wellfit.tables.columns.target_values import is_missing, only_text
from wellfit.tables.distinct import distinct_values
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.reading.numbers import parse_numbers
from wellfit.tables.reading.strays import Strays

FEW_CLASSES = 10
ROWS_A_CLASS = 3
_SHOWN = 4


@dataclass(frozen=True)
class Cells:
    """Cells of a target or of weights.

    values: numbers (NaN where missing or stray), truth values, or objects (text with None where missing).
    strays: cells that are no numbers, where the others are. assumed: what was assumed to read them, a sentence each.
    """

    values: NDArray[Any]
    strays: Strays = Strays()
    assumed: tuple[str, ...] = ()

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Whether each cell is missing or a stray, in the shape of the values."""
        if self.values.dtype == object:
            flat = self.values.ravel().tolist()
            flags = [value is None for value in flat] if only_text(flat) else [is_missing(value) for value in flat]
            return np.array(flags, dtype=bool).reshape(self.values.shape)
        if self.values.dtype.kind == "f":
            return np.asarray(np.isnan(self.values))
        return np.zeros(self.values.shape, dtype=bool)


def as_number_cells(cells: NDArray[Any], what: str, choices: Choices = ANY) -> Cells:
    """Cells as float64 in any way that columns of numbers are written, NaN where missing or no number.

    what: "target" or "weight", for the message. Raises InputError where no cell is a number.
    """
    if cells.dtype != object:
        return Cells(cells.astype(np.float64))
    text = _as_text(cells)
    if text.null_count() == len(text):
        return Cells(np.full(cells.shape, np.nan))
    found = numbers_of(text, what, choices, "ask for classes" if what == "target" else "correct it")
    values = parse_numbers(text, found.form).to_numpy().astype(np.float64)
    return Cells(values.reshape(cells.shape), found.strays, found.assumed)


def numbers_or_text(cells: NDArray[Any], choices: Choices = ANY) -> Cells:
    """Cells as float64 where they are amounts in text, else as they are: text of few whole numbers is classes."""
    if cells.dtype != object or cells.ndim != 1:
        return Cells(cells)
    flat = cells.tolist()
    if not only_text(flat) and not all(isinstance(value, str) or is_missing(value) for value in flat):
        return Cells(cells)
    text = _as_text(cells)
    found = read_as_numbers(text, choices)
    if found is None:
        return Cells(cells)
    values = parse_numbers(text, found.form).to_numpy().astype(np.float64)
    if are_few_whole_numbers(values):
        return Cells(cells)
    return Cells(values, found.strays, found.assumed)


def are_few_whole_numbers(values: NDArray[Any]) -> bool:
    """Whether numbers are taken as classes: all whole, and two values, or at most 10 with 3 rows or more for each."""
    finite = values[np.isfinite(values)]
    if np.any(finite != np.round(finite)):
        return False
    distinct = distinct_values(finite)
    return len(distinct) <= 2 or (len(distinct) <= FEW_CLASSES and len(values) >= ROWS_A_CLASS * len(distinct))


def refuse_unknown(cells: Cells, what: str, advice: str, numbers: NDArray[np.int64] | None = None) -> None:
    """InputError that counts and names missing cells and strays, and says a way out. what: such as "The target".

    numbers: (rows,) which rows of the file these are, from 0 on; None (default): all, in order.
    """
    unknown = cells.unknown
    rows = np.flatnonzero(unknown if unknown.ndim == 1 else unknown.any(axis=1))
    if not rows.size:
        return
    strays, first = cells.strays, int(rows[0] if numbers is None else numbers[rows[0]]) + 1
    where = f"row {first} is" if rows.size == 1 else f"{rows.size:,} rows (the first is row {first}) are"
    if strays.count:
        shown = ", ".join(repr(word[:40]) for word in strays.words[:_SHOWN])
        more = f" and {len(strays.words) - _SHOWN} others" if len(strays.words) > _SHOWN else ""
        raise InputError(f"{what} holds numbers, and {where} missing or no number: {advice}; got {shown}{more}.")
    raise InputError(f"{what} must be known in every row, and {where} missing (NaN): {advice}.")


def _as_text(cells: NDArray[Any]) -> pl.Series:
    """Objects as text, null where missing."""
    flat = cells.ravel().tolist()
    written = flat if only_text(flat) else [None if is_missing(value) else _written(value) for value in flat]
    return pl.Series(written, dtype=pl.String)


def _written(value: Any) -> str:
    """A truth value as 1 or 0, anything else as text."""
    return str(int(value)) if isinstance(value, bool | np.bool_) else str(value)
