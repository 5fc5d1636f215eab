"""Rules about the target: imbalance, scale, outliers, wrong labels; each found where planted, fine where not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis.rules.table.made import halves, network, said, table
from wellfit.diagnosis.base import Case
from wellfit.recipe import Recipe


def classes(rare: int, rows: int = 1000) -> np.ndarray:
    y = np.array(["usual"] * (rows - rare) + ["rare"] * rare)
    return np.random.default_rng(0).permutation(y)


def test_imbalance_by_shares_and_by_what_networks_find() -> None:
    assert said(Case(Recipe(), table(classes(300))), "imbalance-ignored").status == "fine"
    rare = table(classes(60))
    assert said(Case(Recipe(), rare), "imbalance-ignored").severity == "hint"
    assert said(Case(Recipe(), table(classes(15))), "imbalance-ignored").severity == "warning"
    assert said(Case(Recipe(class_weight="balanced"), rare), "imbalance-ignored").status == "fine"
    view = halves(1000)
    is_rare = rare.rows.target.values[view.validation, 0] == list(rare.rows.target.labels).index("rare")
    place = list(rare.rows.target.labels).index("rare")

    def judged(high: float, low: float) -> str:
        values = np.zeros((len(is_rare), 2))
        values[:, place] = np.where(is_rare, high, low)
        values[:, 1 - place] = 1 - values[:, place]
        judgement = said(Case(Recipe(), rare, (network(view, values),)), "imbalance-ignored")
        assert judgement.remedies[0].changes == {"class_weight": "balanced"}
        return judgement.severity

    assert judged(0.4, 0.1) == "problem"  # ranked rightly, never named
    assert judged(0.9, 0.1) == "hint"  # all found
    assert judged(0.1, 0.1) == "warning"  # nothing tells it: weights would not help


def test_scale_of_the_target_never_matters_but_its_span_may() -> None:
    draws = np.random.default_rng(0)
    normal = 1e4 + draws.normal(size=300)
    assert said(Case(Recipe(), table(normal)), "unscaled-target").status == "fine"
    spread = said(Case(Recipe(), table(np.exp(3 * draws.normal(size=300)))), "unscaled-target")
    assert (spread.status, spread.severity) == ("found", "hint")
    assert said(Case(Recipe(), table(classes(300))), "unscaled-target").status == "not applicable"


@pytest.mark.parametrize("skewed", [False, True])
def test_outliers_are_found_and_their_rows_named(skewed: bool) -> None:
    draws = np.random.default_rng(0)
    y = draws.exponential(size=1000) if skewed else draws.normal(size=1000)
    assert said(Case(Recipe(), table(y)), "outliers-in-target").status == "fine"
    y[[3, 500, 800]] = [80.0, 90.0, 100.0]
    judgement = said(Case(Recipe(), table(y)), "outliers-in-target")
    assert judgement.severity == "problem" and judgement.evidence["row numbers"][:3] == [800, 500, 3]
    assert judgement.remedies[0].changes == {"loss": "huber"}
    assert judgement.remedies[1].table is not None and judgement.remedies[1].table.drop_rows[:3] == (800, 500, 3)
    share = judgement.evidence["share of squared deviations"]
    square = (y - np.median(y)) ** 2
    assert share == pytest.approx(square[judgement.evidence["row numbers"]].sum() / square.sum(), rel=1e-3)
    assert said(Case(Recipe(loss="huber"), table(y)), "outliers-in-target").severity == "hint"
    assert said(Case(Recipe(), table(classes(300))), "outliers-in-target").status == "not applicable"


def noisy(share: float, rows: int = 600) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    draws = np.random.default_rng(0)
    columns = {name: draws.normal(size=rows) for name in "abc"}
    y = (columns["a"] + columns["b"] > 0).astype(int)
    flipped = draws.random(rows) < share
    return columns, np.where(flipped, 1 - y, y), flipped


def test_flipped_labels_by_a_forest_and_by_networks() -> None:
    columns, y, _ = noisy(0.0)
    assert said(Case(Recipe(), table(y, **columns)), "label-noise").status == "fine"
    columns, y, flipped = noisy(0.2)
    judgement = said(Case(Recipe(), table(y, **columns)), "label-noise")
    assert judgement.severity == "problem" and judgement.evidence["predicted by"] == "a forest"
    rows = judgement.evidence["row numbers"]
    assert flipped[rows[:50]].mean() > 0.8
    held = np.array_split(np.arange(600), 5)
    truth = (columns["a"] + columns["b"] > 0).astype(int)
    from wellfit.tables.arrays import View

    networks = []
    for place, part in enumerate(held):
        values = np.where(truth[part, None] == [0, 1], 0.85, 0.15)
        view = View(np.setdiff1d(np.arange(600), part), part)
        networks.append(network(view, values, place=place, losses=0.4))
    case = Case(Recipe(), table(y, **columns), tuple(networks), baselines={"constant": np.full(5, 0.69)})
    judgement = said(case, "label-noise")
    assert judgement.evidence["predicted by"] == "the networks" and judgement.status == "found"
    assert set(judgement.evidence["row numbers"]) <= set(np.flatnonzero(flipped))


def test_numbers_far_from_rows_like_them_and_what_cannot_be_judged() -> None:
    draws = np.random.default_rng(0)
    columns = {name: draws.normal(size=600) for name in "ab"}
    y = columns["a"] * 2 + columns["b"] + draws.normal(size=600)
    assert said(Case(Recipe(), table(y, **columns)), "label-noise").status == "fine"
    wrong = draws.permutation(600)[:12]
    y[wrong] += 40.0
    judgement = said(Case(Recipe(), table(y, **columns)), "label-noise")
    assert judgement.status == "found" and set(judgement.evidence["row numbers"][:10]) <= set(wrong)
    mixed = draws.random(600) < 0.3
    y = np.where(mixed, draws.permutation(y), columns["a"] * 2 + columns["b"])
    judgement = said(Case(Recipe(), table(y, **columns)), "label-noise")
    assert judgement.severity in ("warning", "problem") and judgement.remedies[0].changes == {"loss": "huber"}
    assert mixed[judgement.evidence["row numbers"][:40]].mean() > 0.7
    chance = said(Case(Recipe(), table(draws.normal(size=600), **columns)), "label-noise")
    assert chance.status == "not applicable"
    assert said(Case(Recipe(), table(y[:50])), "label-noise").status == "not applicable"


def test_wrong_labels_of_many_classes_are_told_from_a_target_that_nothing_predicts() -> None:
    draws = np.random.default_rng(0)
    columns = {name: draws.normal(size=900) for name in "ab"}
    angle = np.floor((np.arctan2(columns["a"], columns["b"]) + np.pi) / (2 * np.pi) * 6).clip(0, 5).astype(int)
    wrong = np.where(draws.random(900) < 0.5, draws.integers(0, 6, 900), angle)
    judgement = said(Case(Recipe(), table(wrong, **columns)), "label-noise")
    assert judgement.severity == "problem" and judgement.evidence["wrong of all"] > 0.45
    # A rare class that the columns do not tell: sure rows are as often wrong as all, and no label need be.
    assert said(
        Case(Recipe(), table(classes(200), **{k: draws.normal(size=1000) for k in "ab"})), "label-noise"
    ).status == ("not applicable")
