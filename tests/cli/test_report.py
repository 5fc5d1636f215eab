"""The report of `wellfit fit`, and `wellfit report`: which files, when, and what an interrupt leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from wellfit.report.evidence import collect as measuring
from wellfit.search.time_shares import TimeShares

REPORTS = {"report.html", "report.md", "report.json", "report_data.json"}


@pytest.fixture
def fitted(wellfit: Command, people: Path, quick: Path) -> Path:
    """The folder of a bag with all forms of the report."""
    options = ("--target", "answer", "--drop", "income", "--recipe", quick, "--folds", 2, "--out", "one")
    done = wellfit("fit", people, *options, "--report", "html,md,json")
    assert done.code == 0, done.err
    assert "Writing the report." in done.out and "Report   one/report.html" in done.out
    return Path("one")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_bag_has_a_report_too_and_an_overwritten_one_goes(
    wellfit: Command, people: Path, quick: Path, fitted: Path
) -> None:
    assert names(fitted) >= REPORTS
    text = (fitted / "report.md").read_text()
    assert text.startswith("# Fit of answer in people.csv") and "What did the search try?" not in text
    assert "The diversity" not in text and "predictions of these candidates" not in text
    again = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--out", "one", "--overwrite")
    assert again.code == 0 and "Writing the report" not in again.out
    assert names(fitted) == {"model.wellfit", "result.json", "history.parquet", "probes.parquet"}


def test_rules_are_left_out_of_the_report(wellfit: Command, people: Path, quick: Path) -> None:
    given = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--out", "one")
    wrong = wellfit(*given, "--mute", "no-such-rule")
    assert wrong.code == 2 and "There is no rule 'no-such-rule'" in wrong.err and not Path("one").exists()
    done = wellfit(*given, "--report", "md", "--mute", "drift,leaking-columns", "--mute", "duplicate-rows")
    assert done.code == 0, done.err
    assert "Left out as asked: drift, leaking-columns, duplicate-rows." in (Path("one") / "report.md").read_text()
    assert "--mute drift,leaking-columns,duplicate-rows" in (Path("one") / "report.md").read_text()


def test_the_report_is_written_again(wellfit: Command, fitted: Path) -> None:
    whole = (fitted / "report.md").read_bytes()
    for name in ("report.html", "report.md", "report.json"):
        (fitted / name).unlink()
    done = wellfit("report", fitted, "--format", "md")
    assert done.code == 0 and done.out.split() == ["one/report.md"]
    assert (fitted / "report.md").read_bytes() == whole
    assert wellfit("report", fitted, "--out", "elsewhere").code == 0
    assert names(Path("elsewhere")) == {"report.html", "report.md", "report.json"}


def test_what_cannot_be_asked_for(wellfit: Command, people: Path, tmp_path: Path) -> None:
    wrong = wellfit("fit", people, "--target", "answer", "--report", "pdf")
    assert wrong.code == 2 and "--report takes html, md, json, with commas between, or none" in wrong.err
    assert not Path("wellfit-people").exists()
    nothing = wellfit("report", tmp_path)
    assert nothing.code == 2 and "holds no result" in nothing.err
    assert "--format takes" in wellfit("report", tmp_path, "--format", "none").err


def test_an_interrupt_leaves_the_results(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(measuring, "looked_at", interrupted)
    options = ("--target", "income", "--recipe", quick, "--folds", 2, "--report", "md")
    done = wellfit("fit", people, *options)
    folder = Path("wellfit-people")
    assert done.code == 130 and "wellfit report wellfit-people writes it" in done.out
    assert names(folder) == {"model.wellfit", "result.json", "history.parquet", "probes.parquet"}
    assert wellfit("report", folder, "--format", "md").code == 0  # from what is there
    assert "Not examined" in (folder / "report.md").read_text()


def test_without_time_parts_are_left_out_and_said(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TimeShares, "report_seconds", 0.0)
    options = ("--target", "answer", "--recipe", quick, "--folds", 2, "--report", "json")
    assert wellfit("fit", people, *options).code == 0
    evidence = json.loads(Path("wellfit-people/report_data.json").read_text())
    assert evidence["seconds"]["limit"] == 0 and "importance" not in evidence
    assert any("the time was too short" in words for words in evidence["left_out"])
