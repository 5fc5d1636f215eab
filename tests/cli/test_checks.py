"""What is checked before rows are called new: it is said before training, in result.json, and beside the scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from wellfit import WellfitClassifier

BAG, SEARCH = ("--folds", 2), ("--budget", 200, "--folds", 2)


@pytest.fixture
def table() -> pl.DataFrame:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 120)).round(4)
    day = [f"2024-01-{1 + k % 28:02d}" for k in range(120)]
    return pl.DataFrame(
        {"a": a, "b": b, "day": day, "y": np.where(a + b + 0.5 * random.normal(size=120) > 0, "p", "n")}
    )


def fitted(wellfit: Command, frame: pl.DataFrame, *options: object) -> tuple[str, dict[str, Any]]:
    frame.write_csv("t.csv")
    done = wellfit("fit", "t.csv", "--target", "y", "--out", "o", "--overwrite", *options)
    assert done.code == 0, done.err
    return done.out, json.loads(Path("o/result.json").read_text())


def test_all_is_well(wellfit: Command, table: pl.DataFrame, quick: Path) -> None:
    out, result = fitted(wellfit, table, "--recipe", quick, *BAG)
    assert "On 12 test rows, used for nothing else:" in out and result["checks"] == []


def test_test_rows_that_are_training_rows(
    wellfit: Command, table: pl.DataFrame, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, result = fitted(wellfit, table, "--recipe", quick, *BAG, "--test", "t.csv")
    assert "Note: All 120 test rows are training rows as well" in out
    assert "On 120 test rows, all of them training rows as well:" in out and "nothing else" not in out
    assert result["checks"][0]["seen_in_training"] == 120 == result["scores"][0]["seen_in_training"]
    make_little(monkeypatch)
    table[60:].write_csv("later.csv")
    out, result = fitted(wellfit, table[:80], *SEARCH, "--test", "later.csv")
    assert "Note: 20 of 60 test rows (33.3%) are equal to a training row" in out
    assert "On 60 test rows, 20 of them equal to training rows:" in out


def test_repeated_rows_stay_on_one_side(wellfit: Command, table: pl.DataFrame, quick: Path) -> None:
    whole = pl.concat([table, table[:40], table[:20]])
    out, result = fitted(wellfit, whole, "--recipe", quick, *BAG)
    assert "Note: 60 of 180 rows repeat an earlier row" in out and result["checks"] == []
    assert "used for nothing else" in out


def test_rows_that_come_back_may_be_split(wellfit: Command, table: pl.DataFrame, quick: Path) -> None:
    out, result = fitted(
        wellfit, pl.concat([table] * 2), "--recipe", quick, *BAG, "--report", "json", "--split-equal-rows"
    )
    assert "are split at random like any others, so that some are held out" in " ".join(out.split())
    assert result["scores"][0]["seen_in_training"] > 0 and "equal to training rows:" in out
    assert [one["code"] for one in result["checks"]] == ["test-rows-in-training"]  # no column tells by its copies
    fine = [one["code"] for one in json.loads(Path("o/report_data.json").read_text())["examination"]["fine"]]
    assert "duplicate-rows" in fine  # what was asked for is no finding
    out, result = fitted(wellfit, pl.concat([table] * 2), "--recipe", quick, *BAG)
    assert "--split-equal-rows" in out and result["scores"][0]["seen_in_training"] == 0
    refused = wellfit("fit", "t.csv", "--target", "y", "--time-column", "day", "--split-equal-rows", "--out", "p")
    assert refused.code == 2 and "--time-column splits the rows by time, --split-equal-rows otherwise" in refused.err


def test_columns_that_tell_and_columns_that_drift(wellfit: Command, table: pl.DataFrame, quick: Path) -> None:
    frame = table.with_columns((pl.col("y") == "p").cast(pl.Int64).alias("the code") * 7 + 3)
    frame[60:].with_columns(pl.col("a") + 3).write_csv("later.csv")
    out, result = fitted(wellfit, frame[:60], "--recipe", quick, *BAG, "--test", "later.csv")
    assert "Note: The column 'the code' alone gives the target away" in out and "(--drop 'the code')." in out
    assert "Note: Distributed differently in the test rows than in the training rows: 'a' (the median of 'a' is" in out
    assert "The scores hold only where 'the code' can be known before the target is." in out
    assert "The test rows differ from the training rows in 'a': the scores are those of rows like" in out
    assert [one["code"] for one in result["checks"]] == ["column-tells-target", "drift"]


def test_each_of_several_targets_counts_its_test_rows_seen_in_training(
    wellfit: Command, table: pl.DataFrame, quick: Path
) -> None:
    whole = table.with_columns(pl.when(pl.int_range(pl.len()) < 70).then(None).otherwise(pl.col("a") + 1).alias("z"))
    whole[60:].write_csv("later.csv")
    out, result = fitted(wellfit, whole[:80], "--target", "z", "--recipe", quick, *BAG, "--test", "later.csv")
    assert [one["seen_in_training"] for one in result["scores"]] == [20, 10, 0, 0]
    assert "20 of them equal to training rows" in out and "10 of them equal to training rows" in out


def test_rows_split_by_time_may_be_equal(wellfit: Command, table: pl.DataFrame, quick: Path) -> None:
    out, _ = fitted(wellfit, pl.concat([table] * 2), "--recipe", quick, "--folds", 2, "--time-column", "day")
    assert "equal rows may train and be held out, for rows are split by time." in " ".join(out.split())


@pytest.mark.parametrize("command", [("study", "capacity", "--widths", "2"), ("doctor", "--no-trial")])
def test_studies_and_the_doctor_print_a_note_once(
    wellfit: Command, table: pl.DataFrame, quick: Path, command: tuple[str, ...]
) -> None:
    frame = table.with_columns((pl.col("y") == "p").cast(pl.Int64).alias("code") * 7 + 3)
    pl.concat([frame, frame[:40]]).write_csv("t.csv")
    words, more = (command[:2], command[2:]) if command[0] == "study" else (command[:1], command[1:])
    done = wellfit(*words, "t.csv", "--target", "y", "--recipe", quick, "--folds", 2, "--seeds", 1, *more)
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert said.count("If it is made from the target") == said.count("(--drop code)") == 1
    assert said.count("40 of 160 rows repeat an earlier row") == 1


@pytest.mark.parametrize("search", [False, True])
def test_the_column_of_times_that_split_the_rows_is_not_named_as_drift(
    wellfit: Command, table: pl.DataFrame, quick: Path, monkeypatch: pytest.MonkeyPatch, search: bool
) -> None:
    make_little(monkeypatch)
    frame = pl.concat([table] * 3).with_columns(day=pl.Series([k * 1.5 for k in range(360)]))
    frame = frame.with_columns(pl.col("a") + pl.Series(np.random.default_rng(1).normal(size=360)))
    options = ("--budget", 200, "--folds", 2) if search else ("--recipe", quick, "--folds", 2)
    fitted(wellfit, frame, *options, "--time-column", "day", "--report", "json")
    examination = json.loads(Path("o/report_data.json").read_text())["examination"]
    judged = [one for part in ("fine", "findings") for one in examination[part] if one["code"] == "drift"]
    assert "day" not in judged[0]["evidence"]["columns"] and judged[0]["evidence"]["left out"] == "day"


@pytest.mark.filterwarnings("error:All-NaN")
def test_an_empty_column_drifts_without_a_median(wellfit: Command, table: pl.DataFrame, quick: Path) -> None:
    table[60:].with_columns(a=pl.lit(None)).write_csv("later.csv")
    out, _ = fitted(wellfit, table[:60], "--recipe", quick, *BAG, "--test", "later.csv")
    assert "in the training rows: 'a'" in out and "nan" not in out


def test_a_part_of_a_date_is_named_after_its_column(wellfit: Command, table: pl.DataFrame, quick: Path) -> None:
    day = pl.when(pl.col("y") == "p").then(pl.lit("2024-03-05")).otherwise(pl.lit("2024-03-06"))
    frame = table.with_columns(day.alias("day"))
    out, result = fitted(wellfit, frame, "--recipe", quick, *BAG)
    assert "(--drop day)." in out and result["checks"][0]["columns"] == ["day"]


def test_the_estimators_check_too(table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    make_little(monkeypatch)
    whole = pl.concat([table, table[:40]])
    X = whole.select("a", "b", copy=pl.col("y") == "p")
    found = WellfitClassifier(budget=200, folds=2, random_state=0).fit(X, whole["y"])
    assert found.result_.checks[0]["columns"] == ["copy"] and "'copy' alone gives the target away" in found.notes_[0]
    assert np.array_equal(found.out_of_fold_[:40], found.out_of_fold_[120:]), "copies were held out by one network"
