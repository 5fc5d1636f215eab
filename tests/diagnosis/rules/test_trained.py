"""Rules on networks that were trained: a recipe that cannot learn, one that can, and the same recipe on both sides."""

from __future__ import annotations

import numpy as np
import pytest

import wellfit
from wellfit.diagnosis.base import Case
from wellfit.diagnosis.evidence import networks_of
from wellfit.diagnosis.examination import Examination, examine
from wellfit.recipe import Recipe
from wellfit.studies.base import study_table

RULES_OF_TABLES = ("drift", "label-noise", "leaking-columns", "duplicate-rows", "identifier-columns", "no-validation")
GOOD = Recipe(hidden=(32, 32), epochs=30)


def rings() -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Two noisy rings, one inside the other; (300, 2) and (300,)."""
    draws = np.random.default_rng(0)
    angle, inner = draws.uniform(0, 2 * np.pi, 300), np.arange(300) % 2
    X = np.column_stack([np.cos(angle), np.sin(angle)]) * (1 - 0.5 * inner)[:, None] + draws.normal(0, 0.1, (300, 2))
    return X, inner


def examined(recipe: Recipe, seed: int = 0) -> Examination:
    X, y = rings()
    own, reference = (
        networks_of(wellfit.train(one, X, y, folds=3, seeds=of, probes=True).engine)
        for one, of in ((recipe, seed), (GOOD, 0))
    )
    case = Case(recipe, study_table(X, y, {}), own, {"default recipe": reference})
    return examine(case, mute=RULES_OF_TABLES)


PLAIN = {"skip": "none", "dropout": 0.0, "weight_decay": 0.0, "schedule": "constant", "epochs": 30}


@pytest.mark.parametrize(
    ("recipe", "code"),
    [
        (Recipe(hidden=(8,) * 8, activation="sigmoid", **PLAIN), "vanishing-gradients"),
        (Recipe(hidden=(16, 16), initialization="zero", **PLAIN), "symmetric-units"),
        (GOOD.vary({"optimizer.learning_rate": 1e-6}), "learning-rate-too-low"),
        (Recipe(hidden=(32, 32), **PLAIN).vary({"optimizer.learning_rate": 5.0}), "learning-rate-too-high"),
        (GOOD.vary(l2=10.0), "regularisation-too-strong"),
    ],
)
def test_what_is_wrong_stands_first(recipe: Recipe, code: str) -> None:
    found = examined(recipe)
    assert found.findings[0].code == code and found.findings[0].severity == "problem", found.findings


@pytest.mark.parametrize("recipe", [GOOD, Recipe(hidden=(16, 16, 16), activation="relu", epochs=40)])
def test_recipes_that_learn_have_no_problem(recipe: Recipe) -> None:
    assert examined(recipe, seed=7).problems == ()
