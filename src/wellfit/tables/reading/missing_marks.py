"""Missing marks, and the first typing of text cells: the type of a column of text by its cells alone.

A column becomes numbers here only when every cell that is not missing is a plain number. Everything else (dates,
thousands separators, codes with leading zeros) stays text, and the schema decides what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import polars as pl

# Compared with the whole cell after blanks around it are removed; upper and lower case matter ("none" is often a real
# category). An empty or blank cell and a floating-point NaN are always missing.
MISSING_MARKS: tuple[str, ...] = (
    "",
    "?",
    "-",
    "--",
    ".",
    "NA",
    "N/A",
    "n/a",
    "na",
    "<NA>",
    "NaN",
    "nan",
    "NAN",
    "-NaN",
    "-nan",
    "NaT",
    "null",
    "NULL",
    "Null",
    "None",
    "#N/A",
    "#NA",
    "#N/A N/A",
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#NUM!",
    "#REF!",
    "1.#IND",
    "-1.#IND",
    "1.#QNAN",
    "-1.#QNAN",
)

_SAMPLE = 200
_WIDE = tuple(getattr(pl, name) for name in ("Int128", "UInt128") if hasattr(pl, name))
_CODE = r"^\s*[+-]?0[0-9]"  # such as 007: written by people who mean a code, not a quantity


def tidy_columns(columns: list[pl.Series], marks: Iterable[str]) -> pl.DataFrame:
    """Type every column and turn its missing marks to null. The list is emptied on the way, which frees each text."""
    known = tuple(dict.fromkeys(["", *marks]))
    columns.reverse()
    tidied = []
    while columns:
        tidied.append(tidy_column(columns.pop(), known))
    return pl.DataFrame(tidied)


def tidy_column(column: pl.Series, marks: tuple[str, ...]) -> pl.Series:
    """One column with its missing marks turned to null, and numbers where it holds nothing else."""
    if column.dtype == pl.String:
        return _type_text(column, marks)
    if column.dtype.is_decimal() or column.dtype in _WIDE:
        column = column.cast(pl.Float64)
    if column.dtype.is_float():
        column = column.fill_nan(None) if column.is_nan().any() else column
    if column.dtype.is_numeric():
        values = numbers_among(marks)
        return column.set(column.cast(pl.Float64).is_in(values), None) if values else column
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        text = column.cast(pl.String).str.strip_chars()
        return text.set(text.is_in(marks), None).cast(pl.Categorical)
    return column


@lru_cache
def numbers_among(marks: tuple[str, ...]) -> list[float]:
    """The numbers that marks stand for, found once for all columns."""
    return [value for mark in marks if (value := _as_number(mark)) is not None]


def _as_number(mark: str) -> float | None:
    """The number that a mark such as "-999" stands for, or None where it is a word."""
    try:
        value = float(mark)
    except ValueError:
        return None
    return value if value == value else None


def _type_text(column: pl.Series, marks: tuple[str, ...]) -> pl.Series:
    """Integers, else numbers, else the text itself without blanks around it."""
    sample = column.drop_nulls().head(_SAMPLE)
    for dtype in (pl.Int64, pl.Float64):
        numbers = None if _cast(sample, dtype, marks) is None else _cast(column, dtype, marks)
        if numbers is None:
            continue
        if dtype == pl.Int64 and column.str.contains(_CODE).any():
            break
        return tidy_column(numbers, marks)
    text = column.str.strip_chars()
    return text.set(text.is_in(marks), None)


def _cast(column: pl.Series, dtype: type[pl.DataType], marks: tuple[str, ...]) -> pl.Series | None:
    """Numbers of this type, or None where a cell is neither that nor missing. Only cells that fail are read twice."""
    numbers = column.cast(dtype, strict=False)
    failed = numbers.is_null() & column.is_not_null()
    if not failed.any():
        return numbers
    text = column.filter(failed).unique().str.strip_chars()
    words = text.filter(~text.is_in(marks))
    if words.cast(dtype, strict=False).null_count():
        return None
    return column.str.strip_chars().cast(dtype, strict=False) if len(words) else numbers
