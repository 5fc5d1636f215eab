"""Reliability, confusion, partial dependence and learning curves against scikit-learn, SciPy and hand-made rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.inspection import partial_dependence as theirs
from sklearn.metrics import confusion_matrix
from sklearn.neural_network import MLPRegressor

from wellfit.errors import InputError
from wellfit.statistics.inspection.curves import learning_curves
from wellfit.statistics.inspection.partial_dependence import grid, partial_dependence
from wellfit.statistics.inspection.reliability import confusion, reliability, reliability_curve
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.columns.columns import Column
from wellfit.tables.columns.places import Places

RANDOM = np.random.default_rng(0)
P = RANDOM.uniform(size=200)
Y = (RANDOM.uniform(size=200) < P).astype(float)


def test_the_curve_is_that_of_scikit_learn_with_exact_intervals() -> None:
    curve = reliability_curve(P, Y, bins=5)
    observed, predicted = calibration_curve(Y, P, n_bins=5, strategy="quantile")
    assert curve["observed"].to_numpy() == pytest.approx(observed)
    assert curve["predicted"].to_numpy() == pytest.approx(predicted)
    assert curve["rows"].to_list() == [40] * 5
    ends = binomtest(round(observed[2] * 40), 40).proportion_ci(method="exact")
    assert (curve["low"][2], curve["high"][2]) == pytest.approx((ends.low, ends.high))


def test_weights_count_as_repeated_rows() -> None:
    weight = RANDOM.integers(0, 3, 200)
    weighted = reliability_curve(P, Y, weight, bins=4)
    repeated = reliability_curve(np.repeat(P, weight), np.repeat(Y, weight), bins=4)
    for name in ("predicted", "observed"):
        assert weighted[name].to_numpy() == pytest.approx(repeated[name].to_numpy())


def test_equal_probabilities_stay_together() -> None:
    curve = reliability_curve(np.array([0.0] * 50 + [0.5] * 30 + [1.0] * 20), np.ones(100), bins=10)
    assert curve["rows"].to_list() == [50, 30, 20] and curve["observed"].to_list() == [1.0] * 3


def test_of_two_classes_more_and_labels() -> None:
    two = Target("binary", Y[:, None].astype(np.float32), ("no", "yes"))
    curve = reliability(two, np.column_stack([1 - P, P]))
    assert curve["of"].unique().to_list() == ["yes"] and curve["observed"].equals(reliability_curve(P, Y)["observed"])
    three = Target("classes", np.array([[0], [1], [2], [1]], np.float32), ("a", "b", "c"))
    p = np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0.05, 0.9, 0.05]])
    found = reliability(three, p, bins=1)
    assert found["predicted"].to_list() == [pytest.approx(0.675)] and found["observed"].to_list() == [0.75]
    labels = Target("labels", np.array([[0, 1], [1, 1]], np.float32), ("l", "m"))
    assert reliability(labels, np.array([[0.2, 0.9], [0.7, 0.8]]), bins=1)["of"].to_list() == ["l", "m"]
    with pytest.raises(InputError, match="probabilities"):
        reliability(Target("numbers", Y[:, None].astype(np.float32), ("y",)), P[:, None])


@pytest.mark.parametrize(("p", "y", "bins"), [(P, Y[:3], 5), (P, Y, 0), (P, Y, 2.0), (P[:0], Y[:0], 5)])
def test_what_has_no_curve_is_refused(p: Any, y: Any, bins: Any) -> None:
    with pytest.raises(InputError):
        reliability_curve(p, y, bins=bins)


def test_confusion_is_that_of_scikit_learn() -> None:
    true, chosen, weight = RANDOM.integers(0, 3, 60), RANDOM.integers(0, 4, 60), RANDOM.integers(0, 3, 60)
    table = confusion(Target("classes", true[:, None].astype(np.float32), tuple("abcd")), chosen, weight)
    expected = confusion_matrix(true, chosen, labels=range(4), sample_weight=weight)
    assert table["rows"].to_numpy().reshape(4, 4) == pytest.approx(expected)
    shares = confusion_matrix(true, chosen, labels=range(4), sample_weight=weight, normalize="true")
    assert table["share"].to_numpy().reshape(4, 4)[:3] == pytest.approx(shares[:3])
    assert table["share"].to_list()[12:] == [None] * 4  # no row is of the class d


def test_partial_dependence_is_that_of_scikit_learn() -> None:
    X = RANDOM.normal(size=(80, 3)).astype(np.float32)
    model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=5, random_state=0, tol=10.0, n_iter_no_change=1).fit(
        X, X[:, 0] ** 2
    )
    arrays = Arrays(X, np.zeros((80, 0), np.int32))
    found = theirs(model, X, [1], kind="average", grid_resolution=7, method="brute")
    values = np.asarray(found["grid_values"][0], np.float64)
    ours = partial_dependence(lambda a: model.predict(a.numbers)[:, None], arrays, Places("b", (1,)), values)
    assert ours[:, 0] == pytest.approx(found["average"][0], abs=1e-6)


def test_a_grid_is_in_the_units_of_the_table() -> None:
    cells = np.array([[1.0], [2.0], [np.nan], [2.0]], np.float32)
    arrays = Arrays(cells, np.array([[0], [2], [-1], [3]], np.int32), (3,))
    number = Places("n", (0,), column=Column("n", "number", shift=1_000.0, factor=0.5))
    values, shown = grid(arrays, number, 10)
    assert values.tolist() == [1.0, 2.0] and shown == [1_002.0, 1_004.0]
    many = Arrays(np.linspace(0, 1, 101, dtype=np.float32)[:, None], np.zeros((101, 0), np.int32))
    assert grid(many, number, 3)[0] == pytest.approx([0.05, 0.5, 0.95])
    category = Places("c", codes=(0,), column=Column("c", "category", vocabulary=("red", "green", "blue")))
    assert grid(arrays, category, 10)[1] == ["red", "blue"]  # neither what is missing nor what is new
    with pytest.raises(InputError, match="is a date"):
        grid(arrays, Places("d", (0, 0), column=Column("d", "date")), 5)
    with pytest.raises(InputError, match="missing in all rows"):
        grid(Arrays(cells[2:3], arrays.codes[2:3], (3,)), number, 5)


def test_learning_curves_carry_the_last_measurement_on() -> None:
    history = pl.DataFrame({
        "member": [0, 0, 0, 1, 2, 2, 3], "epoch": [1.0, 2.0, 3.0, 1.0, 1.0, 2.0, 1.0],
        "training_loss": [9.0, 6.0, 3.0, 1.0, 5.0, math.nan, 7.0], "validation_loss": [math.nan] * 7,
    })  # fmt: skip
    curves = learning_curves(history, ["a", "a", "a", "b"], "loss")
    first = curves.filter(pl.col("recipe") == "a")
    assert first["epoch"].to_list() == [1.0, 2.0, 3.0] and first["networks"].to_list() == [3] * 3
    assert first["median"].to_list() == [5.0, 6.0, 3.0]  # the third network diverged: it is the worst from then on
    assert first["low"].to_list() == [1.0, 1.0, 1.0] and first["high"].to_list() == [9.0, math.inf, math.inf]
    assert curves["rows"].unique().to_list() == ["training"]  # there were no validation rows
    assert curves.filter(pl.col("recipe") == "b")["median"].to_list() == [7.0]
