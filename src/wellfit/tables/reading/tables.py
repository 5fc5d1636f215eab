"""Reading whatever holds a table: files, frames, arrays, lists, sparse matrices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from io import BytesIO, StringIO
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.tables.reading.cell_types import Rules, Taken, tidy_columns, usual_decimal
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.reading.files import FileContent, load_bytes, read_bytes
from wellfit.tables.reading.first_lines import require_distinct
from wellfit.tables.reading.forked import check_not_forked
from wellfit.tables.reading.frames import columns_of, is_sparse, sparse_of
from wellfit.tables.reading.images import images_of, is_idx, parse_idx
from wellfit.tables.reading.missing_marks import MISSING_MARKS, as_marks
from wellfit.tables.reading.nested import plain_columns
from wellfit.tables.reading.numbers import Decimal
from wellfit.tables.reading.parquet_parts import is_parquet, parquet_size, read_parquet_rows

MANY_ROWS, FEW_WORDS = 100_000, 1_000
_OFFERED = 3  # names that are offered for columns that a table lacks
MOST_COLUMNS = 20_000  # a batch of rows is made dense, and the first layer has a weight per column and unit


@dataclass(frozen=True)
class Table:
    """Columns with names, or images, before it is known what they mean.

    names: column names in the order they came.
    frame: the columns (rows of missing cells are null), or None where the table is sparse or holds images.
    sparse: scipy CSR array (rows, columns) of float32, or None.
    images: (rows, height, width, channels) of any real type, or None; then there are no columns.
    missing: the marks that were taken as missing values.
    choices: how cells are read that could be read in several ways.
    taken: which marks were found, and how often: a mapping from columns to mappings from marks to numbers of cells.
    notes: what reading found worth telling, a sentence each.
    hint: why a column may not be found, because the line of names looks like a row of data; or nothing.
    header: whether the columns' names came with the table; False: they were called by their place.
    source: what the table came from, for messages.
    beside: of images that were read from files, what is known of each row: the table with their paths, or the files of
        a folder with their classes; else None. image_column: the column with their paths; "": there is none.
    row_numbers: (rows,) int64, which rows of what was read these are, from 0; None: all of them, in order.
    drawn_from: of how many rows these were drawn as they were read; None: nothing was drawn.
    """

    names: tuple[str, ...]
    frame: pl.DataFrame | None = None
    sparse: Any = None
    missing: tuple[str, ...] = MISSING_MARKS
    notes: tuple[str, ...] = ()
    source: str = field(default="the table", compare=False)
    images: NDArray[Any] | None = None
    choices: Choices = ANY
    taken: Taken = field(default_factory=dict, compare=False)
    hint: str = ""
    header: bool = True
    beside: Table | None = None
    image_column: str = ""
    row_numbers: NDArray[np.int64] | None = field(default=None, compare=False)
    drawn_from: int | None = field(default=None, compare=False)

    __repr__ = short_repr

    @property
    def rows(self) -> int:
        """Number of rows."""
        if self.images is not None:
            return len(self.images)
        return int(self.sparse.shape[0]) if self.frame is None else self.frame.height

    def series(self, name: str) -> pl.Series:
        """One column as a polars Series; of images one beside them. An InputError names the nearest."""
        if self.beside is not None:
            return self.beside.series(name)
        require_columns(self.names, [name], self.source, self.hint)
        if self.frame is not None:
            return self.frame.get_column(name)
        return pl.Series(name, self.sparse[:, [self.names.index(name)]].toarray().ravel())

    def column(self, name: str) -> NDArray[Any]:
        """One column as a NumPy array: text as objects with None where missing, numbers with NaN where missing."""
        series = self.series(name)
        if series.dtype == pl.String or isinstance(series.dtype, pl.Categorical | pl.Enum):
            return _objects(series.cast(pl.String))
        return series.to_numpy()

    def mark_missing(self, marks: Iterable[str], as_text: Collection[str] = ()) -> Table:
        """The same table with further marks taken as missing values.

        as_text: names of columns whose text is not to become numbers here.
        """
        every = tuple(dict.fromkeys([*self.missing, *marks]))
        if self.frame is None or every == self.missing:
            return self
        frame, taken = tidy_columns(self.frame.get_columns(), Rules(every, self.choices, as_text))
        for name, earlier in self.taken.items():
            taken[name] = earlier | taken.get(name, {})
        return replace(self, frame=frame, missing=every, taken=taken)

    def take(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> Table:
        """The given rows, in the given order."""
        picks = np.asarray(rows, dtype=np.int64)
        numbers = picks if self.row_numbers is None else self.row_numbers[picks]
        if self.images is not None:
            beside = None if self.beside is None else self.beside.take(picks)
            return replace(self, images=self.images[picks], beside=beside, row_numbers=numbers)
        if self.frame is None:
            return replace(self, sparse=self.sparse[picks], row_numbers=numbers)
        return replace(self, frame=self.frame[picks], row_numbers=numbers)


def read_table(
    source: Any,
    missing: str | Iterable[str] | None = None,
    decimal: Decimal | None = None,
    dates: str | None = None,
    as_text: Collection[str] = (),
    *,
    header: bool | None = None,
    sheet: str | None = None,
    draw: Draw | None = None,
) -> Table:
    """Read a table.

    source: a path to a CSV, TSV, JSON, Parquet, Feather, Excel or ARFF file, told apart by its content (each may be
        compressed; the delimiter is found among comma, semicolon, tab and bar, the encoding among UTF-8, UTF-16,
        Windows-1252 and Latin-1), an open file, a pandas, polars or Arrow frame, a NumPy array (rows, columns), a list
        of rows or of dicts, a dict of columns, or a scipy sparse matrix. Arrays get the names x0, x1, ... Images are an
        array (rows, height, width) or (rows, height, width, channels), a list of such images, or an idx file.
    missing: cells taken as missing, compared without blanks around them; an empty cell and NaN always are. Marks that
        are numbers, such as "-999", also hold in columns of numbers. "none": no others; "default" among them stands for
        `MISSING_MARKS`. None (default): `MISSING_MARKS`.
    decimal: "comma" (7,404 is a little over seven) or "point" (7,404 is over seven thousand). None (default): as most
        cells of a column show, or as the other columns do where it shows nothing.
    dates: "day-first" or "month-first", where day and month could be exchanged; or the format of the dates as in
        Python's strptime, such as "%d/%m/%y". None (default): as they look.
    as_text: names of columns whose text is not to become numbers here (default: none).
    header: whether the first line of a text file or sheet holds the column names; False: columns are called "column 1",
        "column 2", ... None (default): it does, and a note says so where it looks like a row of data.
    sheet: name of a workbook's sheet. None (default): the first that holds something.
    draw: of a table in a file, how many rows are kept, drawn at random; of Parquet the others are not held in memory.
        None (default): all.

    Raises InputError with one sentence where nothing sensible can be read, and RuntimeError in a process that was
    forked after its parent had read tables.
    """
    check_not_forked()
    marks, choices = as_marks(missing), Choices(decimal, dates)
    if isinstance(source, Table):
        return _read_again(source, choices, None if missing is None else marks, as_text)
    if is_sparse(source):
        matrix = sparse_of(source)
        names = tuple(f"x{i}" for i in range(matrix.shape[1]))
        return _checked(Table(names, sparse=matrix, missing=marks, source="the sparse matrix", choices=choices))
    content = None if sheet is not None or draw is None else _drawn_from_parquet(source, draw)
    if content is not None:
        label = str(fspath(source))
    else:
        source, label = _opened(source)
        images = images_of(source, label or "the array")
        if images is not None:
            return Table((), missing=marks, source=label or "the array", images=images)
        content, label = _untyped(source, label, header, sheet)
        content = content if draw is None else _drawn(content, draw)
    columns = _with_names(content.columns, label)
    names = tuple(column.name for column in columns)
    choices = replace(choices, usual_decimal=usual_decimal(columns))
    frame, taken = tidy_columns(columns, Rules(marks, choices, as_text))
    table = Table(names, frame, None, marks, content.notes, label, choices=choices, taken=taken, hint=content.hint)
    table = replace(table, header=header is not False, row_numbers=content.rows, drawn_from=content.drawn_from)
    return _checked(table)


def table_of_columns(columns: list[pl.Series], like: Table, as_text: Collection[str] = ()) -> Table:
    """Further columns of cells as a table whose cells are read as those of another one, such as other rows of its file.

    columns: of text, numbers, dates and the like, which are emptied on the way. like: the other table. as_text: names
    of columns whose text is not to become numbers (default: none).
    """
    plain, _ = plain_columns(columns)
    frame, taken = tidy_columns(plain, Rules(like.missing, like.choices, as_text))
    names = tuple(column.name for column in frame.get_columns())
    return replace(like, names=names, frame=frame, taken=taken, row_numbers=None, drawn_from=None)


def _objects(text: pl.Series) -> NDArray[Any]:
    """Text as objects (rows,), None where missing; of many rows with few words each word is one object."""
    words = text.head(FEW_WORDS).unique() if len(text) >= MANY_ROWS else None
    if words is None or len(words) > FEW_WORDS // 2 or len(words := text.unique().drop_nulls()) > FEW_WORDS:
        return np.array(text.to_list(), dtype=object)
    places = text.cast(pl.Enum(words)).to_physical().cast(pl.Int64).fill_null(len(words))
    each = np.empty(len(words) + 1, object)
    each[:-1] = words.to_list()
    return np.asarray(each[places.to_numpy()])


def _read_again(table: Table, choices: Choices, marks: tuple[str, ...] | None, as_text: Collection[str]) -> Table:
    """A table with further choices and marks; what has become numbers stays as it is."""
    decimal, dates = choices.decimal or table.choices.decimal, choices.dates or table.choices.dates
    table = replace(table, choices=replace(table.choices, decimal=decimal, dates=dates))
    return table if marks is None else table.mark_missing(marks, as_text)


def _opened(source: Any) -> tuple[Any, str]:
    """A file's bytes (an idx file's array) and what to call it; what is in memory as it is, and no name."""
    if isinstance(source, str | PathLike):
        data, label = load_bytes(fspath(source)), str(fspath(source))
    elif isinstance(source, BytesIO | StringIO) or hasattr(source, "read"):
        content, label = source.read(), "the open file"
        data = content.encode() if isinstance(content, str) else content
    else:
        return source, ""
    return (parse_idx(data, label) if is_idx(data) else data), label


def _untyped(source: Any, label: str, header: bool | None, sheet: str | None) -> tuple[FileContent, str]:
    """The columns as they came, with the notes of reading, and what to call the source."""
    if label and isinstance(source, bytes):
        return read_bytes(source, label, header, sheet), label
    one_column = label and source.ndim == 1  # an idx file of labels
    columns, called = columns_of(source[:, None] if one_column else source)
    return FileContent(*plain_columns(columns)), label or called


def _drawn_from_parquet(source: Any, draw: Draw) -> FileContent | None:
    """What the rows drawn of a Parquet file hold, the others never being in memory; None where all are to be read."""
    path = Path(fspath(source)).expanduser() if isinstance(source, str | PathLike) else None
    if path is None or not is_parquet(path):
        return None
    of, _ = parquet_size(path)
    rows = draw.rows(of)
    if rows is None:
        return None
    columns, notes = plain_columns(read_parquet_rows(path, rows))
    return FileContent(columns, notes, rows=rows, drawn_from=of)


def _drawn(content: FileContent, draw: Draw) -> FileContent:
    """The rows drawn of what a file holds."""
    of = len(content.columns[0]) if content.columns else 0
    rows = draw.rows(of)
    if rows is None:
        return content
    columns = [column.gather(rows) for column in content.columns]
    return replace(content, columns=columns, rows=rows, drawn_from=of)


def _with_names(columns: list[pl.Series], source: str) -> list[pl.Series]:
    """The columns, those without a name called by their place; InputError where two have one name."""
    named = [column.alias(column.name.strip() or f"column {place}") for place, column in enumerate(columns, start=1)]
    require_distinct([column.name for column in named], source)
    return named


def _checked(table: Table) -> Table:
    """The table, if it has rows and columns."""
    if not table.names:
        raise InputError(
            f"A table needs columns, and {table.source} has none: 0 feature(s) (shape=({table.rows}, 0)) while a "
            "minimum of 1 is required."
        )
    if table.rows == 0:
        columns = f"{len(table.names)} column" + ("s" if len(table.names) != 1 else "")
        raise InputError(f"A table needs rows, and {table.source} has none: {columns}, 0 sample(s).")
    return table


def require_columns(names: Sequence[str], wanted: Iterable[str], source: str, why: str = "") -> None:
    """Raise InputError where wanted columns are not among the names; the nearest name is offered.

    why: what is known of the reason, which is then told in its place.
    """
    known = set(names)
    absent = [name for name in wanted if name not in known]
    if not absent:
        return
    if not names:
        raise InputError(f"{source} holds images, which have no columns, and a column {quoted(absent[0])} was named.")
    meant = {name: nearest(name, names) for name in absent[:_OFFERED]}
    offered = " and ".join(repr(near) for near in dict.fromkeys(meant.values()) if near)
    hint = f"did you mean {offered}?" if offered else f"its columns are {shorten(names)}."
    hint = f"{why}." if why else hint
    wanted_text = f"columns {shorten(absent)}" if len(absent) > 1 else f"a column {absent[0]!r}"
    raise InputError(f"The table must have {wanted_text}, and {source} has none of that name: {hint}")


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like another: the same but for case, blanks and signs, else the nearest by letters; "" for none."""
    plain = {_letters(one): one for one in names}
    near = get_close_matches(_letters(name), list(plain), n=1)
    return plain[near[0]] if near else ""


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def shorten(names: Sequence[str], most: int = 8) -> str:
    """Names in quotes, the first few of many."""
    shown = ", ".join(quoted(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
