"""How an estimator's keywords and nested parameters become a recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from tests.estimators.test_networks import X_IRIS, Y_IRIS, classifier
from wellfit import NetworkClassifier, Recipe
from wellfit.errors import InputError


def test_everyday_keywords_change_the_recipe_and_nothing_else() -> None:
    base = Recipe(dropout={"rate": 0.3, "form": "classic"}, optimizer="sgd", schedule="constant", epochs=3)
    fitted = NetworkClassifier(
        base, hidden=np.array([6, 5]), dropout=np.float64(0.1), learning_rate=0.5, patience=4, batch_size=np.int64(16)
    ).fit(X_IRIS, Y_IRIS)
    expected = base.vary(
        {"dropout.rate": 0.1, "optimizer.learning_rate": 0.5, "stopping": {"name": "patience", "patience": 4}},
        hidden=(6, 5),
        batch_size=16,
    )
    assert fitted.recipe_ == expected
    assert (
        NetworkClassifier(optimizer="momentum", learning_rate=0.1, epochs=1)
        .fit(X_IRIS, Y_IRIS)
        .recipe_.optimizer.learning_rate
        == 0.1
    )


@pytest.mark.parametrize("as_what", ["recipe", "dict", "path", "none"])
def test_a_recipe_may_come_in_any_form_and_be_changed_inside(as_what: str, tmp_path: Path) -> None:
    recipe = Recipe(hidden=(7,), epochs=2)
    recipe.save(tmp_path / "recipe.toml")
    given = {"recipe": recipe, "dict": recipe.to_dict(), "path": tmp_path / "recipe.toml", "none": None}[as_what]
    network = NetworkClassifier(given, epochs=1)
    network.set_params(recipe__dropout__rate=0.25, recipe__optimizer__name="nadam", recipe__hidden=(3,))
    fitted = clone(network).fit(X_IRIS, Y_IRIS)
    assert fitted.recipe_.dropout.rate == 0.25
    assert fitted.recipe_.optimizer.name == "nadam"
    assert fitted.recipe_.hidden == (3,)
    assert network.get_params()["recipe__dropout__rate"] == 0.25


def test_wrong_settings_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="dropout.rate"):
        classifier(dropout=1.5).fit(X_IRIS, Y_IRIS)
    with pytest.raises(InputError, match="no setting 'dropuot'"):
        classifier().set_params(recipe__dropuot=0.1)
    with pytest.raises(InputError, match="got int"):
        classifier(recipe=3).fit(X_IRIS, Y_IRIS)
    with pytest.raises(InputError, match="n_jobs = 0"):
        classifier(n_jobs=0).fit(X_IRIS, Y_IRIS)
    with pytest.raises(ValueError, match="Invalid parameter"):
        classifier().set_params(layers=3)
