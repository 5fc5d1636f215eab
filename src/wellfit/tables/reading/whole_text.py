"""Columns of text: halves of characters, which JSON, Python and file names can hold and no column, are replaced."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def whole_text(text: str) -> str:
    """The text with both halves of a character joined, and a lone half replaced by U+FFFD.

    >>> whole_text("a\\ud83d\\ude00b\\ud800") == "a\\U0001f600b\\ufffd"
    True
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def text_column(name: str, cells: Sequence[str | None]) -> pl.Series:
    """A column of text; None is missing."""
    name = whole_text(name)
    try:
        return pl.Series(name, cells, dtype=pl.String)
    except UnicodeEncodeError:
        return pl.Series(name, [None if cell is None else whole_text(cell) for cell in cells], dtype=pl.String)
