"""`wellfit recipe check`: findings with what to do, on a terminal of 80 columns; exit codes; muted rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    """300 rows with a copy of the target, a number of the row and a column with one value."""
    draws = np.random.default_rng(0)
    y = draws.normal(size=300)
    columns = {"id": np.arange(300), "area": draws.normal(size=300) * 500, "copy": y * 2 + 1, "same": np.ones(300)}
    path = tmp_path / "shops.csv"
    pl.DataFrame({**columns, "[red]sales": y}).write_csv(path)
    return path


def test_a_recipe_alone(wellfit: Command, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text("epochs = 32\n")
    found = wellfit("recipe", "check", "good.toml", "--fail-on", "hint")
    assert found.code == 0 and "Found: nothing." in found.out and "epochs: 32" in found.out
    assert "Not judged (No table was given): " in found.out
    (tmp_path / "bad.toml").write_text('initialization = "zero"\n')
    found = wellfit("recipe", "check", "bad.toml")
    assert found.code == 0 and "1 problem" in found.out and "initialization = auto" in found.out
    assert wellfit("recipe", "check", "bad.toml", "--fail-on", "problem").code == 1
    muted = wellfit("recipe", "check", "bad.toml", "--fail-on", "problem", "--mute", "recipe-unusual")
    assert muted.code == 0 and "Muted: recipe-unusual." in muted.out


def test_a_recipe_with_a_table_fits_a_terminal_of_80_columns(
    wellfit: Command, shops: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "raw.toml").write_text('scaling = "none"\n')
    arguments = ("recipe", "check", "raw.toml", "--table", shops, "--target", "[red]sales")
    found = wellfit(*arguments, "--fail-on", "problem")
    assert found.code == 1 and "2 problems" in found.out and "predicting [red]sales" in found.out
    for word in ("leaking-columns", "Leave out 'copy'", "unscaled-inputs", "scaling = robust", "constant-columns"):
        assert word in " ".join(found.out.split())
    table = found.out.split("Found:")[1].split("Not judged")[0]
    assert max(map(len, table.splitlines())) <= 80
    dropped = wellfit(*arguments, "--drop", "copy", "--mute", "unscaled-inputs", "--fail-on", "problem")
    assert dropped.code == 0 and "leaking-columns" in dropped.out
    for mute in (
        ("--mute", "leaking-columns, unscaled-inputs"),
        ("--mute", "leaking-columns", "--mute", "unscaled-inputs"),
    ):
        assert "Muted: leaking-columns, unscaled-inputs." in wellfit(*arguments, *mute).out


def test_rows_to_predict_are_compared(wellfit: Command, shops: Path, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text("epochs = 32\n")
    moved = pl.read_csv(shops).with_columns(pl.col("area") + 5000)
    moved.drop("[red]sales").write_csv(tmp_path / "later.csv")  # rows to predict: nobody knows their target
    given = ("--table", shops, "--target", "[red]sales", "--test", "later.csv", "--drop", "copy")
    found = wellfit("recipe", "check", "good.toml", *given)
    line = next(line for line in found.out.splitlines() if line.rstrip().endswith(" drift"))
    assert line.startswith("problem") and "'area'" in found.out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--table", "shops.csv"), "--table and --target belong together"),
        (("--test", "shops.csv"), "--test and --drop are about a table"),
        (("--fail-on", "everything"), "--fail-on takes problem, warning, hint"),
        (("--mute", "dead-columns"), "There is no rule 'dead-columns'"),
        (("--table", "shops.csv", "--target", "prize"), "has no column 'prize'"),
    ],
)
def test_what_cannot_be_done_is_refused(
    wellfit: Command, shops: Path, tmp_path: Path, arguments: tuple[str, ...], word: str
) -> None:
    (tmp_path / "good.toml").write_text("epochs = 32\n")
    found = wellfit("recipe", "check", "good.toml", *arguments)
    assert found.code == 2 and word in found.err
