"""Some rows of a large table, drawn as it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wellfit.errors import InputError
from wellfit.tables import Table, read_table
from wellfit.tables.reading import tables
from wellfit.tables.reading.drawn_rows import Draw

ROWS = 5_000


@pytest.fixture(params=["parquet", "csv"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Numbers with holes, text and truth values; of Parquet in several groups of rows."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=ROWS)
    holes = [None if k % 7 == 0 else float(v) for k, v in enumerate(numbers)]
    names = [f"k{k}" for k in random.integers(0, 30, ROWS)]
    frame = pl.DataFrame({"n": holes, " name ": names, "b": numbers > 0})
    path = tmp_path / f"t.{request.param}"
    _ = frame.write_parquet(path, row_group_size=700) if request.param == "parquet" else frame.write_csv(path)
    return path


def test_the_rows_drawn_are_those_rows_of_the_table(file: Path) -> None:
    whole, some = read_table(file), read_table(file, draw=Draw(400, seed=3))
    assert some.row_numbers is not None and some.drawn_from == ROWS
    assert len(some.row_numbers) == 400 and (np.diff(some.row_numbers) > 0).all()
    assert whole.frame is not None and some.frame is not None
    assert whole.take(some.row_numbers).frame.equals(some.frame)  # type: ignore[union-attr]
    again, other = (read_table(file, draw=Draw(400, seed=seed)).row_numbers for seed in (3, 4))
    assert np.array_equal(again, some.row_numbers) and not np.array_equal(other, some.row_numbers)  # type: ignore[arg-type]


@pytest.mark.parametrize("draw", [Draw(ROWS), Draw(100, unless=ROWS)])
def test_a_table_of_few_rows_is_read_whole(file: Path, draw: Draw) -> None:
    table = read_table(file, draw=draw)
    assert table.rows == ROWS and table.row_numbers is None and table.drawn_from is None


def test_every_row_is_as_likely() -> None:
    counts = np.zeros(50, int)
    for seed in range(400):
        drawn = Draw(10, seed).rows(50)
        assert drawn is not None
        counts[drawn] += 1
    assert counts.sum() == 4000 and abs(counts - 80).max() < 5 * np.sqrt(80 * 0.8)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    pl.DataFrame({"a": np.arange(ROWS)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"Parquet file .*cut\.parquet is damaged or cut short"):
        read_table(path, draw=Draw(10))


def test_text_of_many_rows_with_few_words_is_read_as_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["b", None, "a", "b", "longer word"] * 20
    table = Table(("w",), pl.DataFrame({"w": pl.Series(words, dtype=pl.String)}))
    monkeypatch.setattr(tables, "MANY_ROWS", 10)
    column = table.column("w")
    assert column.dtype == object and column.tolist() == words
    assert column[0] is column[3]  # one object a word: a tenth of the memory
    monkeypatch.setattr(tables, "FEW_WORDS", 2)
    assert table.column("w").tolist() == words
