"""The report of a fit: what it says, from which files, and that its numbers are those of the model."""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.report.fitted import CLASSES, COLUMN, fit
from wellfit import Model, Recipe
from wellfit.diagnosis.base import Finding, found
from wellfit.diagnosis.examination import Examination
from wellfit.errors import InputError
from wellfit.figures import Figure
from wellfit.report.content import Block, Code, Note, Report, ReportTable
from wellfit.report.fit import fit_report
from wellfit.report.plain import to_plain
from wellfit.report.saved import report_of_folder
from wellfit.report.saved_fit import read_fit

SECTIONS = [
    "scores", "findings", "checked", "trust", "importance", "curves", "search", "ensemble", "layers", "more-data",
    "recipe", "repeat",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of a search for a class."""
    return fit(tmp_path_factory.mktemp("fit"), "--budget", 900)


@pytest.fixture(scope="module")
def evidence(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report_data.json").read_text())
    return found


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return fit_report(folder)


def blocks(report: Report, key: str) -> list[Block]:
    return list(next(section for section in report.sections if section.key == key).blocks)


def figures(report: Report) -> dict[str, Figure]:
    every = [block for section in report.sections for block in section.blocks]
    return {one.name: one for one in every if isinstance(one, Figure)}


def test_all_parts_are_there(report: Report, evidence: dict[str, Any]) -> None:
    assert [section.key for section in report.sections] == SECTIONS
    assert evidence["left_out"] == {} and evidence["seconds"]["limit"] is None
    parts = ["predictions", "worst", "diversity", "examination", "choices", "importance", "dependence"]
    assert [name for name in evidence if name in parts] == parts  # the cheap and central ones before the costly ones
    wanted = {
        "test-error", "reliability", "confusion", "importance", "dependence-1", "loss-by-epoch", "error-by-epoch",
        "validation-loss-by-network", "search-by-cost", "search-candidates", "search-progress", "activations-by-depth",
    }  # fmt: skip
    assert wanted <= set(figures(report))
    assert all(one.frame.height for one in figures(report).values())
    assert "label" in report.title and "bad.csv" in report.title
    assert report.verdict.startswith("On 24 test rows ")
    assert set(report.facts) >= {"Fingerprint of the training rows", "Seed", "wellfit", "Versions"}


def test_figures_have_names_of_their_own(report: Report) -> None:
    every = [block.name for section in report.sections for block in section.blocks if isinstance(block, Figure)]
    assert len(every) == len(set(every))


def test_worst_rows_are_those_of_the_file(folder: Path, evidence: dict[str, Any]) -> None:
    """Losses computed again by the saved model, on the rows of the file that the numbers name."""
    table = pl.read_csv(folder.parent / "bad.csv")
    model = Model.load(folder / "model.wellfit")
    rows = [one["row"] - 1 for one in evidence["worst"]]
    picked = table[rows]
    own = [list(model.labels).index(label) for label in picked["label"]]
    losses = -np.log(model.predict_proba(picked)[np.arange(len(rows)), own])
    assert [one["loss"] for one in evidence["worst"]] == pytest.approx(losses.tolist(), rel=1e-5)
    assert losses.tolist() == sorted(losses.tolist(), reverse=True)
    assert [one["true"] for one in evidence["worst"]] == picked["label"].to_list()
    assert [one["cells"]["city"] for one in evidence["worst"]] == picked["city"].to_list()
    cells = [float(one["cells"][COLUMN]) for one in evidence["worst"]]
    assert cells == pytest.approx(picked[COLUMN].to_list(), rel=1e-4)


def test_the_column_that_tells_comes_first(evidence: dict[str, Any]) -> None:
    table = evidence["importance"]["table"]
    assert table["column"][0] == COLUMN and table["low"][0] > 0
    assert evidence["dependence"][0]["column"] == COLUMN
    probability = [row["prediction"] for row in evidence["dependence"][0]["rows"]]
    assert abs(probability[-1] - probability[0]) > 0.3


def test_diversity_is_the_decomposition(evidence: dict[str, Any]) -> None:
    found = evidence["diversity"]
    parts = found["ambiguity"]
    assert parts["ensemble"] == pytest.approx(parts["members"] - parts["ambiguity"], abs=1e-9)
    assert found["average"]["loss"] <= np.mean([one["loss"] for one in found["parts"]]) + 1e-9
    assert np.diag(found["correlation"]) == pytest.approx(1.0)


def test_names_stay_plain_text(report: Report, folder: Path) -> None:
    """Content does not escape; the page does."""
    cells = [cell for block in blocks(report, "trust") if isinstance(block, ReportTable) for cell in
             (*block.columns, *(cell for row in block.rows for cell in row))]  # fmt: skip
    assert COLUMN in cells and any(CLASSES[0] in cell for cell in cells)
    page = (folder / "report.html").read_text()
    assert page.count(CLASSES[1]) == page.count("<script")  # each end is that of a script of the page's own
    assert "&lt;script&gt;" in page


def test_the_report_is_made_again_from_the_files(folder: Path, report: Report) -> None:
    assert json.loads((folder / "report.json").read_text()) == json.loads(json.dumps(to_plain(report)))
    assert to_plain(report_of_folder(folder)) == to_plain(report)
    assert (folder / "report.html").stat().st_size < 2_000_000


def test_without_what_was_measured_the_rest_is_there(folder: Path, tmp_path: Path) -> None:
    for name in ("result.json", "history.parquet"):
        shutil.copy(folder / name, tmp_path / name)
    short = fit_report(tmp_path)
    assert [section.key for section in short.sections] == [key for key in SECTIONS if key != "checked"]
    for key in ("trust", "findings", "layers"):
        first = blocks(short, key)[0]
        assert (first.title if isinstance(first, Code) else str(first)).startswith("Not examined")
    assert "loss-by-epoch" in figures(short)


def test_a_folder_without_a_result(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no result"):
        report_of_folder(tmp_path)
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(InputError, match="damaged"):
        fit_report(tmp_path)


def test_the_recipe_to_copy_is_that_of_the_heaviest(report: Report, folder: Path) -> None:
    plain = json.loads((folder / "result.json").read_text())
    heaviest = max(plain["ensemble"], key=lambda one: one["weight"])["candidate"]
    code = next(block for block in blocks(report, "recipe") if isinstance(block, Code))
    own = plain["record"]["search"]["candidates"][heaviest]["recipe"]
    assert Recipe.from_toml(code.text) == Recipe.from_dict(own)


def test_the_command_repeats_the_fit(report: Report, folder: Path) -> None:
    code = next(block for block in blocks(report, "repeat") if isinstance(block, Code))
    words = shlex.split(code.text)
    assert words[:3] == ["wellfit", "fit", str(folder.parent / "bad.csv")]
    for option, value in {"--target": "label", "--drop": "amount", "--budget": "900", "--folds": "2"}.items():
        assert words[words.index(option) + 1] == value


def test_numbers_without_test_rows(tmp_path: Path) -> None:
    """Then the training rows are looked at, each predicted by networks that did not train on it."""
    out = fit(tmp_path, "--budget", 600, "--test", "none", "--report", "md,json", target="amount", drop="label")
    evidence = json.loads((out / "report_data.json").read_text())
    assert evidence["predictions"]["source"] == "held-out training rows" and evidence["predictions"]["rows"] == 240
    residuals = evidence["predictions"]["residuals"]
    own = np.array(residuals["observed"]) - np.array(residuals["predicted"])
    plain = json.loads((out / "result.json").read_text())
    assert np.sqrt(np.mean(own**2)) == pytest.approx(plain["estimate"]["held_out"]["rmse"]["mean"], rel=1e-3)
    report = fit_report(out)
    assert {"observed-against-predicted", "residuals"} <= set(figures(report))
    assert not (out / "report.html").exists() and (out / "report.md").exists()


def test_findings_are_framed(report: Report) -> None:
    notes = [block for block in blocks(report, "findings") if isinstance(block, Note)]
    assert notes and all(note.kind in ("problem", "warning", "hint", "good") for note in notes)
    tables = [block for block in blocks(report, "checked") if isinstance(block, ReportTable)]
    assert any("fine" in table.title for table in tables)


def test_findings_stand_beside_what_shows_them(folder: Path) -> None:
    """The curves and depths of the networks that are judged, and the reliability of the predictions."""
    fit = read_fit(folder)
    codes = {"overfitting": "loss-by-epoch", "vanishing-gradients": "gradients-by-depth",
             "over-confidence": "reliability"}  # fmt: skip
    findings = tuple(Finding(code, code, found("hint", "So it is.", evidence={})) for code in codes)
    plain = Examination(findings).to_plain()
    report = fit_report(replace(fit, evidence={**fit.evidence, "examination": plain}))
    notes = [block for block in blocks(report, "findings") if isinstance(block, Note)]
    for note, (code, name) in zip(notes, codes.items(), strict=True):
        assert note.title.endswith(f"({code})")
        assert [one.name for one in note.details if isinstance(one, Figure)] == [f"finding-{name}"]


def test_a_test_score_far_from_the_estimate_is_explained_by_how_the_rows_were_split(folder: Path) -> None:
    known = read_fit(folder)
    assert known.result.search is not None
    low, high = (replace(known.result.search.estimate, mean=at, low=at - 0.01, high=at + 0.01) for at in (0.1, 0.3))
    search = replace(known.result.search, metric="error", estimate=low, test_score=high)
    apart = replace(known, result=replace(known.result, search=search))
    assert "split apart (--group)" in str(blocks(fit_report(apart), "scores")[0])
    last = {**apart.result.rows, "test_source": "the last 24 rows set aside"}
    in_time = replace(apart, result=replace(apart.result, rows=last))
    words = str(blocks(fit_report(in_time), "scores")[0])
    assert "The test rows are the latest" in words and "--group" not in words  # which is refused beside --time-column
