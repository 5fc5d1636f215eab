"""Each finding has its picture: of the evidence that the real rules gave, or a figure of the training, taken once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.diagnosis.rules.table.made import later, network, said, table
from tests.diagnosis.rules.table.test_rows_and_columns import draws_of
from tests.diagnosis.rules.table.test_target import noisy
from tests.diagnosis.rules.test_training_rules import FOUND
from wellfit.diagnosis.base import Case, Finding, Judgement, found
from wellfit.figures import Axis, Figure, line_figure
from wellfit.recipe import Recipe
from wellfit.report.content import Note
from wellfit.report.finding_pictures import check_picture, own_picture, with_pictures
from wellfit.tables.arrays import View
from wellfit.tables.split import SplitTable
from wellfit.training.table_checks import check_table
from wellfit.training.transfer import table_of


def _drift() -> Judgement:
    columns, y = draws_of(400)
    known = table(y, **columns)
    moved = {**columns, "b": columns["b"] + 2.5}
    return said(Case(Recipe(), known, later=later(known, **moved)), "drift")


def _leak() -> Judgement:
    columns, y = draws_of()
    return said(Case(Recipe(), table(y, **columns, copy=y * 3.0)), "leaking-columns")


def _twice(shift: float) -> Judgement:
    columns, y = draws_of(400)
    twice = table(np.append(y, y[:60]), **{name: np.append(v, v[:60] + shift) for name, v in columns.items()})
    return said(Case(Recipe(), twice, (network(View(np.arange(400), np.arange(400, 460))),)), "duplicate-rows")


def _wrong_numbers() -> Judgement:
    draws = np.random.default_rng(0)
    columns = {name: draws.normal(size=600) for name in "ab"}
    y = columns["a"] * 2 + columns["b"] + draws.normal(size=600)
    y[draws.permutation(600)[:12]] += 40.0
    return said(Case(Recipe(), table(y, **columns)), "label-noise")


def _far_numbers() -> Judgement:
    draws = np.random.default_rng(0)
    columns = {name: draws.normal(size=600) for name in "ab"}
    y = columns["a"] * 2 + columns["b"] + 0.1 * draws.normal(size=600)
    y[np.argsort(y)[-6:]] += 4.0
    return said(Case(Recipe(), table(y, **columns)), "label-noise")


def _wrong_labels() -> Judgement:
    columns, y, _ = noisy(0.2)
    return said(Case(Recipe(), table(y, **columns)), "label-noise")


def _outliers() -> Judgement:
    y = np.random.default_rng(0).normal(size=1000)
    y[[3, 500, 800]] = [80.0, 90.0, 100.0]
    return said(Case(Recipe(), table(y)), "outliers-in-target")


# Code, what the rule says, and a pair that the picture shows.
PLANTED: list[tuple[str, Callable[[], Judgement], tuple[str, str]]] = [
    ("drift", _drift, ("b", "distances")),
    ("leaking-columns", _leak, ("copy alone", "skill alone")),
    ("duplicate-rows", lambda: _twice(0.0), ("equal to a training row", "")),
    ("duplicate-rows", lambda: _twice(1e-4), ("pairs that are nearly equal", "targets agree")),
    ("label-noise", _wrong_labels, ("where a model is surest", "wrong among sure rows")),
    ("label-noise", _wrong_numbers, ("farthest from the median", "on the other side where sure")),
    ("label-noise", _far_numbers, ("far from what rows like them have", "share far")),
    ("label-noise", _far_numbers, ("from here on it is reported", "far share")),
    ("outliers-in-target", _outliers, ("3 rows far from the others", "share of squared deviations")),
    ("over-confidence", lambda: said(FOUND["over-confidence"](), "over-confidence"),
     ("surer than right by", "probability above the share of right answers")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "judge", "pair"), PLANTED, ids=[f"{k}-{one[0]}" for k, one in enumerate(PLANTED)])
def test_what_a_rule_found_is_drawn(code: str, judge: Callable[[], Judgement], pair: tuple[str, str]) -> None:
    judgement = judge()
    assert judgement.status == "found"
    picture = own_picture(Finding(code, code, judgement))
    assert picture is not None and picture.name == f"{code}-evidence"
    shown = dict(zip(picture.frame["name"], picture.frame["value"], strict=True))
    value = judgement.evidence.get(pair[1], 1.0)  # of equal rows all that were held out
    value = value["b"] if isinstance(value, dict) else value[0] if isinstance(value, list) else value
    assert shown[pair[0]] == pytest.approx(value)
    assert picture.svg().startswith("<svg")


def test_drift_without_columns_of_its_own_shows_how_well_rows_are_told_apart() -> None:
    evidence = {"AUC": 0.7, "lower end": 0.65, "upper end": 0.75, "distances": {}}
    picture = own_picture(Finding("drift", "Drift", found("warning", "It drifts.", evidence=evidence)))
    assert picture is not None and picture.frame.row(0)[1:] == (0.7, 0.65, 0.75)


def test_evidence_of_another_version_has_no_picture() -> None:
    for code in ("drift", "leaking-columns", "clipping-never"):
        assert own_picture(Finding(code, code, found("hint", "So it is.", evidence={"skill": 1}))) is None


def test_equal_rows_of_none_that_were_held_out_have_no_picture() -> None:
    evidence = {"held-out rows seen in training": 0, "of": 0}
    assert own_picture(Finding("duplicate-rows", "Equal", found("hint", "So it is.", evidence=evidence))) is None


def test_checks_before_training_have_pictures_too() -> None:
    """Of a table with a copy of the target, later rows that differ, and rows that are tested and trained on."""
    draws = np.random.default_rng(0)
    y = draws.integers(0, 2, 400)
    columns = {"a": draws.normal(size=400), "b": draws.normal(size=400), "copy": y * 2.0}
    known = table(y, **columns)
    moved = {name: np.append(values[:40], values + 3 * (name == "b")) for name, values in columns.items()}
    arrays = known.schema.arrays(table_of(pl.DataFrame(moved), None, None, None, None))
    test = replace(known.rows.take(np.zeros(440, np.int64)), arrays=arrays)
    checks = check_table(SplitTable("target", known.schema, known.rows, test, "later.csv", ""), later=True)
    found_checks = [one.to_plain() for one in checks]
    assert {one["code"] for one in found_checks} == {"column-tells-target", "test-rows-in-training", "drift"}
    for number, one in enumerate(found_checks, 1):
        picture = check_picture(one, number)
        assert picture is not None and picture.name == f"check-{number}-evidence"
    assert check_picture({"code": "other"}, 1) is None


def test_a_figure_of_the_training_is_taken_once() -> None:
    curves = line_figure({"x": [1, 2], "y": [1, 2]}, Axis("x", "x"), Axis("y", "y"), name="any", title="Any.")
    codes = ("underfitting", "overfitting", "label-noise")
    findings = [Finding(code, code, found("hint", "So it is.", evidence={})) for code in codes]
    notes = [Note("hint", code, "So it is.") for code in codes]
    shown, taken = with_pictures(findings, notes, {"loss-by-epoch": curves})
    assert [any(isinstance(one, Figure) for one in note.details) for note in shown] == [True, False, False]
    assert taken == {"loss-by-epoch"}
