"""Reading some rows of a large table: which ones are drawn, and Parquet of which nothing else is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wellfit.tables.arrays import Int64
from wellfit.tables.reading.binary_tables import PARQUET, refusing_damage

ROW = "\0row"  # a name that no column of a table has


@dataclass(frozen=True)
class Draw:
    """So many rows of a table, drawn at random and left in their order; all of a table that has no more.

    most: rows, at least 1. seed: of the draw. unless: a table of no more rows than that is read whole (default: of no
    more than `most`).
    """

    most: int
    seed: int = 0
    unless: int = 0

    def rows(self, of: int) -> Int64 | None:
        """The rows drawn, rising; None: all. of: rows of the table.

        >>> Draw(3).rows(3) is None, len(Draw(3).rows(10))
        (True, 3)
        """
        if of <= max(self.most, self.unless):
            return None
        drawn = np.random.default_rng([self.seed & 0xFFFFFFFF, of]).choice(of, self.most, replace=False, shuffle=False)
        return np.sort(drawn).astype(np.int64)


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does."""
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET
    except (OSError, ValueError):  # whatever reads it next says why
        return False


def parquet_rows(path: Path) -> int:
    """How many rows a Parquet file says that it has, without reading them.

    Raises:
        InputError: it is damaged.
    """
    with refusing_damage("Parquet", str(path)):
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def read_parquet_rows(path: Path, rows: Int64) -> list[pl.Series]:
    """The columns of a Parquet file at some rows: it is read piece by piece on all cores, and only these are kept.

    rows: row numbers, rising.

    Raises:
        InputError: it is damaged.
    """
    wanted = pl.Series(rows, dtype=pl.UInt32 if pl.get_index_type() == pl.UInt32 else pl.UInt64)
    with refusing_damage("Parquet", str(path)):
        scan = pl.scan_parquet(path, row_index_name=ROW)
        frame = scan.filter(pl.col(ROW).is_in(wanted.implode())).drop(ROW).collect(engine="streaming")
    return [column.alias(column.name.strip()) for column in frame.get_columns()]
