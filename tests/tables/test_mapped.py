"""Tables whose columns lie in files: the same arrays as in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wellfit.errors import InputError
from wellfit.tables import Schema, make_target, mapped, read_table
from wellfit.tables.arrays import Arrays
from wellfit.tables.mapped import MappedTable, roles_of
from wellfit.tables.split import LabelledRows

ROWS = 1_000
WORDS = ("red fox", "blue fox runs far", "a red dog", "far dog runs")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "BATCH", 130)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Every kind of column, with cells missing and a mark of a missing value."""
    random = np.random.default_rng(0)
    days = random.integers(0, 3000, ROWS)
    frame = pl.DataFrame(
        {
            "n": [None if k % 7 == 0 else float(v) for k, v in enumerate(random.normal(size=ROWS))],
            "c": [["a", "b", "?", None][k] for k in random.integers(0, 4, ROWS)],
            "d": pl.Series([f"{2010 + k // 365}-03-{k % 28 + 1:02d}" for k in days]),
            "t": [f"{WORDS[k % 4]} {' '.join(random.permutation(WORDS[k % 3].split()))} {k}" for k in range(ROWS)],
            "y": random.integers(0, 3, ROWS),
        }
    )
    path = tmp_path / "t.parquet"
    frame.write_parquet(path, row_group_size=170)
    return path


def mapped_table(file: Path) -> MappedTable:
    folder = file.parent / "columns"
    folder.mkdir()
    return MappedTable(file, folder, roles_of(file, ["y"], read_table(file)))


def same(a: Arrays, b: Arrays) -> bool:
    dense = np.array_equal(a.numbers, b.numbers, equal_nan=True) and np.array_equal(a.codes, b.codes)
    if a.sparse is None or b.sparse is None:
        return dense and a.sparse is b.sparse
    parts = ((getattr(one.sparse, name) for one in (a, b)) for name in ("starts", "indices", "values"))
    return dense and a.levels == b.levels and all(np.array_equal(*pair) for pair in parts)


def test_columns_in_files_are_those_in_memory(file: Path) -> None:
    held, table = read_table(file), mapped_table(file)
    schema = Schema.infer(held, ["y"])
    assert table.infer(np.arange(ROWS), ["y"], [], {}) == schema
    assert {column.kind for column in schema.columns} == {"number", "category", "date", "text"}
    arrays = table.arrays(schema)
    assert same(arrays, schema.arrays(held)) and table.table.taken == held.taken
    assert sorted(path.name for path in table.folder.iterdir()) == ["codes.npy", "numbers.npy"]
    whole = LabelledRows(arrays, make_target(held.column("y")), np.ones(ROWS, np.float32))
    rows = np.random.default_rng(1).permutation(ROWS)[:700]
    some, wanted = table.take(whole, rows), whole.take(rows)
    assert same(some.arrays, wanted.arrays) and np.array_equal(some.target.values, wanted.target.values)
    assert np.array_equal(some.numbers, wanted.numbers)  # type: ignore[arg-type]


def test_rows_that_are_left_out_are_in_no_file(file: Path) -> None:
    table, kept = mapped_table(file), np.arange(5, ROWS, 3)
    table = MappedTable(file, table.folder, table.table.take(kept))
    held = read_table(file).take(kept)
    schema = Schema.infer(held, ["y"])
    assert same(table.arrays(schema), schema.arrays(held))


def test_an_infinite_number_is_named_with_its_row_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "i.parquet"
    pl.DataFrame({"n": [float(k) if k != 400 else np.inf for k in range(500)], "y": [0, 1] * 250}).write_parquet(path)
    table = mapped_table(path)
    with pytest.raises(InputError, match=r"'n' has infinity in row 401"):
        table.arrays(table.infer(np.arange(300), ["y"], [], {}))


def test_a_folder_that_cannot_be_written_is_named(file: Path) -> None:
    table = mapped_table(file)
    schema = table.infer(np.arange(ROWS), ["y"], [], {})
    table.folder.rmdir()
    with pytest.raises(InputError, match=r"cannot be written to .*columns.*--scratch"):
        table.arrays(schema)


def test_a_batch_that_looks_like_numbers_is_read_as_the_whole_column_is(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    commas = [f"{k % 9},{100 + k % 7}" for k in range(300)] + [f"{k % 9},5" for k in range(100)]
    codes = ["1e5", "2e5", "3.0"] * 100 + ["a7", "b", "c", "1e5"] * 25
    pl.DataFrame({"n": commas, "c": codes, "y": [0, 1] * 200}).write_parquet(path)
    held, table = read_table(path), mapped_table(path)
    schema = table.infer(np.arange(400), ["y"], [], {})
    assert schema == Schema.infer(held, ["y"]) and {c.kind for c in schema.columns} == {"number", "category"}
    assert same(table.arrays(schema), schema.arrays(held))
