"""Text files of cells: encoding, delimiter, column names, and lines that do not fit. Every cell is read as text."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator
from io import BytesIO, TextIOWrapper

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.errors import InputError

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SNIFFED_BYTES = 1 << 16
_SNIFFED_LINES = 50
_BLOCK = 1 << 23
_LONGEST_CELL = 1 << 24


def read_delimited(data: bytes, source: str) -> tuple[list[pl.Series], tuple[str, ...]]:
    """Columns of text cells (null where empty) and notes on how the file was read."""
    data, encoding_note = _as_utf8(data, source)
    delimiter = _sniff(data)
    names, name_notes = _column_names(data, delimiter, source)
    columns = _parse(data, delimiter, len(names), source)
    blank = _check_lines(data, delimiter, columns, source)
    if blank.any():
        columns = [column.filter(~pl.Series(blank)) for column in columns]
    named = [column.alias(name) for column, name in zip(columns, names, strict=True)]
    return named, (*encoding_note, *name_notes)


def _as_utf8(data: bytes, source: str) -> tuple[bytes, tuple[str, ...]]:
    """The text in UTF-8 with line feeds, and a note where it was something else."""
    note: tuple[str, ...] = ()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise InputError(f"The file {source} starts as UTF-16 text and goes on as something else.") from error
        note = (f"{source} was read as UTF-16 text.",)
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in data:
        raise InputError(f"A table of text holds no zero bytes, and {source} does: it looks like a binary file.")
    wrong = _first_not_utf8(data)
    if wrong is not None:
        if _share_of_control(data) > 0.02:
            raise InputError(f"{source} is neither text nor Parquet: it looks like a binary file.")
        line = data.count(b"\n", 0, wrong) + 1
        data = data.decode("latin-1").encode()
        note = (f"{source} is not UTF-8 (line {line}): it was read as Latin-1, so look at its accented letters.",)
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data, note


def _first_not_utf8(data: bytes) -> int | None:
    """Place of a byte near the first that is not UTF-8, or None; block by block, for text takes memory."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        try:
            decoder.decode(block, final=start + _BLOCK >= len(data))
        except UnicodeDecodeError as error:
            return start + min(error.start, len(block) - 1)
    return None


def _share_of_control(data: bytes) -> float:
    """Share of control characters, other than tab, line feed and carriage return, at the beginning."""
    head = np.frombuffer(data[:_SNIFFED_BYTES], dtype=np.uint8)
    return float(np.mean((head < 32) & (head != 9) & (head != 10) & (head != 13)))


def _records(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each record, by the rules of the csv module."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(text, delimiter=delimiter)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _sniff(data: bytes) -> str:
    """The delimiter that gives the first lines the most cells, the same number in each; else the one of the header."""
    head = data[:_SNIFFED_BYTES]
    if len(head) < len(data):
        head = head[: head.rfind(b"\n") + 1] or head
    lines = head.decode("utf-8", errors="replace").splitlines(keepends=True)[:_SNIFFED_LINES]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = [len(cells) for _, cells in _tolerant(lines, delimiter) if cells]
        if not widths or widths[0] == 1:
            continue
        score = (float(np.mean([width == widths[0] for width in widths])), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _tolerant(lines: list[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Records up to the first that the csv module cannot read: a quote may be open where the sample ends."""
    records = []
    try:
        for record in _records(lines, delimiter):
            records.append(record)
    except csv.Error:
        return records
    return records


def _column_names(data: bytes, delimiter: str, source: str) -> tuple[list[str], tuple[str, ...]]:
    """Names of the first line without blanks around them; a nameless column is called by its place."""
    text = TextIOWrapper(BytesIO(data), encoding="utf-8", newline="")
    try:
        cells = next((cells for _, cells in _records(text, delimiter) if cells), [])
    except csv.Error as error:
        raise InputError(f"The first line of {source} cannot be read as column names: {error}.") from error
    names = [cell.strip() or f"column {i + 1}" for i, cell in enumerate(cells)]
    require_distinct(names, source)
    notes = []
    if all(_is_number(name) for name in names):
        notes.append(
            f"The first line of {source} holds only numbers and was taken as the column names: "
            "if it is a row of data, put a line of names above it."
        )
    return names, tuple(notes)


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def require_distinct(names: list[str], source: str) -> None:
    """Refuse two columns of one name."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if name in seen:
            raise InputError(
                f"Column names must differ, and columns {seen[name]} and {place} of {source} are both called {name!r}: "
                "rename one, and check that the first line holds the names."
            )
        seen[name] = place


def _parse(data: bytes, delimiter: str, width: int, source: str) -> list[pl.Series]:
    """All cells as text; polars refuses lines with too many."""
    try:
        frame = pl.read_csv(data, separator=delimiter, infer_schema=False, raise_if_empty=False)
    except pl.exceptions.PolarsError as error:
        _find_long_line(data, delimiter, width, source)
        reason = str(error).splitlines()[0]
        raise InputError(f"{source} cannot be read as a table of cells ({reason}): check its quotes.") from error
    if frame.width != width:
        raise InputError(f"The first line of {source} has quotes that cannot be read: write the names without quotes.")
    return frame.get_columns()


def _find_long_line(data: bytes, delimiter: str, width: int, source: str) -> None:
    text = TextIOWrapper(BytesIO(data), encoding="utf-8", newline="")
    try:
        for line, cells in _records(text, delimiter):
            if cells and len(cells) != width:
                raise _ragged(line, len(cells), width, delimiter, source)
    except csv.Error as error:
        raise InputError(f"{source} cannot be read as a table of cells: {error}.") from error


def _ragged(line: int, found: int, width: int, delimiter: str, source: str) -> InputError:
    return InputError(
        f"Every line must have as many cells as there are column names, and line {line} of {source} has {found} where "
        f"{width} are named (cells are separated by a {_DELIMITERS[delimiter]}): correct the line, or quote cells that "
        "hold the separator."
    )


def _check_lines(data: bytes, delimiter: str, columns: list[pl.Series], source: str) -> NDArray[np.bool_]:
    """Refuse lines that are too short, and mark the rows that stand for empty lines.

    polars fills short lines with nulls, so there is something to look for only where the last column has some.
    """
    rows = len(columns[0])
    if len(columns) == 1 or columns[-1].null_count() == 0:
        return np.zeros(rows, dtype=bool)
    lines, widths = _widths(data, delimiter)
    header = int(np.flatnonzero(widths)[0])
    lines, widths = lines[header + 1 :], widths[header + 1 :]
    short = np.flatnonzero((widths != len(columns)) & (widths > 0))
    if short.size:
        raise _ragged(int(lines[short[0]]), int(widths[short[0]]), len(columns), delimiter, source)
    if len(widths) != rows:
        raise InputError(f"{source} has quotes that open and never close: double the quotes inside of cells.")
    return np.asarray(widths == 0)


def _widths(data: bytes, delimiter: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Line number and number of cells of each record, 0 for a blank line."""
    if b'"' not in data:
        return _widths_unquoted(data, delimiter)
    text = TextIOWrapper(BytesIO(data), encoding="utf-8", newline="")
    pairs = [
        (line, 0 if not "".join(cells).strip() and len(cells) < 2 else len(cells))
        for line, cells in _records(text, delimiter)
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _widths_unquoted(data: bytes, delimiter: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same where no quotes occur: ends of lines and separators are counted block by block."""
    ends, before, seen = [], [], 0
    for start in range(0, len(data), _BLOCK):
        block = np.frombuffer(data[start : start + _BLOCK], dtype=np.uint8)
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
