"""Tables that do not fit in memory: which ones, and where their columns lie while `wellfit fit` runs."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Self

from wellfit.cli.folder import make_folder
from wellfit.cli.options import FitOptions
from wellfit.cli.reading import read_given
from wellfit.engines.compiled.run.memory import free_memory
from wellfit.errors import InputError, quoted
from wellfit.tables import Schema
from wellfit.tables.mapped import MappedTable, roles_of, text_columns
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.reading.parquet_parts import is_parquet, nested_columns, parquet_size
from wellfit.tables.reading.streams import is_stream

COLUMNS = "wellfit-columns-"  # with which the name of the folder of the columns begins
HELD = 0.5  # of the free memory, which a table may take
BYTES_A_CELL = 24  # of a table in memory: as it was read, as arrays, and once more as training rows
BYTES_A_ROW = 100  # of a table in files: numbers of rows, targets and weights, several times
BYTES_OF_TEXT = 4  # of a text file's byte, once it is a table
PEEK = 100_000  # rows from which it is seen how cells are written
GIB = 2**30


class Scratch:
    """The folder of columns that do not fit in memory, made when it is needed and removed at the end.

    out: the folder of the results. given: the folder that --scratch names; None: that of the results.
    """

    def __init__(self, out: Path, given: Path | None) -> None:
        self.given = given
        self._parent = out if given is None else given
        self._made: Path | None = None
        self._new = False

    def folder(self) -> Path:
        """A new folder, of this run alone.

        Raises:
            InputError: it cannot be made.
        """
        self._new = make_folder(self._parent)
        try:
            self._made = Path(tempfile.mkdtemp(prefix=COLUMNS, dir=self._parent))
        except OSError as error:
            raise InputError(f"The folder {str(self._parent)!r} cannot be written: {error.strerror}.") from None
        return self._made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._made is None:
            return
        shutil.rmtree(self._made, ignore_errors=True)
        if self._new and not any(self._parent.iterdir()):
            self._parent.rmdir()


def most_bytes() -> int | None:
    """How many bytes of a text fit in memory once they are a table; None: not known."""
    free = free_memory()
    return None if free is None else free // BYTES_OF_TEXT


def mapped_source(
    o: FitOptions, donor: Schema | None, draw: Draw | None, scratch: Scratch | None
) -> MappedTable | None:
    """The table as one whose columns lie in files; None where it is to be held in memory.

    Raises:
        InputError: it fits neither in memory nor, as it is written, in files.
    """
    path, free = Path(o.table).expanduser(), free_memory()
    if o.scratch is not None and is_stream(path):
        raise InputError(f"--scratch is for Parquet files, and {o.table} is a pipe: save the table as one.")
    if scratch is None or not path.is_file():
        return None
    if not is_parquet(path) or o.sheet is not None:
        _check_text(path, o, free)
        return None
    rows, columns = parquet_size(path)
    drawn = draw is not None and rows > max(draw.most, draw.unless)
    if drawn and draw is not None:
        _check_drawn(o, min(draw.most, rows), columns, free)
        return None
    if scratch.given is None and (free is None or rows * columns * BYTES_A_CELL <= HELD * free):
        return None
    nested = nested_columns(path)
    if nested:
        raise InputError(
            f"The columns of {o.table} are to lie in files, and a cell of {quoted(nested[0])} holds several values: "
            "give each a column of its own, leave the column out of the file, or train on some of the rows (--rows N)."
        )
    if free is not None and rows * BYTES_A_ROW > free:
        raise InputError(
            f"{o.table} has {rows:,} rows, which need about {rows * BYTES_A_ROW / GIB:.1f} GiB of memory beside their "
            f"columns, and {free / GIB:.1f} GiB are free: train on some of them (--rows N)."
        )
    peek = read_given(o, donor, Draw(PEEK, o.seed))
    roles = [name for name in (*o.targets, o.weight, o.group, o.time_column) if name is not None]
    return MappedTable(path, scratch.folder(), roles_of(path, roles, peek), o.seed, text_columns(peek))


def _check_text(path: Path, o: FitOptions, free: int | None) -> None:
    """Refuse --scratch for what is no Parquet file, and a file that is larger than memory."""
    if o.scratch is not None:
        raise InputError(
            f"--scratch is for Parquet files, which are read piece by piece, and {o.table} is none: save it as one."
        )
    needed = BYTES_OF_TEXT * path.stat().st_size
    if free is not None and needed > free:
        raise InputError(
            f"Reading {o.table} needs about {needed / GIB:.1f} GiB of memory, and {free / GIB:.1f} GiB are free: save "
            "it as Parquet, which is read piece by piece (polars.scan_csv(...).sink_parquet(...))."
        )


def _check_drawn(o: FitOptions, rows: int, columns: int, free: int | None) -> None:
    """Refuse a draw that does not fit in memory."""
    needed = rows * columns * BYTES_A_CELL
    if free is not None and needed > free:
        raise InputError(
            f"{rows:,} rows drawn of {o.table} with {columns:,} columns need about {needed / GIB:.1f} GiB of memory, "
            f"and {free / GIB:.1f} GiB are free: draw fewer (--rows N), or leave columns out of the file."
        )
