"""The two large tables of `large.py`: made up chunk by chunk, the same on every machine, and written to Parquet."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

CHUNK = 500_000  # rows that are made at a time
TEST_ROWS = 200_000  # more rows of the same kind, in a file of their own
TEST = 10**6  # the number of the chunk of test rows
MISSING = 0.08  # of the cells of every fifth column of numbers

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class LargeTable:
    """What a table holds. levels: of each column of categories. classes: whether the target is one of two classes."""

    name: str
    rows: int
    numbers: int
    levels: tuple[int, ...]
    classes: bool

    @property
    def columns(self) -> int:
        """Those that are learned from."""
        return self.numbers + len(self.levels)

    def file(self, folder: Path, part: str = "train") -> Path:
        """Where a part of it lies: "train" or "test"."""
        return folder / f"{self.name}-{self.rows}-{part}.parquet"


TABLES = {
    "2M x 20": LargeTable("classes", 2_000_000, 14, (2, 5, 12, 40, 200, 1000), classes=True),
    "10M x 10": LargeTable("numbers", 10_000_000, 7, (4, 30, 500), classes=False),
}


def made(table: LargeTable, chunk: int, rows: int) -> pl.DataFrame:
    """One chunk of a table, with its column "target"."""
    random = np.random.default_rng([table.numbers, chunk])
    x = random.standard_normal((rows, table.numbers))
    codes = [(levels * random.random(rows) ** 1.7).astype(np.int64) for levels in table.levels]
    signal = _signal(x, codes, table)
    columns = {f"number_{j}": _cells(x[:, j], j, random) for j in range(table.numbers)}
    frame = pl.DataFrame(columns).with_columns(
        pl.col(f"^number_{j}$").fill_nan(None) for j in range(0, table.numbers, 5)
    )
    names = [pl.Series(f"category_{k}", code).cast(pl.String) for k, code in enumerate(codes)]
    named = [pl.concat_str(pl.lit(f"k{k}_"), name).alias(name.name) for k, name in enumerate(names)]
    target = _target(signal, random, table)
    return frame.with_columns(names).with_columns(named).with_columns(target)


def _cells(values: Float64, j: int, random: np.random.Generator) -> Float64:
    """The cells of a column of numbers: as they are, skewed, whole numbers; some missing."""
    shown = (values, np.exp(values), np.floor(20 * values))[j % 3]
    return np.where(random.random(len(values)) < MISSING, np.nan, shown) if j % 5 == 0 else np.asarray(shown)


def _signal(x: Float64, codes: list[NDArray[np.int64]], table: LargeTable) -> Float64:
    """What the target depends on: waves, products, a step, and effects of categories, some of them with a number."""
    fixed = np.random.default_rng(0)
    total = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + np.abs(x[:, 3]) + (x[:, 4] > 0.5) * x[:, 5]
    total += 0.5 * np.cos(x[:, 6] * x[:, 0])
    for k, code in enumerate(codes):
        effects = fixed.standard_normal((2, table.levels[k]))
        total += 0.5 * effects[0, code] + 0.4 * effects[1, code] * x[:, k % table.numbers]
    return np.asarray(total)


def _target(signal: Float64, random: np.random.Generator, table: LargeTable) -> pl.Series:
    noise = random.standard_normal(len(signal))
    if not table.classes:
        return pl.Series("target", 10 + signal + noise)
    return pl.Series("target", np.where(signal - 0.8 + noise > 0, "yes", "no"))


def write_tables(table: LargeTable, folder: Path) -> None:
    """Write the table and its test rows, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    if table.file(folder).exists() and table.file(folder, "test").exists():
        return
    parts = []
    for chunk, begin in enumerate(range(0, table.rows, CHUNK)):
        parts.append(folder / f"{table.name}-part-{chunk}.parquet")
        made(table, chunk, min(CHUNK, table.rows - begin)).write_parquet(parts[-1])
    made(table, TEST, TEST_ROWS).write_parquet(table.file(folder, "test"))
    pl.scan_parquet(parts).sink_parquet(table.file(folder))
    for part in parts:
        part.unlink()


def main() -> None:
    """Write both tables to the folder named, and print where they lie and how large they are."""
    folder = Path(sys.argv[1])
    facts = {}
    for name, table in TABLES.items():
        write_tables(table, folder)
        files = {part: str(table.file(folder, part)) for part in ("train", "test")}
        facts[name] = {**files, "rows": table.rows, "columns": table.columns}
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
