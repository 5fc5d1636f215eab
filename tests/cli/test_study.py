"""`wellfit study`: what it refuses before any work, what an interruption leaves, and what it says of repeating."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from wellfit.cli.study import common_options
from wellfit.cli.study_options import choices_of, signature_of
from wellfit.cli.study_progress import time_in_all
from wellfit.studies import Study
from wellfit.studies.base import rounds
from wellfit.studies.catalog import CATALOG, entry_of

SIZES = ("--widths", "2", "--folds", "2", "--out", "out")


@pytest.fixture
def study(wellfit: Command, people: Path, quick: Path) -> Any:
    """Run a small `wellfit study capacity` on the people, with further options."""

    def call(*more: object) -> Any:
        return wellfit(
            "study", "capacity", people, "--target", "answer", "--drop", "income", "--recipe", quick, *SIZES, *more
        )

    return call


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--recipe", "nowhere.toml"), "nowhere.toml"),
        (("--figure", "answer.pdf"), "ends in .svg, .png, .html, .json; got 'answer.pdf'"),
        (("--figure", "no/such/folder.svg"), "cannot be written"),
        (("--target", "<script>"), "<script>"),
        (("--metric", "rmse"), "For a target of kind 'binary' the metrics are"),
        (("--margin", "inf"), "margin is a finite difference above 0; got inf"),
        (("--widths", "2,x"), "--widths takes whole numbers with commas between"),
        (("--time", "soon"), "soon"),
        (("--report", "pdf"), "--report takes html, md, json, with commas between, or none; got 'pdf'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_leaves_nothing(
    study: Any, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    outcome = study(*more)
    assert outcome.code == 2 and said in " ".join(outcome.err.split()), outcome.err
    assert not (tmp_path / "out").exists()


def test_an_interrupted_study_keeps_its_answer_and_goes_on(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, calls = rounds.train_run, [0]

    def interrupted_in_the_second_round(run: Any, *rest: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            run.interrupted = True
        else:
            whole(run, *rest)

    monkeypatch.setattr(rounds, "train_run", interrupted_in_the_second_round)
    first = study("--seeds", "2")
    assert first.code == 130 and "Ctrl-C ended the study after 1 of 2 rounds" in first.out, first.out + first.err
    assert "--resume" in first.out
    again = study("--seeds", "2")
    assert again.code == 2 and "holds an interrupted study" in again.err
    monkeypatch.setattr(rounds, "train_run", whole)
    wrong = study("--seeds", "2", "--overwrite", "--target", "nothing")
    assert wrong.code == 2 and (tmp_path / "out" / "unfinished-study").is_dir(), "nothing is lost by a slip"
    assert study("--seeds", "2", "--resume").code == 0
    resumed = Study.load(tmp_path / "out").details["networks"]
    assert resumed["seed"].unique().sort().to_list() == [0, 1]
    assert not (tmp_path / "out" / "unfinished-study").exists()
    none = study("--seeds", "2", "--resume")
    assert none.code == 2 and "none to resume" in none.err
    anew = study("--seeds", "2", "--overwrite", "--resume")
    assert anew.code == 0 and "no interrupted study" in anew.out
    assert Study.load(tmp_path / "out").details["networks"].drop("seconds").equals(resumed.drop("seconds"))
    repeat = json.loads((tmp_path / "out" / "study.json").read_text())["repeat"]
    assert "--widths 2" in repeat and "--seed 0" in repeat and "--overwrite" not in repeat


def test_a_table_whose_name_begins_like_an_option_is_named_so_that_it_is_none(
    wellfit: Command, people: Path, quick: Path
) -> None:
    people.rename("-x.csv")
    common = ("--target", "answer", "--recipe", quick, "--folds", "2", "--report", "none")
    study = wellfit("study", "capacity", "./-x.csv", *common, "--widths", "2", "--seeds", "1", "--out", "s")
    assert study.code == 0 and "Repeat   wellfit study capacity ./-x.csv" in study.out, study.err
    done = wellfit("study", "capacity", *common, "--widths", "2", "--seeds", "1", "--out", "s2", "--", "-x.csv")
    assert done.code == 0 and "Repeat   wellfit study capacity ./-x.csv" in done.out, done.err


def test_an_option_that_takes_several_may_be_repeated(study: Any, tmp_path: Path) -> None:
    outcome = study("--widths", "3,4")
    assert outcome.code == 0, outcome.err
    assert "--widths 2,3,4" in json.loads((tmp_path / "out" / "study.json").read_text())["repeat"]
    assert {2, 3, 4} <= set(Study.load(tmp_path / "out").table["width"])


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.name)
def test_the_command_trains_as_many_seeds_as_the_function(entry: Any) -> None:
    parameters = signature_of(entry).parameters
    defaults = {name: None if one.default is one.empty else one.default for name, one in parameters.items()}
    assert choices_of(entry, defaults).others["seeds"] == (8 if entry is entry_of("range-test") else 3)


def test_the_report_is_written_in_the_forms_that_are_asked_for(study: Any, wellfit: Command, tmp_path: Path) -> None:
    reports = ("report.html", "report.md", "report.json")

    def written() -> list[str]:
        return [name for name in reports if (tmp_path / "out" / name).exists()]

    done = study("--report", "md")
    assert done.code == 0 and written() == ["report.md"] and "Report   out/report.md" in done.out
    assert "--report" not in done.out.split("Repeat")[1]
    without = study("--report", "none", "--overwrite")
    assert without.code == 0 and written() == [] and "Report" not in without.out
    assert wellfit("report", "out", "--format", "json").code == 0 and written() == ["report.json"]


def test_the_report_is_part_of_the_time() -> None:
    given = {"budget": None, "jobs": 1, "time": "100s", "report": "html"}
    left = [
        common_options({**given, "report": form}, Path("saved"), time.monotonic())["time"].total_seconds()
        for form in ("html", "none")
    ]
    assert round(left[1]) == 100 and round(left[0]) == 95


@pytest.mark.parametrize(
    ("seconds", "compiling", "limit", "said"),
    [
        (20.0, 0.0, None, "20s."),
        (16.0, 0.0, "15s", "16s."),
        (22.0, 0.0, "15s", "22s, beyond the limit of 15s: a first round is trained to its end, however long it takes."),
        (40.0, 26.0, "15s", "40s, of it 26s of compiling, once for this machine and version, which does not count."),
    ],
)
def test_a_limit_that_was_not_kept_is_explained(seconds: float, compiling: float, limit: str | None, said: str) -> None:
    assert time_in_all(seconds, limit, compiling) == f"Time in all: {said}"
