"""Estimators in a file without pickle: everything comes back, and forged files are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import wellfit
from tests.estimators.test_networks import X_IRIS, X_NUMBERS, Y_IRIS, Y_NUMBERS, classifier, regressor
from wellfit import NetworkClassifier, NetworkRegressor, Recipe
from wellfit.errors import InputError
from wellfit.models.model import Model


@pytest.mark.parametrize("kind", ["classes", "text", "labels", "numbers", "folds"])
def test_it_saves_without_pickle(kind: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(X_IRIS, columns=["a", "b", "c", "d"])
    y = {"text": Y_IRIS.astype("U5"), "labels": np.eye(3, dtype=int)[Y_IRIS]}.get(kind, Y_IRIS)
    changes = {"folds": {"folds": 3}, "classes": {"class_weight": {0: 1.0, 1: 2.5, 2: 1.0}}}.get(kind, {})
    network = regressor() if kind == "numbers" else classifier(recipe=Recipe(dropout=0.2), **changes)
    fitted = network.fit(frame, y)
    fitted.save(tmp_path / "network.wellfit")
    again = type(fitted).load(tmp_path / "network.wellfit")
    assert np.array_equal(again.predict(frame), fitted.predict(frame))
    assert again.predict(frame).dtype == fitted.predict(frame).dtype
    for name in ("n_features_in_", "n_iter_", "loss_curve_", "recipe_", "notes_", "n_outputs_"):
        assert getattr(again, name) == getattr(fitted, name)
    assert again.best_loss_ == pytest.approx(fitted.best_loss_)
    assert again.result_.to_plain() == fitted.result_.to_plain() and again.result_.members == fitted.result_.members
    assert len(again.result_.members) == len(fitted.model_.networks)
    assert again.history_.equals(fitted.history_)
    assert again.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert clone(again).fit(frame, y).score(frame, y) == fitted.score(frame, y)
    assert isinstance(Model.load(tmp_path / "network.wellfit"), Model)


def test_a_loss_that_no_row_validated_is_none_before_and_after_saving(tmp_path: Path) -> None:
    fitted = regressor(validation_share=0).fit(X_NUMBERS, Y_NUMBERS)
    fitted.save(tmp_path / "network.wellfit")
    again = NetworkRegressor.load(tmp_path / "network.wellfit")
    assert fitted.result_.members == again.result_.members
    assert fitted.result_.members[0]["best_validation_loss"] is None


def test_a_file_of_another_estimator_is_refused(tmp_path: Path) -> None:
    regressor().fit(X_NUMBERS, Y_NUMBERS).save(tmp_path / "network.wellfit")
    with pytest.raises(InputError, match="holds a NetworkRegressor, not a NetworkClassifier"):
        NetworkClassifier.load(tmp_path / "network.wellfit")
    wellfit.train(Recipe(hidden=(4,), epochs=1), X_IRIS, Y_IRIS)[0].save(tmp_path / "model.wellfit")
    with pytest.raises(InputError, match="but no estimator"):
        NetworkClassifier.load(tmp_path / "model.wellfit")


@pytest.mark.parametrize(
    "change",
    [
        {"classes_type": "V8"},
        {"classes_type": "float(open('x'))"},
        {"parameters": {"evil": 1}},
        {"parameters": None},
        {"history": {}},
        {"recipe": {"epochs": -3}},
        {"n_iter": "many"},
    ],
)
def test_a_forged_estimator_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    classifier().fit(X_IRIS, Y_IRIS).save(tmp_path / "network.wellfit")
    model = Model.load(tmp_path / "network.wellfit")
    replace(model, info={"estimator": {**model.info["estimator"], **change}}).save(tmp_path / "network.wellfit")
    with pytest.raises(InputError, match="does not hold a whole estimator"):
        NetworkClassifier.load(tmp_path / "network.wellfit")
