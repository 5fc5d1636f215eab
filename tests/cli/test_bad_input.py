"""Whatever is wrong with what is given: one sentence, exit code 2, nothing half-written."""

from __future__ import annotations

import gzip
import os
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
        ("x,y\n" + "1,7\n2,7\n" * 30, ["only 1 class"]),
        (GOOD.replace("x,color,y", "x,x,y"), ["'x'"]),
        ("y\n" + "0\n1\n" * 30, ["target"]),
    ],
    ids=["empty", "header", "short line", "long line", "binary", "truncated gzip", "no target", "target ?", "infinite",
         "one class", "twice", "target only"],
)  # fmt: skip
def test_tables_that_cannot_be_used(wellfit: Command, content: str | bytes, words: list[str]) -> None:
    refused_table(wellfit, content, *words)


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
    assert_refused(wellfit(*fit, "y", "--weight", "color"), "text")
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
    columns = {f"c{k}": np.arange(30) * 0.5 + k for k in range(20_001)}
    pl.DataFrame({**columns, "y": np.arange(30) % 2}).write_parquet("wide.parquet")
    assert_refused(wellfit("fit", "wide.parquet", "--target", "y", "--out", "out"), "20,000")


@pytest.fixture
def model(wellfit: Command, quick: Path) -> Path:
    """A fitted model."""
    Path("table.csv").write_text(GOOD)
    assert wellfit("fit", "table.csv", "--target", "y", "--recipe", quick, "--out", "fitted", "--folds", 2).code == 0
    return Path("fitted/model.wellfit")


def test_tables_that_do_not_fit_the_model(wellfit: Command, model: Path) -> None:
    Path("less.csv").write_text("x\n1\n")
    assert_refused(wellfit("predict", model, "less.csv"), "'color'")
    Path("text.csv").write_text("x,color\nmany,red\n")
    assert_refused(wellfit("predict", model, "text.csv"), "'x'", "many")
    Path("infinite.csv").write_text("x,color\ninf,red\n")
    assert_refused(wellfit("predict", model, "infinite.csv"), "infinity", "row 1")
    assert_refused(wellfit("predict", model, "table.csv", "--out", "no/such/folder.csv"), "cannot be written")
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
