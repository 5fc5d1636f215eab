"""Error against size: what the table says is what scikit-learn's predictors and the networks' own losses say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

import wellfit
from wellfit.errors import InputError
from wellfit.statistics.metrics import metric_of
from wellfit.studies.base import settings_of, study_table
from wellfit.studies.base.losses import trained_parameters
from wellfit.studies.base.table import measured_views
from wellfit.studies.generalisation.simple_predictors import simple_predictors

RECIPE = wellfit.Recipe.plain(hidden=(4,)).vary(
    epochs=15, batch_size=32, optimizer={"name": "adam", "learning_rate": 0.02}
)


def test_capacity_on_a_real_table() -> None:
    X, y = load_wine(return_X_y=True)
    study = wellfit.studies.capacity(RECIPE, X, y, widths=[1, 8], depths=[1, 2], folds=2, seeds=2, n_jobs=1)
    table, networks = study.table, study.details["networks"]
    assert table["size"].to_list() == ["1", "8", "1-1", "8-8", "constant", "linear", "1-nearest-neighbour"]
    assert table["parameters"].to_list()[:2] == [13 + 1 + 3 + 3, 13 * 8 + 8 + 8 * 3 + 3]
    for row in table.head(4).iter_rows(named=True):
        own = networks.filter(pl.col("recipe") == row["size"])
        assert row["test_loss"] == pytest.approx(own["test_loss"].mean(), rel=1e-6)
        assert row["training_loss"] == pytest.approx(own["training_loss"].mean(), rel=1e-6)
        assert row["test_loss_low"] < row["test_loss"] < row["test_loss_high"]
    by_name = {row["size"]: row for row in table.iter_rows(named=True)}
    views = measured_views(study_table(X, y, {}), settings_of({"folds": 2}), validates=False).views
    errors, constants = [], []
    for view in views:
        scaler = StandardScaler().fit(X[view.training])
        near = KNeighborsClassifier(1).fit(scaler.transform(X[view.training]), y[view.training])
        errors.append(1 - near.score(scaler.transform(X[view.test]), y[view.test]))
        shares = np.bincount(y[view.training]) / len(view.training)
        constants.append(log_loss(y[view.test], np.tile(shares, (len(view.test), 1))))
    assert by_name["constant"]["test_loss"] == pytest.approx(np.mean(constants))
    assert by_name["1-nearest-neighbour"]["test_error"] == pytest.approx(np.mean(errors))
    assert by_name["1-nearest-neighbour"]["training_error"] == 0
    assert np.isnan(by_name["1-nearest-neighbour"]["test_loss"]), "0 and 1 are no probabilities"
    assert "best" in study.recipes and "95 % interval" in study.verdict
    assert [figure.name for figure in study.figures] == ["losses", "beside-the-best"]


def test_the_neighbour_errs_on_its_training_rows_only_where_duplicates_contradict_each_other() -> None:
    X = np.arange(40.0)[:, None].repeat(2, axis=1)
    X[1] = X[0]
    table = study_table(X, [*(["a", "b"] * 20)], {})
    views = measured_views(table, settings_of({"folds": 2}), validates=False).views
    views = tuple(replace(view, training=np.setdiff1d(np.arange(40), view.test)) for view in views)
    found = simple_predictors(table, views, RECIPE, {"error": metric_of("error", "binary")}, 0)
    near = found.filter(pl.col("predictor") == "1-nearest-neighbour")
    expected = [1 / len(view.training) if 0 in view.training and 1 in view.training else 0.0 for view in views]
    assert near["training_error"].to_list() == pytest.approx(expected) and max(expected) > 0


def test_several_numbers_and_labels_are_predicted_each_by_itself() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    numbers = np.stack([2 * X[:, 0], 5 - X[:, 1]], axis=1)
    for y, kind in ((numbers, "number"), ((numbers > [0, 5]).astype(int), "labels")):
        table = study_table(X, y, {"kind": kind})
        views = measured_views(table, settings_of({"folds": 2}), validates=False).views
        found = simple_predictors(table, views, RECIPE, {"loss": metric_of(None, table.rows.target.kind)}, 0)
        constant, linear, near = (
            found.filter(pl.col("predictor") == name)["test_loss"] for name in found["predictor"][:3]
        )
        assert all(linear < 0.5 * constant) and near.is_nan().all() == (kind == "labels")


def test_where_a_smaller_network_is_practically_as_good_it_is_named() -> None:
    """Without any update all sizes predict nearly the same, within a wide margin."""
    X, y = load_diabetes(return_X_y=True)
    options: Any = {"folds": 3, "seeds": 2, "n_jobs": 1}
    study = wellfit.studies.capacity(RECIPE, X, y, widths=[2, 4, 16], margin=1000.0, **options)
    assert study.verdict.startswith("2 units (") and "practically as good, within 1,000" in study.verdict
    assert study.recipes["simplest as good"].hidden == (2,)
    narrow = wellfit.studies.capacity(RECIPE, X, y, widths=[2, 4, 16], margin=1e-9, **options)
    assert narrow.verdict.endswith("was not shown.") and "simplest as good" not in narrow.recipes


def test_diverged_networks_and_several_tasks_are_said() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    wild = RECIPE.vary(optimizer={"name": "sgd", "learning_rate": 1e20})
    options: Any = {"folds": 2, "seeds": 1, "n_jobs": 1}
    study = wellfit.studies.capacity(wild, X, 100 * X[:, 0], widths=[2, 4], kind="number", **options)
    assert study.verdict == "Cannot tell: of every size a network diverged."
    assert "4 of 4 networks diverged." in study.remarks
    tasks = wellfit.studies.capacity(RECIPE, X, {"a": X[:, 0], "b": X[:, 1] > 0}, widths=[2], **options)
    assert any("no simple predictor is fitted" in remark for remark in tasks.remarks) and len(tasks.table) == 1
    several = wellfit.studies.capacity(RECIPE, X, X[:, :2], widths=[2], **options)
    assert not any("no simple predictor" in remark for remark in several.remarks) and len(several.table) == 4


@pytest.mark.parametrize("given", [{"widths": [0]}, {"depths": [2.5]}])
def test_sizes_that_cannot_be_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="is a whole number of 1 or more"):
        wellfit.studies.capacity(RECIPE, np.random.default_rng(0).normal(size=(30, 2)), np.arange(30.0), **given)


def test_moving_statistics_are_no_trained_parameters() -> None:
    X = np.random.default_rng(0).normal(size=(30, 3))
    population = wellfit.train(RECIPE.vary(normalization="batch"), X, X[:, 0] > 0, budget=0)
    weights_and_shifts = 3 * 4 + 4 + 4 + 4 * 1 + 1  # the shift of batch normalisation stands for the layer's bias
    assert trained_parameters(population.engine.members[0].program) == weights_and_shifts
