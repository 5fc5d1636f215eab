"""The report of a folder: which kinds there are, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wellfit.diagnosis.base import Finding, fine, found
from wellfit.diagnosis.doctor import Diagnosis
from wellfit.diagnosis.examination import Examination
from wellfit.errors import InputError
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.report.content import Code, Note, ReportTable, Section
from wellfit.report.diagnosis import diagnosis_report
from wellfit.report.finding_pictures import CURVES
from wellfit.report.saved import report_of_folder
from wellfit.studies import Study
from wellfit.studies.base import StudyPlan


def a_study() -> Study:
    columns = {"width": [8, 16], "loss": [0.5, 0.25], "loss_low": [0.48, 0.23], "loss_high": [0.52, 0.27]}
    return Study(
        "capacity", "How large?", StudyPlan("2 recipes on 5 folds", 10, 3.0), "16 is better.", ResultFrame(columns),
        details={"networks": ResultFrame({"seed": list(range(100))})}, facts={"margin": 0.01, "metric": "RMSE"},
        recipes={"best": Recipe()}, remarks=("Few rows.",), repeat="wellfit study capacity t.csv --target y",
    )  # fmt: skip


def a_diagnosis() -> Diagnosis:
    trial = ResultFrame(
        {"change": ["relu", "random 1"], "kind": ["remedy", "random"], "words": ["Use ReLU", "hidden = [3]"],
         "answers": [["dead-units"], []], "loss": [0.2, 0.5], "difference": [-0.2, 0.1], "difference_low": [-0.3, 0.0],
         "difference_high": [-0.1, 0.2], "verdict": ["better", "not distinguishable"], "chosen": [True, False]},
    )  # fmt: skip
    judged = Finding("dead-units", "Dead units", found("problem", "Half are dead.", evidence={"share": 0.5}))
    said = Examination((judged,), (Finding("drift", "Drift", fine("The rows are alike.")),))
    command = {"command of the healed recipe": "wellfit fit t.csv --target y --recipe healed.toml"}
    return Diagnosis(
        StudyPlan("40 networks", 40, 9.0), "Half of the units are dead; ReLU helps.", said, Recipe(), Recipe(),
        None, trial, ResultFrame(), facts=command, repeat="wellfit doctor t.csv --target y",
    )  # fmt: skip


def blocks(sections: tuple[Section, ...], kind: type) -> list[object]:
    return [block for one in sections for block in one.blocks if isinstance(block, kind)]


def test_of_a_study(tmp_path: Path) -> None:
    a_study().save(tmp_path)
    report = report_of_folder(tmp_path)
    assert report.kind == "study" and report.verdict == "16 is better."
    assert [one.key for one in report.sections] == ["answer", "remarks", "recipes", "numbers", "repeat"]
    answer, facts, networks = blocks(report.sections, ReportTable)
    assert answer.columns == ("width", "loss") and answer.rows[1] == ("16", "0.250 (0.230 to 0.270)")
    assert facts.rows == (("margin", "0.01"), ("metric", "RMSE"))
    assert len(networks.rows) == 60 and "The first 60 of 100 rows" in networks.title
    assert report.key_numbers == {"margin": "0.01", "trained": "10 networks"}
    assert blocks(report.sections, Code)[-1].text == "wellfit study capacity t.csv --target y"


def test_of_a_diagnosis(tmp_path: Path) -> None:
    a_diagnosis().save(tmp_path)
    report = report_of_folder(tmp_path)
    assert report.kind == "diagnosis" and report.key_numbers["problems"] == "1"
    assert [one.key for one in report.sections] == ["findings", "trial", "checked", "healed", "repeat"]
    own, chance = blocks(report.sections[1:2], ReportTable)
    assert own.rows == (
        ("relu", "Use ReLU", "dead-units", "0.2", "-0.20 (-0.30 to -0.10)", "better", "yes"),
    ) and [row[0] for row in chance.rows] == ["random 1"]  # fmt: skip
    recipe, command = blocks(report.sections[3:4], Code)
    assert Recipe.from_toml(recipe.text) == Recipe() and command.text.endswith("--recipe healed.toml")


def test_a_change_that_is_not_shown_to_help_is_not_said_to_have_helped() -> None:
    for helped, words in ((True, "that helped"), (False, "not shown to help")):
        diagnosis = a_diagnosis()
        diagnosis = replace(diagnosis, facts={**diagnosis.facts, "shown to help": helped})
        titles = [one.title for one in blocks(diagnosis_report(diagnosis).sections, Code) if isinstance(one, Code)]
        assert [words in title for title in titles if "healed.toml" in title] == [True], helped


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no result: name a folder that wellfit fit, wellfit study or wellfit"):
        report_of_folder(tmp_path)
    (tmp_path / "study.json").write_text(json.dumps({"format": 1}))
    with pytest.raises(InputError, match="holds no study that can be read"):
        report_of_folder(tmp_path)


def test_a_finding_stands_beside_its_picture() -> None:
    """Once: the learning curves belong to the first finding that they show, and to no section of their own then."""
    finding = a_diagnosis().examination.findings[0]
    found_twice = tuple(replace(finding, code=code) for code in ("overfitting", "underfitting"))
    curves = line_figure({"x": [0, 1], "y": [1, 0]}, Axis("x", "epoch"), Axis("y", "loss"), name=CURVES, title="Loss.")
    diagnosis = replace(a_diagnosis(), examination=Examination(found_twice), figures=(curves,))
    report = diagnosis_report(diagnosis)
    first, second = report.sections[0].blocks
    assert isinstance(first, Note) and isinstance(second, Note)
    assert first.details[-1] is curves and curves not in second.details
    assert all(section.key != "curves" for section in report.sections)
