"""Columns whose cells hold more than one value: records become columns of their own, lists become text."""

from __future__ import annotations

import json

import polars as pl

from wellfit.errors import InputError


def plain_columns(columns: list[pl.Series], source: str) -> tuple[list[pl.Series], tuple[str, ...]]:
    """The columns with one value a cell, and notes on those that held more.

    Raises:
        InputError: a column holds bytes or Python objects, which are named.
    """
    if not any(_is_nested(column.dtype) for column in columns):
        return columns, ()
    plain: list[pl.Series] = []
    notes: list[str] = []
    for column in columns:
        dtype = column.dtype
        if isinstance(dtype, pl.Struct):
            notes.append(f"The records in column {column.name[:80]!r} became columns of their own, named with a dot.")
            parts = [part.alias(f"{column.name}.{part.name}") for part in column.struct.unnest().get_columns()]
            inner, further = plain_columns(parts, source)
            plain += inner
            notes += further
        elif isinstance(dtype, pl.List | pl.Array):
            notes.append(f"The lists in column {column.name[:80]!r} were taken as text.")
            plain.append(_as_text(column))
        elif dtype in (pl.Binary, pl.Object):
            raise InputError(
                f"A cell is a number, a text or a date, and column {column.name[:80]!r} of {source} holds "
                f"{'bytes' if dtype == pl.Binary else 'Python objects'}: leave the column out, or make it one of these."
            )
        else:
            plain.append(column)
    return plain, tuple(notes)


def _is_nested(dtype: pl.DataType) -> bool:
    return dtype.is_nested() or dtype in (pl.Binary, pl.Object)


def _as_text(column: pl.Series) -> pl.Series:
    """Each list as its values with commas between; what lies deeper as JSON."""
    cells = [None if value is None else _joined(value) for value in column.to_list()]
    return pl.Series(column.name, cells, dtype=pl.String)


def _joined(values: object) -> str:
    cells = list(values) if isinstance(values, list | tuple) else [values]
    return ", ".join(cell if isinstance(cell, str) else json.dumps(cell, default=str) for cell in cells)
