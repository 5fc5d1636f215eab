"""`wellfit doctor`: what it shows and writes, its exit codes, and the command that uses the healed recipe."""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command
from wellfit.cli.doctor_screen import shown_difference
from wellfit.cli.row_lists import with_earlier
from wellfit.diagnosis.base.finding import TableChange
from wellfit.diagnosis.doctor import Diagnosis
from wellfit.diagnosis.examination import every_rule

SICK = 'hidden = [16, 16]\nactivation = "identity"\nepochs = 20\nbatch_size = 32\n'
SMALL = ("--folds", "4", "--seeds", "1", "--patches", "2", "--jobs", "1", "--out", "out")


@pytest.fixture
def doctor(wellfit: Command, tmp_path: Path) -> Any:
    """Run `wellfit doctor` on a table of 300 rows with a linear recipe, with further options."""
    X = np.random.default_rng(0).normal(size=(300, 3))
    kind = np.where(X[:, 0] * X[:, 1] > 0, "yes", "no")
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "kind": kind}).write_csv(tmp_path / "xor.csv")
    (tmp_path / "sick.toml").write_text(SICK)
    muted = ",".join(code for code in every_rule() if code != "linear-network")
    mute = ("--mute", muted) if muted else ()

    def call(*more: object) -> Any:
        return wellfit("doctor", "xor.csv", "--target", "kind", "--recipe", "sick.toml", *SMALL, *mute, *more)

    return call


def test_it_finds_heals_and_ends_with_a_command_that_runs(doctor: Any, wellfit: Command, tmp_path: Path) -> None:
    outcome = doctor("--fail-on", "problem")
    assert outcome.code == 1, outcome.err
    said = " ".join(outcome.out.split())
    assert "PROBLEM Hidden layers are linear (linear-network)" in said and "To try: Use ReLU." in said
    assert "Not applicable:" in said and "95 % interval" in said and "->" in said and "Repeat wellfit doctor" in said
    found = Diagnosis.load(tmp_path / "out")
    assert found.healed is not None and found.repeat.startswith("wellfit doctor xor.csv --recipe sick.toml")
    assert (tmp_path / "out" / "changes.svg").read_text().startswith("<svg")
    json.loads((tmp_path / "out" / "diagnosis.json").read_text(), parse_constant=pytest.fail)
    (line,) = [line for line in outcome.out.splitlines() if line.startswith("Use it")]
    words = shlex.split(line.removeprefix("Use it"))
    assert words[:2] == ["wellfit", "fit"] and "out/healed.toml" in words
    assert wellfit(*words[1:], "--folds", "2", "--out", "fitted").code == 0
    assert json.loads((tmp_path / "fitted" / "result.json").read_text())["recipe"] == found.healed.to_dict()
    again = doctor()
    assert again.code == 2 and "already holds diagnosis.json" in again.err


def test_without_a_trial_it_only_examines_and_exits_with_0(doctor: Any, tmp_path: Path) -> None:
    outcome = doctor("--no-trial", "--report", "none")
    assert not list((tmp_path / "out").glob("report.*")) and "Report" not in outcome.out
    assert outcome.code == 0 and "Tried" not in outcome.out and "Use it" not in outcome.out
    assert not (tmp_path / "out" / "healed.toml").exists() and not (tmp_path / "out" / "unfinished-diagnosis").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--fail-on", "grave"), "--fail-on takes problem, warning, hint; got 'grave'"),
        (("--mute", "dead-unit"), "There is no rule 'dead-unit'"),
        (("--recipe", "nowhere.toml"), "nowhere.toml"),
        (("--result", "nowhere"), "--recipe and --result both say which recipe"),
        (("--target", "<b>"), "<b>"),
        (("--time", "soon"), "soon"),
        (("--later", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(doctor: Any, tmp_path: Path, more: tuple[str, ...], said: str) -> None:
    outcome = doctor(*more)
    assert outcome.code == 2 and said in " ".join(outcome.err.split()), outcome.err
    assert not (tmp_path / "out").exists()


def test_without_table_and_result_it_says_what_is_missing(wellfit: Command) -> None:
    outcome = wellfit("doctor")
    assert outcome.code == 2 and "Name a table" in outcome.err


def test_a_result_names_recipe_table_and_target(doctor: Any, wellfit: Command, tmp_path: Path) -> None:
    fitted = wellfit("fit", "xor.csv", "--target", "kind", "--recipe", "sick.toml", "--folds", "2", "--out", "fitted")
    assert fitted.code == 0, fitted.err
    outcome = wellfit("doctor", "--result", "fitted", "--folds", "2", "--seeds", "1", "--no-trial", "--out", "out")
    assert outcome.code == 0, outcome.err
    assert Diagnosis.load(tmp_path / "out").recipe.activations()[0].name == "identity"  # type: ignore[union-attr]
    assert "linear-network" in outcome.out


def test_rows_are_left_out_and_kept_together_as_by_the_fit(doctor: Any, wellfit: Command, tmp_path: Path) -> None:
    pl.DataFrame({"row": range(60)}).write_csv(tmp_path / "out.csv")
    pl.DataFrame({"row": [70, 80], "group": [0, 0]}).write_csv(tmp_path / "together.csv")
    lists = ("--leave-out", "out.csv", "--keep-together", "together.csv")
    fit = ("fit", "xor.csv", "--target", "kind", "--recipe", "sick.toml", "--folds", "2", "--out", "fitted", *lists)
    assert wellfit(*fit).code == 0
    more = ("--folds", "2", "--seeds", "1", "--no-trial", "--out", "out")
    outcome = wellfit("doctor", "--result", "fitted", *more)
    assert outcome.code == 0 and "60 rows of out.csv neither train nor validate" in outcome.out, outcome.err
    repeat = shlex.split(Diagnosis.load(tmp_path / "out").repeat)
    assert "out.csv" in repeat and "together.csv" in repeat and wellfit(*repeat[1:], "--overwrite").code == 0
    anew = wellfit("doctor", "--result", "fitted", "--leave-out", "nowhere.csv", *more, "--overwrite")
    assert anew.code == 2 and "nowhere.csv" in anew.err
    healed = doctor(*lists, "--overwrite")
    (line,) = [line for line in healed.out.splitlines() if line.startswith("Use it")]
    assert "--leave-out out.csv --keep-together together.csv" in line


def test_rows_named_before_stay_in_the_files_of_an_advised_change(tmp_path: Path) -> None:
    out, together = tmp_path / "out.csv", tmp_path / "together.csv"
    pl.DataFrame({"row": [5, 1]}).write_csv(out)
    pl.DataFrame({"row": [1, 2, 7, 8], "group": [0, 0, 1, 1]}).write_csv(together)
    change = TableChange(drop_rows=(3, 5), keep_together=((2, 4), (9, 6)))
    found = with_earlier(change, out, together)
    assert found.drop_rows == (1, 3, 5) and found.keep_together == ((1, 2, 4), (6, 9), (7, 8))
    assert with_earlier(TableChange(), out, together) == TableChange()


def test_a_table_is_read_and_split_as_by_the_fit_unless_that_is_given_anew(wellfit: Command, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    a, who = random.normal(size=240), np.repeat(np.arange(120), 2)
    y = np.where(a + 0.3 * random.normal(size=240) > 0, "yes", "no")
    frame = pl.DataFrame({"a": a, "leak": (y == "yes") + 0.01 * a, "who": who, "w": np.ones(240), "c": a[::-1], "y": y})
    frame.write_csv(tmp_path / "t.csv", separator=";")
    (tmp_path / "small.toml").write_text("hidden = [4]\nepochs = 3\n")
    fit = ("--target", "y", "--drop", "leak", "--group", "who", "--weight", "w", "--recipe", "small.toml")
    fitted = wellfit("fit", "t.csv", *fit, "--kind", "a=number", "--missing", "none", "--folds", "2", "--out", "fitted")
    assert fitted.code == 0, fitted.err
    more = ("--folds", "2", "--seeds", "1", "--no-trial", "--overwrite", "--out", "out")
    outcome = wellfit("doctor", "t.csv", "--result", "fitted", *more)
    assert outcome.code == 0, outcome.err
    found = Diagnosis.load(tmp_path / "out")
    assert "leaking-columns" not in [one.code for one in found.examination.findings]
    assert "leaking-columns" in [one.code for one in found.examination.fine]
    repeat = shlex.split(found.repeat)
    for option, value in (("drop", "leak"), ("group", "who"), ("weight", "w"), ("kind", "a=number")):
        assert repeat[repeat.index(f"--{option}") + 1] == value
    wrong = wellfit("doctor", "--result", "fitted", "--weight", "a", *more)
    assert wrong.code == 2 and "weight" in wrong.err.lower(), "negative ones are those given anew"
    anew = wellfit("doctor", "--result", "fitted", "--drop", "c", *more)
    assert anew.code == 0, anew.err
    assert "leaking-columns" in [one.code for one in Diagnosis.load(tmp_path / "out").examination.findings]


def test_rules_are_left_out_by_repeated_options_and_by_commas(doctor: Any, tmp_path: Path) -> None:
    """The fixture leaves out all but one by commas; that one is left out beside them."""
    outcome = doctor("--no-trial", "--mute", "linear-network")
    assert outcome.code == 0, outcome.err
    assert set(Diagnosis.load(tmp_path / "out").examination.muted) == set(every_rule())


def test_rows_of_an_advised_change_are_files_that_fit_takes(wellfit: Command, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    X = np.tile(random.normal(size=(60, 3)), (4, 1)) + 1e-4 * random.normal(size=(240, 3))
    y = np.tile(random.choice(["u", "v"], 60), 4)  # that can only be learned by heart
    frame = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y})
    blank = pl.DataFrame({"a": [0.0], "b": [1.0], "c": [2.0], "y": [None]}, schema=frame.schema)
    pl.concat([blank, frame]).write_csv(tmp_path / "twice.csv")  # its first row is not read
    (tmp_path / "heart.toml").write_text("hidden = [64]\nepochs = 60\ndropout = 0.0\nweight_decay = 0.0\n")
    muted = ",".join(code for code in every_rule() if code != "duplicate-rows")
    given = ("--target", "y", "--skip-unknown-targets", "--recipe", "heart.toml", *SMALL, "--mute", muted)
    outcome = wellfit("doctor", "twice.csv", *given)
    assert outcome.code == 0, outcome.err
    groups = pl.read_csv(tmp_path / "out" / "keep-together.csv")
    of = groups.group_by("group").agg(case=((pl.col("row") - 1) % 60).n_unique(), rows=pl.len())
    assert of.height >= 60 and of["case"].max() == 1 and of["rows"].min() >= 2, "rows are those of the file"  # type: ignore[operator]
    (line,) = [line for line in outcome.out.splitlines() if line.startswith("Use it")]
    words = shlex.split(line.removeprefix("Use it"))
    assert "--keep-together" in words and f"{of.height} groups of rows" in outcome.out
    fitted = wellfit(*words[1:], "--folds", "2", "--report", "none", "--out", "fitted")
    assert fitted.code == 0, fitted.err
    options = json.loads((tmp_path / "fitted" / "result.json").read_text())["options"]
    assert options["keep_together"] == "out/keep-together.csv"


def test_a_difference_to_what_diverged_is_no_number() -> None:
    row = {"difference": -math.inf, "difference_low": None, "difference_high": None, "diverged": 0}
    assert shown_difference(row) == ("", "the reference diverged")
    assert shown_difference({**row, "difference": None, "diverged": 3}) == ("", "3 diverged")
