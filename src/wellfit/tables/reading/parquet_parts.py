"""Parts of a Parquet file: how many rows it has, some of its rows or columns, its rows batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from wellfit.tables.arrays import Int64
from wellfit.tables.reading.binary_tables import PARQUET, refusing_damage
from wellfit.tables.reading.streams import is_stream

ROW = "\0row"  # a name that no column of a table has


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does; a pipe, whose parts cannot be read, counts as none."""
    if is_stream(path):
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET
    except (OSError, ValueError):  # whatever reads it next says why
        return False


def parquet_size(path: Path) -> tuple[int, int]:
    """How many rows and columns a Parquet file says that it has, without reading them.

    Raises:
        InputError: it is damaged.
    """
    with refusing_damage("Parquet", str(path)):
        scan = pl.scan_parquet(path)
        return int(scan.select(pl.len()).collect().item()), len(scan.collect_schema())


def nested_columns(path: Path) -> list[str]:
    """Names of the columns whose cells hold several values, lists and records.

    Raises:
        InputError: it is damaged.
    """
    with refusing_damage("Parquet", str(path)):
        return [name for name, dtype in pl.scan_parquet(path).collect_schema().items() if dtype.is_nested()]


def read_parquet_rows(path: Path, rows: Int64) -> list[pl.Series]:
    """The columns of a Parquet file at some rows: it is read piece by piece on all cores, and only these are kept.

    rows: row numbers, rising.

    Raises:
        InputError: it is damaged.
    """
    wanted = pl.Series(rows, dtype=pl.get_index_type())
    with refusing_damage("Parquet", str(path)):
        scan = pl.scan_parquet(path, row_index_name=ROW)
        frame = scan.filter(pl.col(ROW).is_in(wanted.implode())).drop(ROW).collect(engine="streaming")
    return _named(frame)


def read_parquet_columns(path: Path, names: Sequence[str]) -> list[pl.Series]:
    """Some columns of a Parquet file, in full. names: without blanks around them; those that it lacks are left out.

    Raises:
        InputError: it is damaged.
    """
    with refusing_damage("Parquet", str(path)):
        scan = pl.scan_parquet(path)
        wanted = [name for name in scan.collect_schema().names() if name.strip() in names]
        return _named(scan.select(wanted).collect(engine="streaming"))


def parquet_batches(path: Path, size: int) -> Iterator[tuple[int, list[pl.Series]]]:
    """The first row and the columns of each batch of a Parquet file, in order. size: rows of a batch.

    Raises:
        InputError: it is damaged.
    """
    rows, _ = parquet_size(path)
    for begin in range(0, rows, size):
        with refusing_damage("Parquet", str(path)):
            frame = pl.scan_parquet(path).slice(begin, size).collect()
        yield begin, _named(frame)


def _named(frame: pl.DataFrame) -> list[pl.Series]:
    return [column.alias(column.name.strip()) for column in frame.get_columns()]
