"""Numbers written as text: with blanks, thousands separators, a decimal comma, a currency or percent sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

Notation = Literal["plain", "grouped", "decimal comma"]

_BLANKS = " \u00a0\u202f\u2009'"  # blank, no-break blanks, thin blank, the Swiss apostrophe
_GROUPED = rf"^[+-]?\d{{1,3}}(?:[{_BLANKS},]\d{{3}})+(?:\.\d*)?$"
_COMMA = rf"^[+-]?(?:\d+|\d{{1,3}}(?:[{_BLANKS}.]\d{{3}})+)(?:,\d+)?$"
_SIGNS = "$\u20ac\u00a3\u00a5%"
_MOST_WORDS = 3
_LEAST_SHARE = 0.95
_LEAST_NUMBERS = 20


def parse_numbers(cells: pl.Series, notation: str = "plain", affix: str = "") -> pl.Series:
    """Text cells as Float64, null where a cell is not a number in this notation.

    notation: "plain" (12.5), "grouped" (1,234.5 or 1 234.5) or "decimal comma" (1.234,5); plain numbers are read in
        each. affix: a sign before or after the number that is left out, such as "%".
    """
    text = cells.str.strip_chars()
    if affix:
        text = text.str.strip_chars(affix).str.strip_chars()
    plain = text.cast(pl.Float64, strict=False)
    if notation == "plain":
        return plain
    if notation == "grouped":
        fits, tidy = text.str.contains(_GROUPED), text.str.replace_all(f"[{_BLANKS},]", "")
    else:
        fits = text.str.contains(_COMMA)
        tidy = text.str.replace_all(f"[{_BLANKS}.]", "").str.replace(",", ".", literal=True)
    read = tidy.cast(pl.Float64, strict=False)
    chosen: pl.Series = pl.select(pl.when(fits).then(read).otherwise(plain)).to_series().alias(cells.name)
    return chosen


def find_notation(distinct: pl.Series) -> tuple[Notation, str] | None:
    """How all of these distinct cells are written as numbers, with the sign that each carries, or None."""
    affix = _common_sign(distinct)
    notations: tuple[Notation, ...] = ("plain", "grouped", "decimal comma")
    for notation in notations:
        if len(distinct) and parse_numbers(distinct, notation, affix).null_count() == 0:
            return notation, affix
    return None


def stray_words(cells: pl.Series, distinct: pl.Series) -> tuple[str, ...] | None:
    """The few words in a column that otherwise holds numbers, or None where words are more than strays.

    Strays are at most 3 different words in at most 5 % of the cells, beside at least 20 different plain numbers.
    """
    words = distinct.filter(parse_numbers(distinct).is_null())
    if not 0 < len(words) <= _MOST_WORDS or len(distinct) - len(words) < _LEAST_NUMBERS:
        return None
    share = 1 - cells.is_in(words.to_list()).sum() / max(1, len(cells))
    return tuple(sorted(words.to_list())) if share >= _LEAST_SHARE else None


def _common_sign(distinct: pl.Series) -> str:
    """A currency or percent sign that every cell starts or ends with, or nothing."""
    first: Sequence[str] = distinct.head(1).to_list()
    for sign in _SIGNS:
        if first and sign in first[0] and (distinct.str.starts_with(sign) | distinct.str.ends_with(sign)).all():
            return sign
    return ""
