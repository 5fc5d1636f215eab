"""Columns whose cells hold more than one value: records and lists of numbers become columns of their own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import polars as pl

from wellfit.tables.reading.whole_text import text_column

_MOST_DAYS = timedelta.max.days


def plain_columns(columns: list[pl.Series]) -> tuple[list[pl.Series], tuple[str, ...]]:
    """The columns with one value a cell, and notes on those that held more."""
    if not any(_is_nested(column.dtype) for column in columns):
        return columns, ()
    plain: list[pl.Series] = []
    notes: list[str] = []
    for column in columns:
        dtype = column.dtype
        if isinstance(dtype, pl.Struct):
            notes.append(f"The records in column {column.name[:80]!r} became columns of their own, named with a dot.")
            parts = [part.alias(f"{column.name}.{part.name}") for part in column.struct.unnest().get_columns()]
            inner, further = plain_columns(parts)
            plain += inner
            notes += further
        elif isinstance(dtype, pl.List | pl.Array) and (width := _common_length(column)):
            notes.append(f"The lists of {width} numbers in column {column.name[:80]!r} became columns of their own.")
            lists = column.cast(pl.List(dtype.inner))
            plain += [lists.list.get(k, null_on_oob=True).alias(f"{column.name}.{k + 1}") for k in range(width)]
        elif isinstance(dtype, pl.List | pl.Array):
            notes.append(f"The lists in column {column.name[:80]!r} were taken as text.")
            plain.append(_as_text(column))
        else:
            plain.append(column)
    return plain, tuple(notes)


def _is_nested(dtype: pl.DataType) -> bool:
    return bool(dtype.is_nested())


def _common_length(column: pl.Series) -> int:
    """The length of lists of numbers, where all have one; else 0."""
    dtype = column.dtype
    if not isinstance(dtype, pl.List | pl.Array) or not isinstance(dtype.inner, pl.DataType):
        return 0
    if not dtype.inner.is_numeric():
        return 0
    lengths = column.drop_nulls().cast(pl.List(dtype.inner)).list.len().unique()
    return int(lengths[0]) if len(lengths) == 1 else 0


def _as_text(column: pl.Series) -> pl.Series:
    """Each list as its values with commas between; what lies deeper as JSON."""
    column = column.to_frame().select(_on_a_calendar(pl.col(column.name), column.dtype).alias(column.name)).to_series()
    cells = [None if value is None else _joined(value) for value in column.to_list()]
    return text_column(column.name, cells)


def _joined(values: object) -> str:
    cells = list(values) if isinstance(values, list | tuple) else [values]
    return ", ".join(cell if isinstance(cell, str) else json.dumps(cell, default=str) for cell in cells)


def _on_a_calendar(cells: pl.Expr, dtype: Any) -> pl.Expr:
    """Nested cells without dates beyond the years 1 to 9999 and longer times than a timedelta: Python has none."""
    if isinstance(dtype, pl.Date | pl.Datetime):
        return pl.when(cells.dt.year().is_between(1, 9999)).then(cells)
    if isinstance(dtype, pl.Duration):
        return pl.when(cells.dt.total_days().is_between(-_MOST_DAYS, _MOST_DAYS)).then(cells)
    if isinstance(dtype, pl.Array):
        return _on_a_calendar(cells.arr.to_list(), pl.List(dtype.inner))
    if isinstance(dtype, pl.List):
        return cells.list.eval(_on_a_calendar(pl.element(), dtype.inner))
    if isinstance(dtype, pl.Struct):
        fields = [_on_a_calendar(cells.struct.field(one.name), one.dtype).alias(one.name) for one in dtype.fields]
        return pl.when(cells.is_not_null()).then(pl.struct(fields))
    return cells
