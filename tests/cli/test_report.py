"""The report of `wellfit fit`, and `wellfit report`: which files, when, and what an interrupt leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import Command
from wellfit import Model
from wellfit.diagnosis.examination import NO_TIME
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
    text = (folder / "report.md").read_text()
    assert "Not examined" in text and "The command of this fit" in text
    assert evidence_of(folder)["command"].startswith(f"wellfit fit {people} --target income ")


@pytest.fixture
def without_time(wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a fit whose report had no time."""
    with monkeypatch.context() as patch:
        patch.setattr(TimeShares, "report_seconds", 0.0)
        options = ("--target", "answer", "--recipe", quick, "--folds", 2, "--report", "md,json")
        assert wellfit("fit", people, *options).code == 0
    return Path("wellfit-people")


def evidence_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report_data.json").read_text())
    return found


def test_without_time_parts_are_left_out_and_said(without_time: Path) -> None:
    evidence = evidence_of(without_time)
    assert evidence["seconds"]["limit"] == 0 and "importance" not in evidence
    assert set(evidence["left_out"].values()) == {"The time for the report was over."}
    text = (without_time / "report.md").read_text()
    words = "The importance of columns was not examined. The time for the report was over. This command adds it:"
    assert words in text and text.count("wellfit report wellfit-people\n") >= 2


def test_what_there_was_no_time_for_is_measured_later(
    wellfit: Command, people: Path, quick: Path, without_time: Path
) -> None:
    done = wellfit("report", without_time, "--format", "md")
    assert done.code == 0 and "Measuring the model on 30 test rows." in done.err
    evidence = evidence_of(without_time)
    options = ("--target", "answer", "--recipe", quick, "--folds", 2, "--report", "json", "--out", "whole")
    assert wellfit("fit", people, *options).code == 0
    whole = evidence_of(Path("whole"))
    for name in ("predictions", "worst", "importance", "dependence"):
        assert evidence[name] == whole[name], name
    codes = {
        name: {one["code"] for part in ("fine", "findings") for one in found["examination"][part]}
        for name, found in (("again", evidence), ("at once", whole))
    }
    assert "drift" in codes["again"] and codes["again"] <= codes["at once"] and evidence["left_out"] == {}
    again = wellfit("report", without_time, "--format", "md")
    assert again.code == 0 and again.err == ""


def test_a_table_that_changed_is_not_measured(wellfit: Command, people: Path, without_time: Path) -> None:
    lines = people.read_text().splitlines()
    people.write_text("\n".join(lines[:-1]) + "\n")
    done = wellfit("report", without_time, "--format", "md")
    assert done.code == 0 and "has other rows or columns than the fit read" in done.err
    once = (without_time / "report.md").read_text()
    assert "The test rows cannot be read again" in once
    assert wellfit("report", without_time, "--format", "md").code == 0  # says it no second time
    assert (without_time / "report.md").read_text() == once
    people.write_text("\n".join(lines) + "\n")
    assert "Measuring" in wellfit("report", without_time, "--format", "md").err


def test_what_came_through_a_pipe_is_not_waited_for(wellfit: Command, without_time: Path) -> None:
    plain = json.loads((without_time / "result.json").read_text())
    plain["options"]["table"] = "/dev/null"  # as a pipe no file, but reading it ends
    (without_time / "result.json").write_text(json.dumps(plain))
    done = wellfit("report", without_time, "--format", "md")
    assert done.code == 0 and "'/dev/null' is no file that is there a second time" in done.err


def test_rules_that_there_was_no_time_for_run_later(wellfit: Command, fitted: Path) -> None:
    evidence = evidence_of(fitted)
    examination = evidence["examination"]
    known = next(one for one in (*examination["fine"], *examination["findings"]) if one["code"] == "drift")
    late = {**known, "status": "not applicable", "sentence": NO_TIME}
    for part in ("fine", "findings"):
        examination[part] = [one for one in examination[part] if one["code"] != "drift"]
    examination["not_applicable"].append(late)
    (fitted / "report_data.json").write_text(json.dumps(evidence))
    assert wellfit("report", fitted, "--format", "md").code == 0
    said = evidence_of(fitted)["examination"]
    assert [one["evidence"] for one in (*said["fine"], *said["findings"]) if one["code"] == "drift"] == [
        known["evidence"]
    ]


def test_several_targets_are_looked_at_one_by_one(wellfit: Command, people: Path, quick: Path) -> None:
    options = ("--target", "answer", "--target", "income", "--recipe", quick, "--folds", 2, "--report", "md,json")
    assert wellfit("fit", people, *options).code == 0
    folder = Path("wellfit-people")
    evidence = evidence_of(folder)
    assert [one["name"] for one in evidence["targets"]] == ["answer", "income"]
    for one in evidence["targets"]:
        assert {"predictions", "worst", "importance", "dependence"} <= set(one) and one["left_out"] == {}
    model, table = Model.load(folder / "model.wellfit"), pl.read_csv(people)
    worst = evidence["targets"][1]["worst"][0]
    row = table[[worst["row"] - 1]]
    shown = float(worst["predicted"].replace(",", ""))
    assert shown == pytest.approx(float(model.task("income").predict(row)[0]), rel=1e-4)
    text = (folder / "report.md").read_text()
    assert text.count("### Target answer") == 2 and text.count("### Target income") == 2
    names = [block["name"] for block in figures_of(json.loads((folder / "report.json").read_text())["sections"])]
    assert len(names) == len(set(names)) and "income-importance" in names
    without = wellfit("fit", people, *options, "--test", "none", "--out", "none")
    assert without.code == 0 and "there are none" in Path("none/report.md").read_text()


def figures_of(plain: Any) -> list[dict[str, Any]]:
    """All figures of a report as JSON holds it."""
    if isinstance(plain, dict):
        own = [plain] if plain.get("block") == "figure" else []
        return own + [one for value in plain.values() for one in figures_of(value)]
    return [one for value in plain for one in figures_of(value)] if isinstance(plain, list) else []
