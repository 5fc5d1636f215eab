"""Whatever is wrong with what is given: one sentence, exit code 2, nothing half-written."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command, Outcome

GOOD = "x,color,y\n" + "".join(f"{k * 0.37 % 5:.2f},{'red' if k % 3 else 'blue'},{k % 2}\n" for k in range(60))


def assert_refused(done: Outcome, *words: str) -> None:
    assert done.code == 2, done.out + done.err
    assert done.err.startswith("wellfit: ") and done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err, done.err
    assert not Path("out").exists()


def refused_table(
    wellfit: Command, content: str | bytes, *words: str, name: str = "table.csv", target: str = "y"
) -> None:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    assert_refused(wellfit("fit", name, "--target", target, "--out", "out"), *words)


def changed(row: int, column: int, cell: str) -> str:
    """The good table with one cell changed; row 0 is the first after the header."""
    lines = [line.split(",") for line in GOOD.splitlines()]
    lines[row + 1][column] = cell
    return "\n".join(",".join(line) for line in lines) + "\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["empty"]),
        ("x,color,y\n", ["row"]),
        (GOOD + "1,red\n", ["line 62"]),
        (GOOD + "1,red,0,9\n", ["line 62"]),
        (b"\x00\x01\x02\xff\xfe" * 50, ["text"]),
        (gzip.compress(GOOD.encode())[:60], ["gz"]),
        (changed(4, 2, ""), ["missing"]),
        (changed(4, 2, "?"), ["missing"]),
        (changed(4, 0, "inf"), ["infinity", "'x'", "row 5"]),
        ("x,y\n" + "1,7\n2,7\n" * 30, ["constant", "got 7 in every row"]),
        (GOOD.replace("x,color,y", "x,x,y"), ["'x'"]),
        ("x,y\n" + "1.5,\n2.5,\n" * 30, ["missing"]),
        ("y\n" + "0\n1\n" * 30, ["target"]),
    ],
    ids=["empty", "header", "short line", "long line", "binary", "truncated gzip", "no target", "target ?", "infinite",
         "one class", "twice", "empty target", "target only"],
)  # fmt: skip
def test_tables_that_cannot_be_used(wellfit: Command, content: str | bytes, words: list[str]) -> None:
    refused_table(wellfit, content, *words)


def test_rows_without_a_group_are_refused(wellfit: Command) -> None:
    rows = [f"{k * 0.37:.2f},{k % 2},g{k // 4}\n" for k in range(60)]
    Path("whole.csv").write_text("x,y,g\n" + "".join(rows))
    for name, more in (("gap.csv", []), ("twice.csv", rows[:5])):
        Path(name).write_text("x,y,g\n" + "".join([*rows, *more, "70,1,\n"]))
    fit, missing = ("--target", "y", "--group", "g", "--out", "out"), "must be known in every row, and row"
    assert_refused(wellfit("fit", "whole.csv", *fit, "--test", "gap.csv"), f"groups of gap.csv {missing} 61 has none")
    for name, row in (("gap.csv", 61), ("twice.csv", 66)):
        assert_refused(wellfit("fit", name, *fit, "--test", "none"), f"The groups {missing} {row} has none")


def test_infinite_targets_are_refused(wellfit: Command) -> None:
    rows = "".join(f"{k},{k * 1.5}\n" for k in range(40))
    refused_table(wellfit, "x,y\n" + rows + "3,inf\n", "infinite")


def test_truncated_parquet_is_refused(wellfit: Command, tmp_path: Path) -> None:
    pl.read_csv(GOOD.encode()).write_parquet("whole.parquet")
    refused_table(wellfit, Path("whole.parquet").read_bytes()[:200], "table.parquet", name="table.parquet")


def test_missing_files_and_columns(wellfit: Command) -> None:
    assert_refused(wellfit("fit", "nothing.csv", "--target", "y", "--out", "out"), "nothing.csv")
    Path("table.csv").write_text(GOOD)
    fit = ("fit", "table.csv", "--out", "out", "--target")
    assert_refused(wellfit(*fit, "z"), "'z'", "x, color, y")
    assert_refused(wellfit(*fit, "y", "--weight", "w"), "'w'", "--weight")
    assert_refused(wellfit(*fit, "y", "--group", "g"), "'g'", "--group")
    assert_refused(wellfit(*fit, "y", "--drop", "d"), "'d'")
    assert_refused(wellfit(*fit, "y", "--weight", "color"), "no number", "'blue'")
    assert_refused(wellfit(*fit, "y", "--kind", "x"), "COLUMN=KIND")
    assert_refused(wellfit(*fit, "y", "--kind", "x=colour"), "colour")
    assert_refused(wellfit(*fit, "y", "--task", "guess"), "class, number, count")
    assert_refused(wellfit(*fit, "color", "--task", "number"), "number")
    assert_refused(wellfit(*fit, "y", "--test", "nothing.csv"), "nothing.csv")


@pytest.mark.parametrize(
    ("cell", "word"), [("", "missing"), ("nan", "missing"), ("-1", "negative"), ("inf", "infinite")]
)
def test_weights_must_be_numbers_from_zero_up(wellfit: Command, cell: str, word: str) -> None:
    lines = GOOD.splitlines()
    weighted = [lines[0] + ",w", *(line + ",1.5" for line in lines[1:-1]), lines[-1] + f",{cell}"]
    Path("table.csv").write_text("\n".join(weighted) + "\n")
    assert_refused(wellfit("fit", "table.csv", "--target", "y", "--weight", "w", "--out", "out"), "weight")


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("hidden = [", ["TOML"]),
        ("hiden = [3]", ["hiden", "hidden"]),
        ("epochs = 0", ["epochs"]),
        ("dropout = 1.5", ["dropout.rate", "below 1"]),
        ('optimizer = "magic"', ["magic", "adam"]),
        ('loss = "poisson"', ["poisson", "cross_entropy"]),
        ("epochs = nan", ["epochs"]),
        ('normalization = "batch"\nbatch_size = 1', ["at least 2 rows"]),
    ],
)
def test_wrong_recipes(wellfit: Command, recipe: str, words: list[str]) -> None:
    Path("table.csv").write_text(GOOD)
    Path("own.toml").write_text(recipe)
    assert_refused(wellfit("fit", "table.csv", "--target", "y", "--recipe", "own.toml", "--out", "out"), *words)


def test_unreadable_recipes(wellfit: Command) -> None:
    Path("table.csv").write_text(GOOD)
    Path("binary.toml").write_bytes(b"\xff\xfe\x00")
    fit = ("fit", "table.csv", "--target", "y", "--out", "out", "--recipe")
    assert_refused(wellfit(*fit, "binary.toml"), "binary.toml")
    assert_refused(wellfit(*fit, "none.toml"), "none.toml")
    assert_refused(wellfit("recipe", "check", "none.toml"), "none.toml")


@pytest.mark.parametrize("time", ["soon", "0s", "-5s", "1 fortnight", "nan"])
def test_senseless_times(wellfit: Command, time: str) -> None:
    Path("table.csv").write_text(GOOD)
    assert_refused(wellfit("fit", "table.csv", "--target", "y", f"--time={time}", "--out", "out"), "30s")


def test_folders_that_cannot_be_written(wellfit: Command) -> None:
    Path("table.csv").write_text(GOOD)
    done = wellfit("fit", "table.csv", "--target", "y", "--out", "table.csv/below")
    assert_refused(done, "cannot be written")


def test_too_many_columns(wellfit: Command) -> None:
    """20 texts of 1,024 hashed words each are more than a batch in memory may hold."""
    words = ["snow", "rain", "sun", "wind", "fog", "hail", "storm"]
    random = np.random.default_rng(0)
    texts = {f"t{k}": [" ".join(random.choice(words, 6)) + f" {i}" for i in range(30)] for k in range(20)}
    pl.DataFrame({**texts, "y": np.arange(30) % 2}).write_csv("wide.csv")
    assert_refused(wellfit("fit", "wide.csv", "--target", "y", "--out", "out"), "20,000", "20,480")


def test_too_little_memory(wellfit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 9.9 TiB")

    Path("table.csv").write_text(GOOD)
    monkeypatch.setattr("wellfit.cli.bag.train_plans", too_large)
    monkeypatch.setattr("wellfit.cli.search.search", too_large)
    fit = ("fit", "table.csv", "--target", "y", "--out", "out")
    assert_refused(wellfit(*fit), "memory", "9.9 TiB")
    assert_refused(wellfit(*fit, "--seeds", 2), "memory", "9.9 TiB")


def test_options_that_contradict_each_other(wellfit: Command) -> None:
    Path("table.csv").write_text(GOOD)
    fit = ("fit", "table.csv", "--target", "y", "--out", "out")
    assert_refused(wellfit(*fit, "--drop", "y"), "'y'", "--drop")
    assert_refused(wellfit(*fit, "--weight", "y"), "'y'", "--weight")
    assert_refused(wellfit(*fit, "--drop", "x", "--drop", "color"), "left to learn from")
    assert_refused(wellfit(*fit, "--folds", "1"), "--folds")
    assert_refused(wellfit(*fit, "--seed", "-1"), "--seed")
    assert_refused(wellfit(*fit, "--jobs", "0"), "--jobs")
    assert_refused(wellfit("fit", "table.csv", "--out", "out"), "--target")
    assert_refused(wellfit("fit", "table.csv", "--target", "Y", "--out", "out"), "did you mean 'y'?")


def test_folders_where_files_belong(wellfit: Command) -> None:
    Path("table.csv").write_text(GOOD)
    Path("folder").mkdir()
    fit = ("fit", "table.csv", "--target", "y", "--out", "out")
    assert_refused(wellfit("fit", "folder", "--target", "y", "--out", "out"), "folder")
    assert_refused(wellfit(*fit, "--test", "folder"), "folder")
    assert_refused(wellfit(*fit, "--recipe", "folder"), "folder")
    assert_refused(wellfit("predict", "folder", "table.csv"), "folder")
    assert_refused(wellfit("recipe", "show", "folder"), "folder")


def test_other_files_in_the_folder_stay(wellfit: Command, quick: Path) -> None:
    Path("table.csv").write_text(GOOD)
    Path("kept").mkdir()
    Path("kept/result.json").write_text("mine")
    fit = ("fit", "table.csv", "--target", "y", "--out", "kept", "--recipe", quick)
    assert_refused(wellfit(*fit), "result.json", "--overwrite")
    Path("kept/result.json").rename("kept/mine.json")
    assert wellfit(*fit).code == 0
    assert Path("kept/mine.json").read_text() == "mine"


def test_test_tables_that_do_not_fit(wellfit: Command) -> None:
    Path("table.csv").write_text(GOOD)
    fit = ("fit", "table.csv", "--target", "y", "--out", "out", "--test", "other.csv")
    for content, words in (
        ("x,color\n1,red\n", ["'y'"]),
        ("x,y\n1,0\n", ["'color'"]),
        ("x,color,y\n1,red,2\n", ["2"]),
        ("x,color,y\n1,red,\n", ["missing"]),
    ):
        Path("other.csv").write_text(content)
        assert_refused(wellfit(*fit), *words)


def test_a_real_process_says_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("x,y\n1,2\n3\n")
    done = subprocess.run(
        [sys.executable, "-m", "wellfit", "fit", "table.csv", "--target", "y"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("wellfit: ") and done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.csv"]


@pytest.fixture
def model(wellfit: Command, quick: Path) -> Path:
    """A fitted model."""
    Path("table.csv").write_text(GOOD)
    assert wellfit("fit", "table.csv", "--target", "y", "--recipe", quick, "--out", "fitted", "--folds", 2).code == 0
    return Path("fitted/model.wellfit")


def test_tables_that_do_not_fit_the_model(wellfit: Command, model: Path) -> None:
    Path("less.csv").write_text("x\n1\n")
    assert_refused(wellfit("predict", model, "less.csv"), "'color'")
    Path("renamed.csv").write_text("X,Colour\n1,red\n")
    assert_refused(wellfit("predict", model, "renamed.csv"), "did you mean 'X' and 'Colour'?")
    assert_refused(wellfit("predict", model, "table.csv", "--out", "no/such/folder.csv"), "cannot be written")
    assert_refused(wellfit("predict", model, "table.csv", "--out", "said.xlsx"), ".parquet")
    assert_refused(wellfit("predict", model, "nothing.csv"), "nothing.csv")
    Path("header.csv").write_text("x,color\n")
    assert_refused(wellfit("predict", model, "header.csv"), "row")
    Path("new.csv").write_text("color,x,more\ngreen,,1\nred,2,2\n")  # an unseen category and a missing number are fine
    done = wellfit("predict", model, "new.csv")
    assert done.code == 0 and len(done.out.splitlines()) == 3


def test_model_files_that_are_not_models(wellfit: Command, model: Path) -> None:
    whole = model.read_bytes()
    for name, content in {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "pickle": b"cos\nsystem\n(S'touch owned'\ntR.",
        "table": GOOD.encode(),
        "flipped": whole[:20] + bytes([whole[20] ^ 255]) + whole[21:],
    }.items():
        Path(name).write_bytes(content)
        assert_refused(wellfit("predict", name, "table.csv"))
    assert not os.path.exists("owned")
    assert_refused(wellfit("predict", "nothing.wellfit", "table.csv"), "nothing.wellfit")
