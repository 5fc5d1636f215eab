"""What stands below and beside the rows of a text file: totals, footnotes, empty rows and columns without names."""

from __future__ import annotations

import re

import polars as pl

_TOTALS = re.compile(
    r"(?:grand |sub|sub-|col(?:umn)? )?(?:totals?|sums?|averages?|means?)|(?:gesamt|end|zwischen)?summen?|gesamt"
    r"|insgesamt|mittelwert|total g[e\u00e9]n[e\u00e9]ral|totaux|somme|moyenne|suma|promedio|totale|somma|media|totaal"
    r"|soma|m[e\u00e9]dia|razem|\u0438\u0442\u043e\u0433\u043e|\u0432\u0441\u0435\u0433\u043e|\u5408\u8ba1"
    r"|\u603b\u8ba1|\u5408\u8a08",
    re.IGNORECASE,
)
_MOST_LINES = 10  # below the table that are looked at
_LEAST_ROWS = 5  # above a footnote: of fewer nobody knows what a row looks like
_CLOSE = 1e-3  # a total that was rounded


def without_ends(columns: list[pl.Series], source: str) -> tuple[list[pl.Series], tuple[str, ...]]:
    """The columns without empty rows, total lines and footnotes below, and without empty columns that have no name.

    columns: text, null where a cell is empty.

    Returns:
        The columns that are left, and notes on rows that were left out.
    """
    columns = [
        column for column in columns if column.null_count() < len(column) or not _nameless(column.name)
    ] or columns
    if len(columns) < 2 or not len(columns[0]):
        return columns, ()
    notes: tuple[str, ...] = ()
    empty = _empty_rows(columns)
    if empty.any():
        columns = [column.filter(~empty) for column in columns]
        many = int(empty.sum())
        notes = (f"{many} empty row{'s' if many > 1 else ''} of {source} {'were' if many > 1 else 'was'} left out.",)
    kept = len(columns[0])
    last = kept - 1
    while kept - last <= _MOST_LINES and last > 0 and _is_footer(columns, last):
        last -= 1
    left_out = [_shown(columns, row) for row in range(last + 1, kept)]
    if left_out:
        columns = [column.head(last + 1) for column in columns]
        lines = f"The last {'line' if len(left_out) == 1 else f'{len(left_out)} lines'} of {source}"
        notes += (f"{lines} ({left_out[0]!r}) {'was' if len(left_out) == 1 else 'were'} left out: no rows of data.",)
    return columns, notes


def is_total(label: str) -> bool:
    """Whether a text is what people call the last line of a table by: Total, Summe: and the like."""
    return _TOTALS.fullmatch(label.rstrip(": ")) is not None


def _nameless(name: str) -> bool:
    return re.fullmatch(r"column \d+", name) is not None


def _empty_rows(columns: list[pl.Series]) -> pl.Series:
    """Which rows have no cell that is filled."""
    empty = _blank(columns[0])
    for column in columns[1:]:
        if not empty.any():
            break
        empty = empty & _blank(column)
    return empty


def _blank(column: pl.Series) -> pl.Series:
    return column.is_null() | (column.str.strip_chars() == "").fill_null(True)


def _shown(columns: list[pl.Series], row: int) -> str:
    """The beginning of a row."""
    return " ".join(str(column[row]).strip() for column in columns if column[row] is not None)[:60]


def _is_footer(columns: list[pl.Series], row: int) -> bool:
    """Whether a row is a total, or a footnote, which fills its first cell alone."""
    filled = [place for place, column in enumerate(columns) if (column[row] or "").strip()]
    if not filled:
        return True
    label = columns[filled[0]][row].strip()
    above = columns[filled[0]].head(row)
    if filled[0] <= 1 and is_total(label):
        unique = not (above.str.strip_chars().str.to_lowercase() == label.lower()).any()
        return unique and (len(filled) < len(columns) or _adds_up(columns, row))
    return filled == [0] and len(columns) > 2 and _is_footnote(columns, label, row)


def _is_footnote(columns: list[pl.Series], label: str, row: int) -> bool:
    """Whether a first cell without others is a sentence under a table whose rows are filled otherwise."""
    words = not re.fullmatch(r"[-+\d.,\s]*", label) and (" " in label or label.startswith(("*", "(", "#")))
    if not words or row < _LEAST_ROWS or any(column.head(row).null_count() == row for column in columns[1:]):
        return False
    return not _empty_rows([column.head(row) for column in columns[1:]]).any()


def _adds_up(columns: list[pl.Series], row: int) -> bool:
    """Whether a cell of the row is the sum or the mean of those above."""
    for column in columns:
        values = column.head(row).cast(pl.Float64, strict=False)
        total = pl.Series([column[row]]).cast(pl.Float64, strict=False)[0]
        if total is None or values.null_count():
            continue
        for found in (float(values.sum()), float(values.mean())):  # type: ignore[arg-type]
            if abs(found - total) <= _CLOSE * abs(total):
                return bool(total != 0)
    return False
