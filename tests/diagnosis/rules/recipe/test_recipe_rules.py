"""Rules about the recipe alone and the search: the recipes that wellfit tries are fine, what is planted is named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.diagnosis.rules.table.made import said, table
from wellfit.diagnosis.base import Case
from wellfit.recipe import Recipe
from wellfit.search.race.portfolio import CLASSES, NUMBERS

STATIC = ("redundant-regularisation", "recipe-unusual")


@pytest.mark.parametrize("code", STATIC)
def test_recipes_that_wellfit_trains_are_fine(code: str) -> None:
    recipes = [Recipe(**one) for one in (*CLASSES, *NUMBERS)]
    recipes += [Recipe.named(name, hidden) for name in ("practice", "plain") for hidden in ((64,), (64,) * 6)]
    known = table(np.arange(400) % 2)
    assert [said(Case(one, known), code) for one in recipes if said(Case(one, known), code).status != "fine"] == []


@pytest.mark.parametrize(
    ("changes", "severity", "word"),
    [
        ({"l2": 0.01, "optimizer": "sgd"}, "hint", "both shrink"),
        ({"l2": 0.01, "weight_decay": 0.0}, "warning", "divides the gradient"),
        ({"unit_norm": 1.0}, "warning", "takes back"),
        ({"normalization": "batch", "dropout": 0.5}, "warning", "batch normalisation"),
        ({"normalization": "batch", "max_norm": 3.0}, "warning", "takes out again"),
        ({"mixup": 0.2, "label_smoothing": 0.05}, "hint", "soften"),
        ({"dropout": 0.5, "weight_decay": 1.0, "input_noise": 0.3, "mixup": 0.5}, "hint", "4 strong"),
    ],
)
def test_techniques_that_undo_or_repeat_each_other(changes: dict[str, object], severity: str, word: str) -> None:
    judgement = said(Case(Recipe(**changes)), "redundant-regularisation")
    assert (judgement.status, judgement.severity) == ("found", severity) and word in judgement.sentence
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        healed = Recipe(**changes)
        for remedy in judgement.remedies:
            healed = healed.vary(remedy.changes)  # every change is one that a recipe takes
    assert word not in said(Case(healed), "redundant-regularisation").sentence


@pytest.mark.parametrize(
    ("changes", "severity", "word"),
    [
        ({"optimizer": {"name": "adam", "learning_rate": 5.0}}, "warning", "above what is usual"),
        ({"optimizer": {"name": "sgd", "learning_rate": 1e-6}}, "warning", "below what is usual"),
        ({"optimizer": {"name": "adam", "learning_rate": 0.1}}, "hint", "above what is usual"),
        ({"activation": "sigmoid", "skip": "none", "hidden": (32,) * 5}, "warning", "5 layers of sigmoid"),
        ({"initialization": "zero"}, "problem", "start equal"),
        ({"initialization": {"name": "normal", "sd": 3.0}}, "warning", "times as wide"),
        ({"epochs": 1}, "warning", "only 3 updates"),
        ({"batch_size": 1000, "epochs": 400}, "hint", "larger than the 320"),
        ({"dropout": 0.9}, "warning", "hardly any unit"),
    ],
)
def test_unusual_settings(changes: dict[str, object], severity: str, word: str) -> None:
    known = table(np.arange(400) % 2)
    judgement = said(Case(Recipe(**changes), known), "recipe-unusual")
    assert (judgement.status, judgement.severity) == ("found", severity) and word in judgement.sentence
    healed = Recipe(**changes)
    for remedy in judgement.remedies:
        healed = healed.vary(remedy.changes)
    assert said(Case(healed, known), "recipe-unusual").status == "fine"


def test_the_best_at_the_edge_of_a_search() -> None:
    draws = np.random.default_rng(0)
    rates = draws.choice([0.001, 0.003, 0.01, 0.03], 40)
    recipes = [Recipe(optimizer={"name": "adam", "learning_rate": rate}) for rate in rates]
    inside = [(one, abs(np.log(rate / 0.006)) + draws.normal(0, 0.1)) for one, rate in zip(recipes, rates, strict=True)]
    assert said(Case(search=inside), "edge-of-search").status == "fine"
    edge = [(one, -np.log(rate) + draws.normal(0, 0.1)) for one, rate in zip(recipes, rates, strict=True)]
    judgement = said(Case(search=edge), "edge-of-search")
    assert judgement.evidence["edges"]["optimizer.learning_rate"]["value"] == 0.03
    assert judgement.remedies[0].changes["optimizer.learning_rate"] == pytest.approx(0.09)
    assert said(Case(search=edge[:5]), "edge-of-search").status == "not applicable"
    record = {
        "search": {
            "candidates": [
                {"recipe": one.to_dict(), "losses": [[loss + 9], [loss, loss]], "status": "finished"}
                for one, loss in edge
            ]
        }
    }
    assert said(Case(search=record), "edge-of-search").evidence["edges"] == judgement.evidence["edges"]
    free = [(Recipe(dropout=float(rate)), float(rate)) for rate in draws.choice([0.0, 0.1, 0.2], 40)]
    assert said(Case(search=free), "edge-of-search").status == "fine"  # nothing lies beyond 0
