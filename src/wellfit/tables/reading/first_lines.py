"""What stands above the rows of a text file: a `sep=` line, comments, titles, and the column names or none."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wellfit.errors import InputError
from wellfit.tables.reading.encodings import SNIFFED_BYTES
from wellfit.tables.reading.missing_marks import MISSING_MARKS

DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma"}
COMMENT_MARKS = ("#", "%", "//")
WAY_OUT = "give --no-header (in Python header=False), and its columns are called column 1, column 2 and so on"

_SNIFFED_LINES = 60
_LONGEST_CELL = 1 << 24
_MOST_TITLES = 20
_LEAST_SHARE = 0.8  # of the cells of a column that look like numbers, for the column to hold numbers
_SEPARATOR = re.compile(rb"\s*\"?sep=(.)\"?[ \t,;|]*\r?\n", re.IGNORECASE)
_NUMBER = re.compile(
    r"[-+\u2212(]*\s*[$\u20ac\u00a3\u00a5]?\s*[-+\u2212]?[\d.,'\u2019\u00a0\u202f ]*\d[\d.,'\u2019\u00a0\u202f ]*"
    r"(?:[eE][-+]?\d+)?\s*[-%\u20ac$\u00a3\u00a5)]*(?:\s[A-Za-z\u00b0]{1,3})?"
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?(?:[T ][\d:.+Zz-]*)?")
_MISSING = frozenset(MISSING_MARKS)

Record = tuple[int, int, list[str]]  # the first and the last line of a record, counted from 1, and its cells


@dataclass(frozen=True)
class Head:
    """What was found above the rows.

    delimiter: between cells. names: of the columns, distinct. first_row: the line of the first row, counted from 1.
    notes: sentences on what was left out or taken for something. hint: the way out where a column is not found, because
    the line of names looks like a row of data; or nothing.
    """

    delimiter: str
    names: tuple[str, ...]
    first_row: int
    notes: tuple[str, ...] = ()
    hint: str = ""


def records(text: Iterable[str], delimiter: str) -> Iterator[Record]:
    """First line, last line and cells of each record, by the rules of the csv module."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(text, delimiter=delimiter)
    line = 1
    for cells in reader:
        yield line, reader.line_num, cells
        line = reader.line_num + 1


def is_comment(cells: list[str]) -> bool:
    """Whether a line begins with a mark of comments."""
    return bool(cells) and cells[0].lstrip().startswith(COMMENT_MARKS)


def find_head(data: bytes, source: str, header: bool | None, delimiter: str | None = None) -> Head:
    """Find the delimiter, what is above the rows, and the names of the columns.

    data: UTF-8. header: whether the first line of the table holds names; None: it does, and a note says so where it
    looks like a row of data. delimiter: where it is known.

    Raises:
        InputError: there is no line to take names of, or two names are equal.
    """
    lines = _first_lines(data)
    named, above = _separator_line(data)
    delimiter = delimiter or named or sniff(lines[above:])
    sample = [one for one in _tolerant(lines, delimiter) if one[0] > above and any(cell.strip() for cell in one[2])]
    if not sample:
        raise InputError(f"A table needs a line of column names and rows, and {source} is empty.")
    skipped, comment = _comments(sample)
    width = _common_width([cells for _, _, cells in sample[skipped:]])
    titles = 0 if comment is not None else _titles([cells for _, _, cells in sample[skipped:]], width)
    notes = _left_out(sample, skipped - (comment is not None), titles, source)
    rest = sample[skipped + titles :]
    if header is False:
        return Head(delimiter, _by_place(width), rest[0][0], notes)
    first, last, cells = rest[0] if comment is None else comment
    below = [row for _, _, row in (rest[1:] if comment is None else rest)]
    cells = _completed(cells, below, width)
    if len(cells) > len(rest[0][2]) and comment is None:
        notes += (f"The line of names in {source} has one name less than the rows have cells: the first is column 1.",)
    names = tuple(cell.strip() or f"column {place}" for place, cell in enumerate(cells, start=1))
    like_data = header is None and _looks_like_data(cells, below)
    hint = f"line {first} of {source} looks like a row of data: if it is one, {WAY_OUT}" if like_data else ""
    require_distinct(list(names), source, hint)
    if hint:
        notes += (
            f"Line {first} of {source} looks like a row of data and was taken as the names: if it is one, {WAY_OUT}.",
        )
    return Head(delimiter, names, last + 1, notes, hint)


def sniff(lines: list[str]) -> str:
    """The delimiter that gives most of the first lines the same number of cells, more than one.

    Of equal ones the comma comes last: it also stands in numbers.
    """
    best, best_share = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(cells) for _, _, cells in _tolerant(lines, delimiter) if cells and not is_comment(cells)]
        common = _common_width_of(widths)
        share = sum(width == common for width in widths) / len(widths) if widths and common > 1 else 0.0
        if share > best_share:
            best, best_share = delimiter, share
    return best


def require_distinct(names: list[str], source: str, hint: str = "") -> None:
    """Refuse two columns of one name."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if name in seen:
            way_out = hint or "rename one"
            raise InputError(
                f"Column names must differ, and columns {seen[name]} and {place} of {source} are both called "
                f"{name[:80]!r}: {way_out}."
            )
        seen[name] = place


def _first_lines(data: bytes) -> list[str]:
    """The first lines, each with its end; a line that the sample cuts is left out where there are others."""
    empty = len(data) - len(data.lstrip(b"\n"))
    head = data[empty : empty + SNIFFED_BYTES]
    if empty + len(head) < len(data):
        head = head[: head.rfind(b"\n") + 1] or head
    lines = head.decode("utf-8", errors="replace").split("\n")
    first = [line + "\n" for line in (lines if lines[-1] else lines[:-1])][:_SNIFFED_LINES]
    return ["\n"] * empty + first


def _separator_line(data: bytes) -> tuple[str | None, int]:
    """The delimiter that a first line such as `sep=;` names, and how many lines that is."""
    found = _SEPARATOR.match(data[:SNIFFED_BYTES])
    if found is None:
        return None, 0
    return found[1].decode("latin-1"), data.count(b"\n", 0, found.end())


def _tolerant(lines: list[str], delimiter: str) -> list[Record]:
    """Records up to the first that the csv module cannot read: a quote may be open where the sample ends."""
    found = []
    try:
        for record in records(lines, delimiter):
            found.append(record)
    except csv.Error:
        return found
    return found


def _comments(sample: list[Record]) -> tuple[int, Record | None]:
    """How many lines of comments stand above, and the last of them, without its mark, where it holds the names.

    It does where it has as many cells as the lines below, and the line below it looks like those that follow.
    """
    many = next((k for k, (_, _, cells) in enumerate(sample) if not is_comment(cells)), 0)
    if not many or len(sample) - many < 2:
        return many, None
    first, last, cells = sample[many - 1]
    below = [cells for _, _, cells in sample[many:]]
    mark = next(mark for mark in COMMENT_MARKS if cells[0].lstrip().startswith(mark))
    bare = [cells[0].lstrip()[len(mark) :], *cells[1:]]
    if len(cells) != _common_width(below) or len(cells) < 2:
        return many, None
    if bare[0].strip() and not _like_those_below(below[0], below[1:]):
        return many, None
    if not bare[0].strip():  # a column called "#", in a line of names as every other
        return many - 1, None
    return many, (first, last, bare)


def _titles(rows: list[list[str]], width: int) -> int:
    """How many lines of titles stand above the names: lines of fewer cells, or with the first cell filled alone."""
    last_is_filled = any(row[-1].strip() for row in rows[len(rows) // 2 :] if len(row) == width)
    for many, cells in enumerate(rows[:_MOST_TITLES]):
        filled = [place for place, cell in enumerate(cells) if cell.strip()]
        few = filled == [0] or len(filled) <= 2 * width // 3
        padded = len(cells) == width >= 2 and few and last_is_filled and not cells[-1].strip()
        short = len(cells) < width and len(filled) <= max(1, width // 2)
        if not (padded or short):
            whole = len(cells) in (width, width - 1) and many < len(rows) - 1
            return many if many == 0 or (whole and not _like_those_below(cells, rows[many + 1 :])) else 0
    return 0


def _left_out(sample: list[Record], comments: int, titles: int, source: str) -> tuple[str, ...]:
    """Notes on lines above the names that are no part of the table."""
    notes = []
    for many, what, start in ((comments, "comment", 0), (titles, "title", comments)):
        if many:
            shown = " ".join(cell.strip() for cell in sample[start][2] if cell.strip())[:60]
            lines = f"{many} {what} line{'s' if many > 1 else ''}"
            notes.append(f"{lines} above the table in {source} {'were' if many > 1 else 'was'} left out ({shown!r}).")
    return tuple(notes)


def _completed(names: list[str], below: list[list[str]], width: int) -> list[str]:
    """Names for every cell of a row: where there is one too few, the first or the last column has none.

    The last where the rows end in a delimiter; the first as R writes the names of rows.
    """
    if len(names) != width - 1 or len(names) < 1 or not below:
        return names
    if all(not cells[-1].strip() for cells in below if len(cells) == width):
        return [*names, ""]
    return ["", *names] if all(name.strip() for name in names) else names


def _common_width(rows: list[list[str]]) -> int:
    return _common_width_of([len(cells) for cells in rows])


def _common_width_of(widths: list[int]) -> int:
    """The most frequent number of cells, the larger of two; 0 of none."""
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _by_place(width: int) -> tuple[str, ...]:
    return tuple(f"column {place}" for place in range(1, width + 1))


def _is_number(cell: str) -> bool:
    cell = cell.strip()
    return bool(cell) and (_NUMBER.fullmatch(cell) is not None or _DATE.fullmatch(cell) is not None)


def _number_places(rows: list[list[str]], width: int) -> list[int]:
    """The columns that hold numbers or dates, told by these rows."""
    found = []
    for place in range(width):
        cells = [row[place] for row in rows if len(row) == width and row[place].strip() not in _MISSING]
        if cells and sum(map(_is_number, cells)) >= _LEAST_SHARE * len(cells):
            found.append(place)
    return found


def _like_those_below(cells: list[str], below: list[list[str]]) -> bool:
    """Whether a line has numbers wherever the lines below have; of text alone, whether one of its cells recurs."""
    width = len(cells)
    places = _number_places(below, width)
    if places:
        return all(_is_number(cells[place]) or cells[place].strip() in _MISSING for place in places)
    return any(
        cell.strip() and cell in {row[place] for row in below if len(row) == width} for place, cell in _each(cells)
    )


def _looks_like_data(cells: list[str], below: list[list[str]]) -> bool:
    """Whether a line of names could as well be a row: numbers where the rows have some, and more than plain names.

    Years and the like are names of columns too, so whole numbers alone say nothing unless every name is one, or a text
    beside them recurs below.
    """
    width = len(cells)
    rows = [row for row in below if len(row) == width]
    places = _number_places(rows, width)
    if not rows or (places and not all(_is_number(cells[place]) for place in places)):
        return False
    recurs = [
        cell.strip() != "" and any(row[place] == cell for row in rows)
        for place, cell in _each(cells)
        if place not in places
    ]
    if not places:
        return bool(recurs) and all(recurs)
    return not recurs or any(recurs) or any(not cells[place].strip().isdigit() for place in places)


def _each(cells: list[str]) -> list[tuple[int, str]]:
    return list(enumerate(cells))
