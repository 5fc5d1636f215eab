"""What people see: columns, progress, scores, help and recipes."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tests.cli.conftest import Command
from wellfit.cli import options, run
from wellfit.cli.app import METRICS as METRICS_IN_HELP
from wellfit.cli.job import table_name
from wellfit.cli.recipes import describe_recipes
from wellfit.cli.results import show_scores
from wellfit.cli.screen import clock, counted, describe_target, show_columns
from wellfit.recipe import Recipe
from wellfit.statistics.comparison import Difference, Predictions, compare
from wellfit.statistics.intervals import Estimate, effective_size
from wellfit.statistics.metrics import METRICS
from wellfit.statistics.result import Comparison
from wellfit.tables.arrays import Target


def shown(terminal: bool, width: int = 80) -> Console:
    return Console(force_terminal=terminal, width=width, file=io.StringIO(), highlight=False, markup=False)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.file.getvalue())


def test_a_table_cannot_command_the_terminal() -> None:
    row = {"column": "a\x1b[2Jb", "kind": "category", "distinct": 2, "missing": 0, "example": "[red]x\x07", "note": ""}
    console = shown(terminal=False)
    show_columns(console, [row])
    assert "\x1b[2J" not in console.file.getvalue() and "\x07" not in console.file.getvalue()  # type: ignore[attr-defined]
    assert "a?[2Jb" in text_of(console) and "[red]x?" in text_of(console)


def test_wide_tables_are_cut_and_columns_left_out_are_named_by_reason() -> None:
    blank = {"distinct": 2, "missing": 0, "example": "", "note": ""}
    used = [{"column": f"c{k}", "kind": "number", **blank} for k in range(45)]
    dropped = {**blank, "kind": "dropped", "note": "left out, as asked"}
    left = [{"column": name, **dropped} for name in ("id", "date")]
    console = shown(terminal=False)
    show_columns(console, [*used, *left])
    assert "... and 5 more" in text_of(console)
    assert "id, date: left out, as asked." in text_of(console)


def test_targets_in_words() -> None:
    target = Target("binary", np.array([[0], [0], [0], [1]], np.float32), ("no", "yes"))
    assert describe_target(target) == "2 classes: no 75.0%, yes 25.0%"
    many = Target("classes", np.arange(8, dtype=np.float32)[:, None], tuple("abcdefgh"))
    assert describe_target(many).endswith("f 12.5% and 2 more")
    assert describe_target(Target("numbers", np.array([[1], [3]], np.float32))).startswith("1 to 3, mean 2")


@pytest.mark.parametrize(
    ("value", "interval", "words"),
    [
        (0.02, (0.01, 0.03), "do better than the best baseline (linear): error rate lower by 2 points"),
        (0.02, (0.01, 0.03), "95 % interval 1 to 3"),
        (-0.02, (-0.03, -0.01), "do worse than the best baseline (linear): error rate higher by 2 points"),
        (-0.02, (-0.03, -0.01), "95 % interval 1 to 3"),
        (0.02, (-0.01, 0.05), "Not distinguishable"),
        (0.0, (-0.01, 0.05), "error rate the same"),
    ],
)
def test_the_conclusion_says_better_worse_or_neither(value: float, interval: tuple[float, float], words: str) -> None:
    assert words in Difference("linear", "error", Estimate(value, *interval)).conclusion


def test_the_conclusion_gives_the_direction_of_the_score() -> None:
    up = Difference("linear", "r2", Estimate(0.02, 0.01, 0.03)).conclusion
    assert (
        up == "The networks do better than the best baseline (linear): R2 higher by 0.02, 95 % interval 0.01 to 0.03."
    )
    assert "RMSE lower by 0.02" in Difference("linear", "rmse", Estimate(0.02, 0.01, 0.03)).conclusion
    assert "accuracy lower by 2 points" in Difference("linear", "accuracy", Estimate(-0.02, -0.03, -0.01)).conclusion


@pytest.mark.parametrize("metric", [None, "auc"])
def test_the_scores_fit_into_80_columns_and_say_what_is_missing(metric: str | None) -> None:
    rng = np.random.default_rng(0)
    target = Target("binary", np.zeros((30, 1), np.float32), ("no", "yes"))
    names = ("ensemble of 13 networks", "constant", "linear", "1-nearest-neighbour")
    said = [Predictions(name, np.tile([0.7, 0.3], (30, 1)), labels_only=name[0] == "1") for name in names]
    weight = rng.exponential(size=30) ** 3
    lines, difference = compare(target, said, weight, metric=metric)
    comparison = Comparison("test", 30, effective_size(weight), tuple(lines), difference)
    console = shown(True)
    show_scores(console, comparison)
    text = text_of(console)
    assert all(len(line.rstrip()) <= 80 for line in text.splitlines()) and "…" not in text
    assert f"as much as {effective_size(weight):.1f} equal ones" in text
    if metric == "auc":
        assert "AUC: cannot be measured: no row of class yes." in text and difference is None
        assert "Higher is better: AUC. Lower is better: error rate, log-loss." in text
    else:
        assert "0.00%" in text and "0.00% to 0.00%" not in text


def test_narrow_screens_break_names_and_cut_nothing() -> None:
    blank = {"distinct": 1234567, "missing": 12, "example": "of some length", "note": "read with a decimal comma"}
    console = shown(terminal=True, width=48)
    show_columns(console, [{"column": "a_long_name_of_thirty_letters_", "kind": "number", **blank}])
    lines = text_of(console).splitlines()
    assert max(map(len, lines)) <= 48 and "…" not in text_of(console)
    assert "1,234,567" in text_of(console) and "".join(line[:9].strip() for line in lines[2:]).startswith("a_long")


def test_the_metrics_in_help_are_those_there_are() -> None:
    table = [line.split("  ", 2) for line in METRICS_IN_HELP.replace(",\n            ", ", ").splitlines()[2:]]
    listed = {kind.strip(): names.strip() for _, kind, names in table}
    kinds = {"classes": "classes", "labels": "labels", "numbers": "numbers", "counts": "counts"}
    assert listed == {name: ", ".join(METRICS[kind]) for name, kind in kinds.items()}  # type: ignore[index]
    assert METRICS["binary"] == METRICS["classes"]
    assert set(options.METRICS) == {name for names in METRICS.values() for name in names}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("wellfit ev", ["evaluate"]),
        ("wellfit recipe sh", ["show"]),
        ("wellfit fit t.csv --met", ["--metric"]),
        ("wellfit fit t.csv --metric m", ["mae", "median_absolute_error"]),
    ],
)
def test_the_shell_completes(
    words: str, found: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_WELLFIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    with pytest.raises(SystemExit) as ended:
        run([])
    assert ended.value.code == 0 and capsys.readouterr().out.split() == found


def test_numbers_agree_with_their_nouns() -> None:
    assert [counted(n, "row") for n in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert counted(2, "category", "categories") == "2 categories"


def test_names_and_times() -> None:
    assert table_name("some/where/adult.csv.gz") == "adult" and table_name("v1.2.parquet") == "v1.2"
    assert table_name(".csv") == ".csv" and table_name("plain") == "plain"
    assert [clock(seconds) for seconds in (8.4, 185, 7320)] == ["8s", "3m 05s", "2h 02m"]


def test_the_described_defaults_are_the_default_recipe() -> None:
    slots = "\n".join(line for line in describe_recipes().splitlines() if re.match(r"[a-z_0-9]+ = ", line))
    assert Recipe(**tomllib.loads(slots)) == Recipe()
    assert set(tomllib.loads(slots)) == set(Recipe.model_fields)


def test_the_recipe_commands(wellfit: Command, quick: Path, tmp_path: Path) -> None:
    shown_recipe = wellfit("recipe", "show")
    assert shown_recipe.code == 0 and "[optimizer]" in shown_recipe.out
    (tmp_path / "own.toml").write_text(shown_recipe.out)
    assert "It is the default recipe." in wellfit("recipe", "check", tmp_path / "own.toml").out
    assert f"epochs: 3 (default: {Recipe().epochs})" in wellfit("recipe", "check", quick).out
    assert Recipe.from_toml(wellfit("recipe", "show", quick).out).epochs == 3
    described = wellfit("recipe", "schema").out
    assert "nesterov" in described and "above 0" in described
    assert "properties" in json.loads(wellfit("recipe", "schema", "--json").out)


def test_help_fits_80_columns(wellfit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for command in (
        (),
        ("fit",),
        ("predict",),
        ("evaluate",),
        ("info",),
        ("recipe",),
        ("recipe", "show"),
        ("recipe", "check"),
    ):
        done = wellfit(*command, "--help")
        assert done.code == 0 and done.out.startswith("Usage: wellfit")
        assert max(map(len, done.out.splitlines())) <= 80
    assert "wellfit fit snails.csv --target rings" in wellfit("fit", "--help").out
    assert wellfit().out.startswith("Usage: wellfit") and wellfit().code == 0


def test_the_command_is_installed() -> None:
    program = Path(sys.executable).with_name("wellfit")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0 and re.fullmatch(r"wellfit \d+\.\d+.*\n", done.stdout)
    wrong = subprocess.run([sys.executable, "-m", "wellfit", "fit"], capture_output=True, text=True)
    assert wrong.returncode == 2 and wrong.stderr == "wellfit: Missing argument 'TABLE' (see: wellfit fit --help)\n"
