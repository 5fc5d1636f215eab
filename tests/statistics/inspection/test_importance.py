"""Permutation importance: as scikit-learn measures it, with intervals that hold what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.inspection import permutation_importance as theirs
from sklearn.linear_model import LinearRegression

from wellfit.errors import InputError
from wellfit.statistics.inspection.importance import permutation_importance
from wellfit.statistics.metrics import metric_of
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.columns.places import Places

COLUMNS = [Places("first", (0,)), Places("second", (1,)), Places("both", (0, 1)), Places("none", (2,))]


def rows_of(rows: int, seed: int) -> tuple[Arrays, Target]:
    """y = 2 x0 + x1 + noise; x2 is nothing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3)).astype(np.float32)
    y = 2 * X[:, :1] + X[:, 1:2] + rng.normal(size=(rows, 1))
    return Arrays(X, np.zeros((rows, 0), np.int32)), Target("numbers", y.astype(np.float32), ("y",))


def predict(arrays: Arrays) -> np.ndarray:
    """A fixed predictor."""
    return (2 * arrays.numbers[:, :1] + arrays.numbers[:, 1:2]).astype(np.float64)


def found(arrays: Arrays, target: Target, metric: str = "rmse", **settings: Any) -> dict[str, dict[str, Any]]:
    """The importance of each column by its name."""
    table = permutation_importance(predict, arrays, target, metric_of(metric, "numbers"), COLUMNS, **settings)
    return {row["column"]: row for row in table.to_dicts()}


def test_it_is_that_of_scikit_learn() -> None:
    arrays, target = rows_of(150, 0)
    model = LinearRegression(fit_intercept=False)
    model.fit(arrays.numbers.astype(float), target.values[:, 0])
    model.coef_ = np.array([2.0, 1.0, 0.0])
    scoring = "neg_root_mean_squared_error"
    other = theirs(model, arrays.numbers, target.values[:, 0], scoring=scoring, n_repeats=200, random_state=0)
    ours = found(arrays, target, repeats=200)
    for place, name in enumerate(["first", "second", "none"]):
        spread = other.importances_std[place]
        assert ours[name]["importance"] == pytest.approx(
            other.importances_mean[place], abs=5 * spread / 200**0.5 + 1e-6
        )
        assert ours[name]["spread"] == pytest.approx(spread, rel=0.2, abs=1e-6)


def test_parts_of_one_column_are_moved_together_and_the_best_comes_first() -> None:
    table = permutation_importance(predict, *rows_of(400, 1), metric_of("rmse", "numbers"), COLUMNS)
    assert table["column"].to_list() == ["both", "first", "second", "none"]
    # Two parts moved together keep their sum: its variance 5 comes twice, beside the noise's 1.
    assert table["importance"][0] == pytest.approx(11**0.5 - 1, abs=0.25)


def test_a_column_that_changes_nothing_is_worth_exactly_nothing() -> None:
    row = found(*rows_of(60, 2))["none"]
    assert (row["importance"], row["low"], row["high"]) == (0.0, None, None)


def test_intervals_hold_the_importance_on_new_rows() -> None:
    """On 400 tables of 60 rows: 95 % give or take 4 standard errors of the count, and not all of them."""
    metric, truth = metric_of("rmse", "numbers"), 9**0.5 - 1  # noise 1, and 2 x 4 when x0 is dealt anew
    held = 0
    for seed in range(400):
        arrays, target = rows_of(60, 1_000 + seed)
        table = permutation_importance(predict, arrays, target, metric, COLUMNS[:1], repeats=3)
        held += table["low"][0] <= truth <= table["high"][0]
    assert 0.91 <= held / 400 < 1.0


def test_weights_count_as_repeated_rows_and_rows_of_weight_zero_not_at_all() -> None:
    arrays, target = rows_of(50, 4)
    more, other = arrays.take(np.arange(40)), target.take(np.arange(40))
    weight = np.r_[np.ones(40), np.zeros(10)]
    all_in_one = [Places("all", (0, 1, 2))]
    metric = metric_of("mae", "numbers")
    tables = [
        permutation_importance(predict, a, t, metric, all_in_one, weight=w, repeats=400)
        for a, t, w in ((arrays, target, weight), (more, other, None))
    ]
    assert tables[0]["importance"][0] == pytest.approx(tables[1]["importance"][0], rel=0.1)
    narrow = permutation_importance(predict, more, other, metric, all_in_one, groups=np.arange(40) // 10)
    assert narrow["low"][0] is None  # four groups are too few for an interval


@pytest.mark.parametrize("metric", ["r2", "median_absolute_error"])
def test_other_metrics(metric: str) -> None:
    row = found(*rows_of(200, 5), metric=metric)["first"]
    assert row["importance"] > 0.5 and (row["low"] is None) == (metric == "median_absolute_error")


def test_the_seed_decides() -> None:
    arrays, target = rows_of(40, 6)
    one, again, other = (found(arrays, target, seed=s)["first"]["importance"] for s in (0, 0, 1))
    assert one == again != other


@pytest.mark.parametrize("repeats", [0, 1.5, True, 1_001])
def test_repeats_that_are_none_are_refused(repeats: Any) -> None:
    with pytest.raises(InputError, match="Repeats"):
        found(*rows_of(20, 0), repeats=repeats)


def test_a_metric_that_cannot_be_measured_is_refused() -> None:
    arrays, target = rows_of(20, 0)
    flat = Target("numbers", np.ones_like(target.values), ("y",))
    with pytest.raises(InputError, match="cannot be measured"):
        found(arrays, flat, metric="r2")
