"""ARFF, the format of Weka and OpenML: its header is read here, its rows as those of every other text file.

SciPy's `loadarff` would do for numbers; it refuses nominal values with quotes, commas or letters beyond ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from wellfit.errors import InputError
from wellfit.tables.reading.delimited import read_delimited

_NAME = r"(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^\s{]+))"
_ATTRIBUTE = re.compile(rf"\s*@attribute\s+{_NAME}\s*(\S.*)", re.IGNORECASE)
_DATA = re.compile(r"\s*@data\b", re.IGNORECASE)
_NUMBERS = ("numeric", "real", "integer")
_SINGLE_QUOTED = re.compile(r"(?:(?<=[,\t])|^)\s*'((?:[^'\\]|\\.)*)'\s*(?=[,\t]|$)", re.MULTILINE)
_BACKSLASHED = re.compile(r"\\(['\"%\\])")


def looks_like_arff(data: bytes) -> bool:
    """Whether the first line that is no comment is `@relation`."""
    for line in data[: 1 << 16].splitlines():
        if line.strip() and not line.lstrip().startswith(b"%"):
            return line.lstrip().lower().startswith(b"@relation")
    return False


def read_arff(text: str, source: str) -> tuple[list[pl.Series], tuple[str, ...]]:
    """The columns, nominal ones as categories whatever their values look like, and notes.

    Raises:
        InputError: the file is damaged, sparse, or has attributes of text or relations, which are named.
    """
    lines = text.split("\n")
    begin = next((k + 1 for k, line in enumerate(lines) if _DATA.match(line)), None)
    if begin is None:
        raise InputError(f"The ARFF file {source} is damaged or cut short (it has no @data): copy or write it again.")
    attributes = [found for line in lines[:begin] if (found := _ATTRIBUTE.match(line))]
    names = [found[1] or found[2] or found[3] for found in attributes]
    kinds = [found[4].strip() for found in attributes]
    _refuse_unreadable(names, kinds, lines[begin:], source)
    empty = "\n" * begin  # so that errors name the lines of the file
    rows = empty + _SINGLE_QUOTED.sub(_double_quoted, "\n".join(lines[begin:]))
    columns, notes, _ = read_delimited(rows.encode(), source, False, keep_all=True)
    if len(columns) != len(names):
        raise InputError(
            f"Every row of an ARFF file has a value of each attribute, and {source} has {len(names)} attributes and "
            f"rows of {len(columns)} values: correct it."
        )
    typed = [_typed(*one, source) for one in zip(columns, names, kinds, strict=True)]
    return typed, notes


def _refuse_unreadable(names: Sequence[str], kinds: Sequence[str], rows: Sequence[str], source: str) -> None:
    for name, kind in zip(names, kinds, strict=True):
        if not kind.lower().startswith((*_NUMBERS, "date", "{")):
            raise InputError(
                f"ARFF attributes are numeric, nominal or dates, and {name[:80]!r} of {source} is of type "
                f"{kind.split()[0][:40]}: remove it, or write the file as CSV."
            )
    first = next((row for row in rows if row.strip() and not row.lstrip().startswith("%")), "")
    if first.lstrip().startswith("{"):
        raise InputError(f"{source} is a sparse ARFF file, which is not read: write it dense, or as CSV.")


def _double_quoted(found: re.Match[str]) -> str:
    """A value in single quotes as other text files have it."""
    value = _BACKSLASHED.sub(r"\1", found[1]).replace('"', '""')
    return f'"{value}"'


def _typed(column: pl.Series, name: str, kind: str, source: str) -> pl.Series:
    """The column under its name; numbers are checked, nominal values become categories, dates stay text."""
    cells = column.str.strip_chars().alias(name)
    cells = cells.set(cells == "?", None)
    if kind.startswith("{"):
        return cells.cast(pl.Categorical)
    if not kind.lower().startswith(_NUMBERS):
        return cells
    numbers = cells.cast(pl.Float64, strict=False)
    wrong = (numbers.is_null() & cells.is_not_null()).arg_true()
    if len(wrong):
        raise InputError(
            f"The attribute {name[:80]!r} of the ARFF file {source} is {kind.split()[0]}, and row {int(wrong[0]) + 1} "
            f"has {cells[int(wrong[0])][:80]!r}: correct it, or write ? where the value is missing."
        )
    return numbers
