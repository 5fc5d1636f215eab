"""`wellfit fit` on some rows of a large table: it says so, repeats them, and never leaves rows out in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import polars as pl
import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from wellfit import Model
from wellfit.cli import scratch
from wellfit.cli.row_sample import draw_of
from wellfit.search import sample_size
from wellfit.search.race.checkpoint import STATE
from wellfit.tables import mapped
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.training.checkpoint.sealed import write_json

SEARCH = ("--target", "answer", "--drop", "income", "--folds", 2)


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes that train in no time, and tables that are large from 200 rows on."""
    make_little(monkeypatch)
    monkeypatch.setattr(sample_size, "LEAST_ROWS", 100)
    monkeypatch.setattr(sample_size, "ROWS_AN_UPDATE", 0)
    monkeypatch.setattr(sample_size, "ROWS_A_CORE_SECOND", 0)


def result(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "result.json").read_text())
    return found


def weights(folder: str) -> list[bytes]:
    return [network.parameters.tobytes() for network in Model.load(f"{folder}/model.wellfit").networks]


def test_a_search_draws_rows_and_says_so(wellfit: Command, people: Path) -> None:
    done = wellfit("fit", people, *SEARCH, "--budget", 300, "--out", "a")
    assert done.code == 0, done.err
    words = " ".join(done.out.split())
    assert "90 rows to train on, of 300" in words
    assert "Note: 100 of 300 rows, drawn at random, are used: within 300 updates networks learn more" in words
    found = result("a")
    assert found["drawn"] == {"rows": 100, "of": 300} and any("100 of 300 rows" in note for note in found["notes"])


def test_all_rows_where_they_are_asked_for(wellfit: Command, people: Path) -> None:
    done = wellfit("fit", people, *SEARCH, "--budget", 300, "--rows", "all", "--out", "a")
    assert done.code == 0, done.err
    assert "270 rows to train on\n" in done.out and "drawn" not in result("a")


def test_replay_draws_the_same_rows_though_time_would_give_others(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wellfit("fit", people, *SEARCH, "--budget", 300, "--seed", 5, "--out", "a").code == 0
    monkeypatch.setattr(sample_size, "LEAST_ROWS", 130)
    options = [part for part in SEARCH if part not in ("--folds", 2)]
    again = wellfit("fit", people, *options, "--replay", "a/result.json", "--out", "b")
    assert again.code == 0, again.err
    assert weights("a") == weights("b") and result("b")["drawn"] == result("a")["drawn"]


def test_one_recipe_trains_on_all_rows_unless_it_is_told_how_many(wellfit: Command, people: Path, quick: Path) -> None:
    for rows, trained in (((), 270), (("--rows", "1_50"), 135)):
        done = wellfit("fit", people, *SEARCH, "--recipe", quick, *rows, "--out", "a", "--overwrite")
        assert done.code == 0, done.err
        assert f"{trained} rows to train on" in done.out and ("as --rows asks." in done.out) == bool(rows)


@pytest.mark.parametrize("rows", ["some", "-5", "3", "1.5"])
def test_what_is_no_number_of_rows_is_refused(wellfit: Command, people: Path, rows: str) -> None:
    done = wellfit("fit", people, *SEARCH, f"--rows={rows}")
    assert done.code == 2 and "--rows takes a number of rows, 20 or more, or all" in done.err
    assert not Path("wellfit-people").exists()


def test_a_search_that_is_resumed_keeps_its_rows_though_it_has_more_time(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "search").mkdir(parents=True)
    write_json(folder / "search" / STATE, {"rows_drawn": 120})
    job = Mock(folder=folder, limit=1e6, jobs=2, options=Mock(rows=None, resume=True, budget=None, seed=7))
    assert draw_of(job, None, 60.0) == Draw(120, 7)
    job.options.resume = False
    assert draw_of(job, None, 60.0) == Draw(100, 7, 200)


@pytest.mark.parametrize("given", [True, False])
def test_a_table_that_does_not_fit_in_memory_trains_to_the_same_bits(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    table = Path("people.parquet")
    pl.read_csv(people).write_parquet(table)
    options = ("fit", table, *SEARCH, "--group", "household", "--budget", 300, "--rows", "all")
    assert wellfit(*options, "--out", "held").code == 0
    monkeypatch.setattr(mapped, "BATCH", 70)
    used: list[Path] = []
    arrays = mapped.MappedTable.arrays
    monkeypatch.setattr(mapped.MappedTable, "arrays", lambda self, s: used.append(self.folder) or arrays(self, s))
    monkeypatch.setattr(scratch, "BYTES_A_CELL", 0 if given else 10**12)
    done = wellfit(*options, "--out", "mapped", *(("--scratch", "aside") if given else ()))
    assert done.code == 0, done.err
    assert len(used) == 1 and used[0].parent == Path("aside" if given else "mapped") and not used[0].exists()
    assert not Path("aside").exists() and not list(Path("mapped").glob("wellfit-columns-*"))
    assert weights("mapped") == weights("held")
    one, other = (result(folder) for folder in ("mapped", "held"))
    assert one["scores"] == other["scores"] and one["data"] == other["data"] and one["notes"] == other["notes"]


def test_what_fits_nowhere_is_refused_with_a_way_out(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Path("people.parquet")
    pl.read_csv(people).write_parquet(table)
    monkeypatch.setattr(scratch, "free_memory", lambda: 10_000)
    tries = {
        (people, "all"): "save it as Parquet",
        (table, "all"): "train on some of them (--rows N)",
        (table, "100"): "draw fewer (--rows N)",
    }
    for (file, rows), way_out in tries.items():
        done = wellfit("fit", file, *SEARCH, "--budget", 300, "--rows", rows, "--out", "a")
        assert done.code == 2 and way_out in " ".join(done.err.split()) and not Path("a").exists()
    monkeypatch.setattr(scratch, "free_memory", lambda: None)
    pl.read_csv(people).with_columns(lists=pl.lit([1.0, 2.0])).write_parquet("lists.parquet")
    done = wellfit(
        "fit", "lists.parquet", *SEARCH, "--budget", 300, "--rows", "all", "--scratch", "aside", "--out", "a"
    )
    assert done.code == 2 and "a cell of 'lists' holds several values" in " ".join(done.err.split())
    done = wellfit("fit", people, *SEARCH, "--budget", 300, "--scratch", "aside", "--out", "a")
    assert done.code == 2 and "--scratch is for Parquet files" in done.err


def test_nothing_of_the_users_is_removed_with_the_columns(wellfit: Command, people: Path, quick: Path) -> None:
    folder = Path("aside")
    for own in ("columns", "wellfit-columns-mine"):
        (folder / own).mkdir(parents=True)
        (folder / own / "kept.txt").write_text("mine")
    pl.read_csv(people).write_parquet(folder / "columns" / "people.parquet")
    options = ("--recipe", quick, "--scratch", folder, "--out", "a")
    done = wellfit("fit", folder / "columns" / "people.parquet", *SEARCH, *options)
    assert done.code == 0, done.err
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*.*")) == [
        "columns/kept.txt", "columns/people.parquet", "wellfit-columns-mine/kept.txt",
    ]  # fmt: skip


def test_rows_are_drawn_also_where_layers_come_from_a_model(wellfit: Command, people: Path, quick: Path) -> None:
    assert wellfit("fit", people, *SEARCH, "--recipe", quick, "--out", "a").code == 0
    done = wellfit(
        "fit", people, *SEARCH, "--recipe", quick, "--start-from", "a/model.wellfit", "--rows", 100, "--out", "b"
    )
    assert done.code == 0, done.err
    assert "90 rows to train on, of 300" in done.out
