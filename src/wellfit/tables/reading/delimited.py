"""Text files of cells: every cell is read as text, and lines that do not fit are refused by number."""

from __future__ import annotations

import csv
import re
from io import BytesIO, TextIOWrapper

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.reading.encodings import BLOCK
from wellfit.tables.reading.first_lines import COMMENT_MARKS, DELIMITERS, Head, find_head, is_comment, records
from wellfit.tables.reading.last_lines import is_total, without_ends

_FEW_WORDS = 3  # of a cell; a note below a table has more

# Blanks outside of quotes, as people type them after a comma; the csv module and polars take the quotes for text then.
_BLANKS_AROUND_QUOTES = re.compile(
    rb'(?<=[,;|\t\n])(?: +"([^"\n]*)" *|"([^"\n]*)" +)(?=[,;|\t\r\n]|\Z)',
)


def read_delimited(
    data: bytes, source: str, header: bool | None = None, delimiter: str | None = None, *, keep_all: bool = False
) -> tuple[list[pl.Series], tuple[str, ...], str]:
    """Columns of text cells (null where empty), notes on how the file was read, and a hint where names look like data.

    data: UTF-8 with line feeds.
    header: whether the first line of the table holds the names; None (default): it does, and a note says so where it
        looks like a row.
    delimiter: where it is known; None (default): it is found.
    keep_all: whether every row and column counts, whatever it looks like (default False).
    """
    if b'"' in data:
        data = _BLANKS_AROUND_QUOTES.sub(rb'"\1\2"', data)
    head = find_head(data, source, header, delimiter)
    columns, line_notes = _parse(data, head, source)
    named = [column.alias(name) for column, name in zip(columns, head.names, strict=True)]
    named, end_notes = (named, ()) if keep_all else without_ends(named, source)
    return named, (*head.notes, *line_notes, *end_notes), head.hint


def _parse(data: bytes, head: Head, source: str) -> tuple[list[pl.Series], tuple[str, ...]]:
    """All cells as text, and notes on lines that were left out."""
    try:
        columns = _cells(data, head)
    except pl.exceptions.PolarsError as error:
        columns, data, comments = _with_long_lines(data, head, source, error)
    else:
        comments = 0
    rows = _lines_of_rows(data, head, columns)
    if rows is None:
        return columns, ()
    lines, widths = rows
    short = np.flatnonzero((widths != len(columns)) & (widths > 0))
    apart = _apart(data, head.delimiter, lines[short], int(lines[widths == len(columns)].max(initial=0)))
    for place in short.tolist():
        if int(lines[place]) not in apart and widths[place] < len(columns):
            raise _ragged(int(lines[place]), int(widths[place]), head, source)
    if len(widths) != len(columns[0]):
        raise InputError(f"{source} has quotes that open and never close: double the quotes inside of cells.")
    keep = pl.Series((widths > 0) & ~np.isin(lines, list(apart)))
    return [column.filter(keep) for column in columns], _notes_on(list(apart.values()), comments, source)


def _cells(data: bytes, head: Head, longest: int = 0) -> list[pl.Series]:
    """As polars reads them; it fills short lines with nulls, and refuses lines with too many cells.

    longest: cells of the longest line, where some are longer than the names.
    """
    schema = {str(place): pl.String for place in range(max(longest, len(head.names)))}
    frame = pl.read_csv(
        data, separator=head.delimiter, has_header=False, skip_lines=head.first_row - 1, schema=schema,
        raise_if_empty=False, missing_columns="insert",
    )  # fmt: skip
    return frame.get_columns()[: len(head.names)]


def _with_long_lines(data: bytes, head: Head, source: str, error: Exception) -> tuple[list[pl.Series], bytes, int]:
    """The cells where the longer lines are comments, which are emptied, or have only empty cells at the end.

    Returns:
        The cells, the text without those comments, and how many there were.

    Raises:
        InputError: a line has more cells than there are names, or quotes are wrong.
    """
    width, longest, comments = len(head.names), 0, set()
    text = TextIOWrapper(BytesIO(data), encoding="utf-8", newline="")
    try:
        for line, _, cells in records(text, head.delimiter):
            if line < head.first_row or len(cells) == width or not cells:
                continue
            if is_comment(cells):
                comments.add(line)
            elif len(cells) < width or any(cell.strip() for cell in cells[width:]):
                raise _ragged(line, len(cells), head, source)
            else:
                longest = max(longest, len(cells))
    except csv.Error as wrong:
        raise InputError(f"{source} cannot be read as a table of cells: {wrong}.") from error
    if comments:
        data = b"".join(b"\n" if number in comments else line for number, line in enumerate(BytesIO(data), start=1))
    try:
        return _cells(data, head, longest), data, len(comments)
    except pl.exceptions.PolarsError as again:
        reason = str(again).splitlines()[0]
        raise InputError(f"{source} cannot be read as a table of cells ({reason}): check its quotes.") from again


def _apart(data: bytes, delimiter: str, lines: NDArray[np.int64], last_whole: int) -> dict[int, str]:
    """The lines among these that are no rows, with their text: comments, and what stands below the last whole line."""
    wanted = set(lines.tolist())
    if not wanted:
        return {}
    found = {}
    for number, line in enumerate(BytesIO(data), start=1):
        if number in wanted:
            text = line.decode().strip()
            if text.startswith(COMMENT_MARKS) or (number > last_whole > 0 and _is_footer(text.split(delimiter))):
                found[number] = text
    return found


def _is_footer(cells: list[str]) -> bool:
    """Whether a short line below the table is a total or a sentence; a row that was cut is neither."""
    label = cells[0].strip()
    sentence = label.startswith(("*", "(")) or ":" in label or len(label.split()) > _FEW_WORDS
    return is_total(label) or (len(cells) == 1 and sentence)


def _notes_on(apart: list[str], comments: int, source: str) -> tuple[str, ...]:
    many = len(apart) + comments
    if not many:
        return ()
    shown = f" ({apart[0][:60]!r})" if apart else ""
    lines = f"{many} line{'s' if many > 1 else ''}"
    were = "were" if many > 1 else "was"
    return (f"{lines} of {source} {were} left out: comments, or a note below the table{shown}.",)


def _ragged(line: int, found: int, head: Head, source: str) -> InputError:
    return InputError(
        f"Every line must have as many cells as there are column names, and line {line} of {source} has {found} where "
        f"{len(head.names)} are named (cells are separated by a {DELIMITERS.get(head.delimiter, 'sign')}): correct the "
        "line, or quote cells that hold the separator."
    )


def _lines_of_rows(
    data: bytes, head: Head, columns: list[pl.Series]
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """The line and the number of cells of each row, to find lines that are too short; None where none can be.

    polars fills short lines with nulls, so there is something to look for only where the last column has some.
    """
    if len(columns) == 1 or columns[-1].null_count() == 0:
        return None
    lines, widths = _widths(data, head.delimiter)
    rows = lines >= head.first_row
    return lines[rows], widths[rows]


def _widths(data: bytes, delimiter: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Line number and number of cells of each record, 0 for a blank line."""
    if b'"' not in data:
        return _widths_unquoted(data, delimiter)
    text = TextIOWrapper(BytesIO(data), encoding="utf-8", newline="")
    pairs = [
        (line, 0 if not "".join(cells).strip() and len(cells) < 2 else len(cells))
        for line, _, cells in records(text, delimiter)
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _widths_unquoted(data: bytes, delimiter: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same where no quotes occur: ends of lines and separators are counted block by block."""
    ends, before, seen = [], [], 0
    for start in range(0, len(data), BLOCK):
        block = np.frombuffer(data[start : start + BLOCK], dtype=np.uint8)
        marks = np.flatnonzero(block == ord(delimiter))
        stops = np.flatnonzero(block == ord("\n"))
        ends.append(stops + start)
        before.append(np.searchsorted(marks, stops) + seen)
        seen += len(marks)
    if not data.endswith(b"\n"):
        ends.append(np.array([len(data)]))
        before.append(np.array([seen]))
    stops = np.concatenate(ends)
    counts = np.concatenate(before)
    widths = counts - np.concatenate([[0], counts[:-1]]) + 1
    for line in np.flatnonzero(widths == 1):  # a line without separators is blank or broken: both are rare
        first = stops[line - 1] + 1 if line else 0
        widths[line] = 1 if data[first : stops[line]].strip() else 0
    return np.arange(1, len(stops) + 1), widths
