"""Importance of choices: what made the score is named with its share; what did not has an interval around 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wellfit.errors import InputError
from wellfit.statistics.importance_of_choices import importance_of_choices


def drawn_recipes(count: int, seed: int = 0) -> list[dict[str, Any]]:
    draws = np.random.default_rng(seed)
    return [
        {
            "hidden": [int(draws.choice([32, 64, 128]))] * int(draws.integers(1, 4)),
            "dropout": {"rate": {"value": float(draws.choice([0.0, 0.1, 0.3])), "schedule": {"name": "flat_cosine"}}},
            "optimizer": {"name": "adam", "learning_rate": float(draws.choice([0.001, 0.003, 0.01, 0.03]))},
            "activation": {"name": str(draws.choice(["relu", "silu", "tanh"]))},
            "epochs": 64,
        }
        for _ in range(count)
    ]


def test_the_choices_that_made_the_score_stand_first_with_their_share() -> None:
    recipes = drawn_recipes(300)
    # Two independent terms of variances 4 : 1, so that a forest without error loses 2 x 0.8 and 2 x 0.2 by a shuffle.
    rate = {0.001: -1.5, 0.003: -0.5, 0.01: 0.5, 0.03: 1.5}
    kind = {"relu": -1.0, "silu": 0.0, "tanh": 1.0}
    scores = [
        2 * rate[one["optimizer"]["learning_rate"]] / np.sqrt(1.25) + kind[one["activation"]["name"]] / np.sqrt(2 / 3)
        for one in recipes
    ]
    found = importance_of_choices(recipes, scores)
    names = [one.name for one in found.choices]
    assert names[:2] == ["optimizer.learning_rate", "activation"] and "epochs" not in names
    assert found.explained[0] > 0.9 and found.recipes > 150
    first, second = found.choices[:2]
    assert first.importance == pytest.approx(1.6, abs=0.25) and second.importance == pytest.approx(0.4, abs=0.12)
    assert second.low > 0 and (first.values, second.values) == (4, 3)
    assert all(one.low <= 0 <= one.high or abs(one.importance) < 0.02 for one in found.choices[2:])


def test_a_score_of_pure_chance_has_no_choice_that_matters() -> None:
    for seed in range(4):
        draws = np.random.default_rng(seed)
        found = importance_of_choices(drawn_recipes(60, seed), draws.normal(size=60), resamples=30, seed=seed)
        assert all(one.low <= 0 for one in found.choices), found
        assert found.explained[0] < 0.1


def test_equal_recipes_are_one_and_diverged_ones_count_by_rank() -> None:
    recipes = drawn_recipes(40)
    scores = [float(one["optimizer"]["learning_rate"]) for one in recipes]
    worst = [np.inf if score == 0.03 else score for score in scores]
    plain, twice = (importance_of_choices(recipes, one, resamples=10) for one in (scores, worst))
    assert plain == twice  # only the order counts
    doubled = importance_of_choices(recipes * 2, scores * 2, resamples=10)
    assert doubled.recipes == plain.recipes
    with pytest.raises(InputError, match="at least 12 different recipes"):
        importance_of_choices(recipes[:5] * 4, scores[:5] * 4)
