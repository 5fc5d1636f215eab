"""Paths: scikit-learn's lasso and ridge, the choice of one standard error, weights by column, and a study's end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, make_moons
from sklearn.linear_model import Lasso, Ridge
from sklearn.preprocessing import PolynomialFeatures

import wellfit
from wellfit.engines.compiled.measure.sparsity import column_weights, inputs_of_columns
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.studies import path
from wellfit.studies.recipes.path_answer import one_standard_error
from wellfit.studies.recipes.path_measures import Plane, products

LINEAR = wellfit.Recipe.plain(
    hidden=(), batch_size="all", epochs=1500, optimizer={"name": "momentum", "learning_rate": 0.5},
)  # fmt: skip


@pytest.mark.parametrize(("slot", "alphas"), [("l1", (0.0, 1.0, 6.0, 25.0, 60.0)), ("l2", (0.0, 3.0, 30.0, 300.0))])
def test_a_linear_network_goes_along_the_paths_of_scikit_learn(slot: str, alphas: tuple[float, ...]) -> None:
    X, y = load_diabetes(return_X_y=True)
    rows = np.arange(300)
    centre, scale, spread = X[rows].mean(axis=0), X[rows].std(axis=0), y[rows].std()
    strengths = [alpha / spread if slot == "l1" else alpha / len(rows) for alpha in alphas]
    study = path(LINEAR, X, y, slot=slot, strengths=strengths, folds=[(rows, np.arange(300, 442))], seeds=1, n_jobs=1)
    found = study.details["columns"]["weight"].to_numpy().reshape(len(alphas), 10) * spread
    Z, exact = (X[rows] - centre) / scale, []
    for alpha in alphas:
        if slot == "l1" and alpha:
            model: Any = Lasso(alpha=alpha, tol=1e-10, max_iter=100_000)
        else:
            model = Ridge(alpha=alpha if slot == "l2" else 0.0)
        exact.append(model.fit(Z, y[rows]).coef_)
    largest = np.abs(exact).max()
    assert np.abs(found - exact).max() < 1e-3 * largest
    if slot == "l1":
        differs = (found == 0) != (np.array(exact) == 0)
        assert np.abs(np.where(differs, found - exact, 0.0)).max() < 1e-3 * largest
        assert (found == 0).sum() > 10 and study.table["unread_columns"].is_sorted()


def test_the_choice_of_one_standard_error() -> None:
    losses, errors = np.array([3.0, 1.0, 1.1, 1.11, np.inf, np.nan]), np.array([0.5, 0.1, 0.3, 0.3, np.nan, 0.1])
    assert one_standard_error(losses, errors) == (1, 2)
    assert one_standard_error(losses[:1], np.array([np.nan])) == (0, 0)


def test_products_are_those_of_scikit_learn() -> None:
    points = np.random.default_rng(0).normal(size=(5, 2))
    ours = products(Plane(("a", "b"), points, 6), points)
    theirs = PolynomialFeatures(6, include_bias=False).fit_transform(points)
    assert np.allclose(np.column_stack(list(ours.values())), theirs) and len(ours) == 27


@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
def test_the_weights_of_a_column_are_what_the_network_reads_it_by(skip: str) -> None:
    rng = np.random.default_rng(0)
    X = {"a": rng.normal(size=80), "b": np.where(rng.random(80) < 0.2, np.nan, 1.0), "c": rng.choice(list("xyz"), 80)}
    recipe = wellfit.Recipe(hidden=(5, 4), skip=skip, epochs=2, input_scale=6, dropout={"rate": 0.1, "input_rate": 0.1})
    network = wellfit.train(recipe, X, X["a"] > 0).engine.network(0)
    sizes = column_weights(network)
    assert len(sizes) == 3 and (sizes > 0).all()
    for name, shape in {"a": 0, "c": 2}.items():
        silent = _without(network, shape)
        assert (column_weights(silent) == 0).tolist() == [k == shape for k in range(3)], name


def _without(network: Network, column: int) -> Network:
    """The network with the weights of a column set to zero wherever it enters."""
    parameters, places = network.parameters.copy(), inputs_of_columns(network)[column]
    (scale,) = (node.arrays["scale"] for node in network.plan.nodes if node.kind == "scale")
    (begin,) = (segment.begin for segment in network.segments if segment.name == scale)
    parameters[begin + places] = 0
    return replace(network, parameters=parameters)


def test_what_is_refused() -> None:
    X, y = make_moons(60, noise=0.2, random_state=0)
    wide = np.column_stack([X, X[:, 0]])
    for table, options, words in (
        (X, {"slot": "l3"}, "names a setting of a recipe"), (X, {"slot": "optimizer"}, "no main setting"),
        (X, {"slot": "optimizer.learning_rate"}, "give strengths"), (X, {"slot": "l2.strenght"}, "give strengths"),
        (X, {"strengths": [0.1, 0.1]}, "that rise"), (X, {"slot": "dropout", "strengths": [0, 1.5]}, "below 1"),
        (wide, {"degree": 3}, "two number columns"), (X, {"degree": 0}, "from 1 to 20"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            path(LINEAR, table, y, **options)


def test_a_path_of_polynomial_logistic_regression_from_end_to_end() -> None:
    X, y = make_moons(150, noise=0.15, random_state=0)
    recipe = LINEAR.vary({"epochs": 100, "optimizer.learning_rate": 0.1})
    study = path(recipe, X, y, slot="l1.strength", strengths=[0.0, 0.02, 10.0], degree=3, folds=3, seeds=2, n_jobs=1)
    table = study.table
    assert table["strength"].to_list() == [0.0, 0.02, 10.0] and table["unread_columns"].to_list()[::2] == [0.0, 9.0]
    assert table["zeros"][2] == 1.0 and table["weights"].to_list() == sorted(table["weights"], reverse=True)
    networks = study.details["networks"]
    first = networks.filter(networks["recipe"] == "l1.strength = 0")["test_loss"].mean()
    assert table["test_loss"][0] == pytest.approx(first) and study.details["comparisons"]["verdict"][1] == "worse"
    assert study.details["columns"]["column"].n_unique() == 9 and "l1.proximal was set" in " ".join(study.remarks)
    assert [figure.name for figure in study.figures] == ["losses", "weights", "zeros", "regions"]
    chosen = study.recipes["one standard error"].l1
    assert chosen.proximal and chosen.strength == study.facts["one-standard-error strength"]
    regions = study.display("regions").frame
    assert set(regions.filter(regions["strength"] == "l1.strength = 0")["class"]) == {"0", "1"}
