"""Categories: one spelling for each, a vocabulary, and codes.

A category must get the same code whether its column came as text from a file, as integers from an array, or as floats
because one value was missing. So cells that are plain numbers are compared by value ("1", "1.0" and 1 are one
category), and truth values by meaning ("True", "TRUE" and True are one). Numbers with leading zeros ("007") stay text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from wellfit.tables.arrays import Int32

_DECIMAL = r"^[+-]?(?:0|[1-9]\d*)\.\d+$"
_SIGNED = r"^\+(?:0|[1-9]\d*)$"
_EXACT = 2.0**53
_TRUTH = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def category_text(column: pl.Series) -> pl.Series:
    """A column of any scalar type as text, one spelling a category; missing cells stay null."""
    if column.dtype.is_float():
        return _text_of_floats(column)
    if column.dtype == pl.Boolean or column.dtype.is_integer():
        return column.cast(pl.String)
    text = column.cast(pl.String).str.strip_chars()
    distinct = text.unique().drop_nulls()
    written = _text_of_strings(distinct)
    changed = distinct != written
    if not changed.any():
        return text
    return text.replace(distinct.filter(changed), written.filter(changed))


def _text_of_strings(distinct: pl.Series) -> pl.Series:
    decimal = distinct.str.contains(_DECIMAL)
    numbers = _text_of_floats(distinct.set(~decimal, None).cast(pl.Float64))
    text = distinct.replace(_TRUTH)
    text = pl.select(pl.when(text.str.contains(_SIGNED)).then(text.str.slice(1)).otherwise(text)).to_series()
    chosen: pl.Series = pl.select(pl.when(decimal).then(numbers).otherwise(text)).to_series()
    return chosen


def _text_of_floats(column: pl.Series) -> pl.Series:
    """Whole floats as integers are written, others by the shortest text that gives the same float."""
    wide = column.cast(pl.Float64)
    whole = (wide == wide.round()) & (wide.abs() < _EXACT)
    integers = wide.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    chosen: pl.Series = pl.select(pl.when(whole).then(integers).otherwise(wide.cast(pl.String))).to_series()
    return chosen.alias(column.name)


def vocabulary_of(column: pl.Series) -> tuple[str, ...]:
    """The categories of a column in rising order: numbers by value, then text by letters."""
    words = category_text(column).unique().drop_nulls().to_list()
    return tuple(sorted(words, key=_order))


def _order(word: str) -> tuple[int, float, str]:
    try:
        value = float(word)
    except ValueError:
        return (1, 0.0, word)
    return (0, value, word) if value == value else (1, 0.0, word)


def codes_of(column: pl.Series, vocabulary: Sequence[str]) -> Int32:
    """Codes (rows,): the place in the vocabulary, its length for a category it does not hold, -1 where missing."""
    words = category_text(column)
    places = words.cast(pl.Enum(vocabulary), strict=False).to_physical().cast(pl.Int32)
    codes = places.fill_null(len(vocabulary)).set(words.is_null(), -1)
    return np.ascontiguousarray(codes.to_numpy(), dtype=np.int32)
