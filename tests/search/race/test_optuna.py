"""Optuna's samplers as proposers: recipes of the space, learned from what was tried, the same from the same seed."""

from __future__ import annotations

import sys

import numpy as np
import optuna
import pytest

from wellfit import Recipe
from wellfit.errors import InputError
from wellfit.search import SearchSettings, search
from wellfit.search.race.optuna import OptunaProposer
from wellfit.search.race.proposals import SPACE, Trial, varied
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays


def tried_widths(loss_of_width, many=30):
    """Recipes drawn from the space, with a loss that hangs on the first layer's width alone."""
    random, made = np.random.default_rng(5), []
    for _ in range(many):
        hidden = SPACE["hidden"][int(random.integers(len(SPACE["hidden"])))]
        recipe = varied(Recipe(), {"hidden": hidden, "batch_size": int(random.choice([32, 64, 128, 256]))})
        made.append(Trial(recipe, loss_of_width(hidden[0]), True))
    return sorted(made, key=lambda one: one.loss)


def test_the_same_seed_proposes_the_same_recipe_and_another_seed_another():
    tried = tried_widths(float)
    first, again, other = (
        OptunaProposer("binary").propose(tried, np.random.default_rng(seed))[0] for seed in (3, 3, 4)
    )
    assert first == again != other
    assert first not in [one.recipe for one in tried]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sampler_learns_from_the_losses(sign):
    """Drawn without looking, widths would not hang on the sign of the losses."""
    tried = tried_widths(lambda width: sign * width)
    proposer = OptunaProposer("numbers")
    widths = [proposer.propose(tried, np.random.default_rng(seed))[0].hidden[0] for seed in range(20)]
    few = sum(width <= 64 for width in widths)
    assert few > 12 if sign > 0 else few < 8


def test_a_loss_that_is_no_number_yet_and_a_recipe_outside_the_space_are_no_hindrance():
    tried = [Trial(Recipe(hidden=(7,)), 0.3, True), Trial(Recipe(hidden=(32,)), float("inf"), False)]
    recipe, why = OptunaProposer("binary", numbers=False).propose(tried, np.random.default_rng(0))
    assert why == "Optuna's TPESampler"
    assert recipe.number_embedding.name == "none"


def test_what_a_table_has_no_columns_for_is_not_asked_for():
    assert "categories" in OptunaProposer("binary").space
    assert set(OptunaProposer("binary").space) - set(OptunaProposer("binary", categories=False).space) == {"categories"}


def test_a_recipe_is_found_again_in_the_space():
    proposer = OptunaProposer("classes")
    changes = {"hidden": (96, 96), "optimizer.beta2": 0.9, "mixup": 0.2, "dropout": SPACE["dropout"][3]}
    trial = proposer._study([Trial(Recipe().vary(changes), 0.25, True)], None).trials[0]
    assert trial.value == 0.25
    assert {name: proposer.space[name][trial.params[name]] for name in changes} == changes


def test_another_sampler_may_be_given():
    proposer = OptunaProposer("binary", sampler=lambda seed: optuna.samplers.RandomSampler(seed=seed))
    assert proposer.propose([], np.random.default_rng(0))[1] == "Optuna's RandomSampler"


def test_a_space_that_is_used_up_is_said():
    proposer = OptunaProposer("binary")
    proposer.space = {"batch_size": (32,)}
    with pytest.raises(InputError, match="No recipe is left"):
        proposer.propose([Trial(Recipe(batch_size=32), 0.5, True)], np.random.default_rng(0))


def test_without_optuna_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match=r"wellfit\[optuna\]"):
        OptunaProposer("binary")


def test_it_leaves_optunas_verbosity_alone():
    before = optuna.logging.get_verbosity()
    OptunaProposer("binary").propose([], np.random.default_rng(0))
    assert optuna.logging.get_verbosity() == before == optuna.logging.INFO


def test_a_search_with_it_can_be_repeated():
    random = np.random.default_rng(1)
    x = random.normal(size=(120, 3)).astype(np.float32)
    arrays, target = Arrays(x, np.zeros((120, 0), np.int32)), make_target(x[:, 0] * x[:, 1] > 0)
    recipes = [Recipe(hidden=(8,), epochs=4)]
    settings = {"updates": 600, "recipes": recipes, "folds": 2, "most_candidates": 4}
    found = []
    for _ in range(2):
        proposer = OptunaProposer("binary")
        proposer.space = {"hidden": ((8,), (6,), (4, 4)), "epochs": (4, 5), "batch_size": (16, 32)}
        found.append(search(arrays, target, None, SearchSettings(**settings, proposer=proposer)))
    origins = [one.origin for one in found[0].searched.race.candidates]
    assert any(origin.startswith("Optuna") for origin in origins), origins
    np.testing.assert_array_equal(found[0].predictions, found[1].predictions)
