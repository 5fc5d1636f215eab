"""A table that does not fit in memory: its raw columns lie in files, which are read as they are needed.

A Parquet file is read batch by batch, and each batch's columns, as networks take them, are written to memory maps. What
is held in memory is one batch, the target, and columns of text.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Int64, SparseColumns
from wellfit.tables.columns.schema import Schema
from wellfit.tables.reading.cell_types import Taken
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.reading.parquet_parts import parquet_batches, read_parquet_columns, read_parquet_rows
from wellfit.tables.reading.tables import Table, table_of_columns
from wellfit.tables.split import LabelledRows

BATCH = 250_000  # rows that are in memory at a time
UNDERSTOOD = 1_000_000  # rows that the columns are understood from


@dataclass(frozen=True)
class HeldTable:
    """A table that is in memory, as `MappedTable` is one that is not."""

    table: Table

    __repr__ = short_repr

    def infer(self, rows: Int64, target: Sequence[str], drop: Sequence[str], kinds: dict[str, str]) -> Schema:
        """What the columns mean, seen from the given rows; see `Schema.infer`."""
        return Schema.infer(self.table.take(rows), target, drop, kinds)

    def arrays(self, schema: Schema) -> Arrays:
        """The columns of all rows; see `Schema.arrays`."""
        return schema.arrays(self.table)

    def take(self, whole: LabelledRows, rows: Int64) -> LabelledRows:
        """Some rows."""
        return whole.take(rows)


@dataclass(frozen=True)
class MappedTable:
    """A Parquet file as a table whose columns are not in memory.

    path: of the file. folder: that of the memory maps, which exists. table: the columns of targets, weights, groups and
    times of its rows, under the names of all columns; nothing else of it is in memory. Which marks are taken as missing
    is added to it as the columns are read. seed: of drawing the rows that the columns are understood from. text: names
    of columns that are text, so that a batch in which all cells of one look like numbers is read like the others.
    """

    path: Path
    folder: Path
    table: Table
    seed: int = 0
    text: set[str] = field(default_factory=set)

    __repr__ = short_repr

    def infer(
        self, rows: Int64, target: Sequence[str], drop: Sequence[str], kinds: dict[str, str], most: int = UNDERSTOOD
    ) -> Schema:
        """What the columns mean, seen from the given rows, or from so many drawn from them; see `Schema.infer`."""
        drawn = Draw(most, self.seed).rows(len(rows))
        numbers = self._numbers[rows if drawn is None else rows[drawn]]
        table = self._read(read_parquet_rows(self.path, np.sort(numbers)))
        self.text.update(text_columns(table))
        return Schema.infer(table, target, drop, kinds)

    def arrays(self, schema: Schema) -> Arrays:
        """The columns of all rows, in memory maps.

        Raises:
            InputError: see `Schema.arrays`.
        """
        self.text.update(schema.with_commas)
        kept, rows = np.zeros(int(self._numbers[-1]) + 1, bool), self.table.rows
        kept[self._numbers] = True
        numbers = self._file("numbers", np.float32, (rows, len(schema.number_names)))
        codes = self._file("codes", np.int32, (rows, len(schema.code_names)))
        levels: tuple[int, ...] = ()
        texts: list[SparseColumns] = []
        place = 0
        self.table.taken.clear()
        for begin, columns in parquet_batches(self.path, BATCH):
            here = np.flatnonzero(kept[begin : begin + len(columns[0])])
            if not len(here):
                continue
            table = self._read(columns).take(here)
            made = schema.arrays(replace(table, row_numbers=begin + here))
            end = place + len(here)
            numbers[place:end], codes[place:end], levels, place = made.numbers, made.codes, made.levels, end
            texts += [] if made.sparse is None else [made.sparse]
            self._note(table.taken)
            _let_go(numbers, codes)
        return Arrays(numbers, codes, levels, _joined(texts) if texts else None)

    def take(self, whole: LabelledRows, rows: Int64) -> LabelledRows:
        """Some rows, their columns in memory maps of their own."""
        arrays = whole.arrays
        numbers = self._file("some-numbers", np.float32, (len(rows), arrays.numbers.shape[1]))
        codes = self._file("some-codes", np.int32, (len(rows), arrays.codes.shape[1]))
        for part in _pieces(len(rows)):
            numbers[part] = arrays.numbers.take(rows[part], axis=0)
            codes[part] = arrays.codes.take(rows[part], axis=0)
            _let_go(numbers, codes, arrays.numbers, arrays.codes)
        sparse = None if arrays.sparse is None else arrays.sparse.take(rows)
        without = replace(arrays, numbers=arrays.numbers[:, :0], codes=arrays.codes[:, :0], levels=(), sparse=None)
        taken = replace(whole, arrays=without).take(rows)
        return replace(taken, arrays=Arrays(numbers, codes, arrays.levels, sparse))

    @property
    def _numbers(self) -> Int64:
        """Which rows of the file these are."""
        known = self.table.row_numbers
        return np.arange(self.table.rows) if known is None else known

    def _read(self, columns: list[Any]) -> Table:
        return table_of_columns(columns, self.table, self.text)

    def _file(self, name: str, dtype: Any, shape: tuple[int, int]) -> NDArray[Any]:
        """A file of an array, as an array. One without columns is no file."""
        if not shape[0] * shape[1]:
            return np.empty(shape, dtype)
        path = self.folder / f"{name}.npy"
        path.unlink(missing_ok=True)  # an array that is still in use keeps the file that it was made of
        try:
            made = np.lib.format.open_memmap(path, "w+", dtype, shape)
            if hasattr(os, "posix_fallocate"):  # a full disk is an error here, and would end the process later
                with path.open("r+b") as file:
                    os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        except OSError as error:
            raise InputError(
                f"The columns of {self.path.name} cannot be written to {str(self.folder)!r} ({error.strerror}): make "
                "room there, or name another folder with --scratch."
            ) from None
        return np.asarray(made.view(np.ndarray))

    def _note(self, taken: Taken) -> None:
        for name, marks in taken.items():
            known = self.table.taken.setdefault(name, {})
            for mark, times in marks.items():
                known[mark] = known.get(mark, 0) + times


def text_columns(table: Table) -> set[str]:
    """Names of the columns that are in memory and hold text."""
    frame = table.frame if table.frame is not None else pl.DataFrame()
    return {name for name, dtype in frame.schema.items() if dtype == pl.String}


def roles_of(path: Path, names: Sequence[str], peek: Table) -> Table:
    """The table of a Parquet file of which only some columns are in memory.

    names: those columns. peek: some of its rows as a table, which says how cells are read.
    """
    columns = table_of_columns(read_parquet_columns(path, names), peek)
    return replace(columns, names=peek.names, row_numbers=None, drawn_from=None)


def _let_go(*arrays: NDArray[Any]) -> None:
    """Give back the memory in which parts of memory maps lie; they are read from their files again when needed."""
    for array in arrays:
        owner: Any = array.base
        if isinstance(owner, np.memmap) and hasattr(mmap, "MADV_DONTNEED"):
            owner._mmap.madvise(mmap.MADV_DONTNEED)  # type: ignore[attr-defined]


def _pieces(rows: int) -> Iterator[slice]:
    return (slice(begin, min(begin + BATCH, rows)) for begin in range(0, rows, BATCH))


def _joined(parts: Sequence[SparseColumns]) -> SparseColumns:
    """Sparse columns of batches as those of all rows."""
    ends = np.cumsum([0, *(part.starts[-1] for part in parts)])
    starts = np.concatenate([[0], *(part.starts[1:] + end for part, end in zip(parts, ends, strict=False))])
    indices, values = (np.concatenate([getattr(part, name) for part in parts]) for name in ("indices", "values"))
    return replace(parts[0], starts=starts.astype(np.int64), indices=indices, values=values)
