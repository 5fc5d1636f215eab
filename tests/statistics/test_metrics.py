"""Metrics against scikit-learn, weights against repeated rows, and what happens at the edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as oracle
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.statistics.metrics import METRICS, metric_of
from wellfit.tables.arrays import Target, TargetKind

CASES = [(kind, name) for kind, names in METRICS.items() for name in names]


def case(kind: TargetKind, rows: int = 300, columns: int = 2, seed: int = 0) -> tuple[Target, NDArray[Any], Any]:
    """A target, predictions of it rounded so that there are ties, and whole weights with zeros among them."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(0, 4, rows)
    if kind in ("binary", "classes"):
        classes = 2 if kind == "binary" else 5
        y = np.concatenate([np.arange(classes), rng.integers(0, classes, rows - classes)])
        predicted = rng.dirichlet(np.ones(classes), rows).round(2) + 0.3 * np.eye(classes)[y]
        return Target(kind, y[:, None].astype(np.float32), tuple(range(classes))), normal(predicted), weight
    if kind == "labels":
        y = rng.integers(0, 2, (rows, 3))
        return Target(kind, y.astype(np.float32), ("a", "b", "c")), 0.01 + 0.98 * rng.random((rows, 3)).round(2), weight
    if kind == "counts":
        y = rng.poisson(2.0, (rows, columns))
        return Target(kind, y.astype(np.float32), tuple("ab"[:columns])), rng.random((rows, columns)) * 4, weight
    y = rng.normal(size=(rows, columns)).astype(np.float32)
    return (
        Target("numbers", y, tuple("ab"[:columns])),
        y + rng.normal(size=(rows, columns)) * [0.5, 2.0][:columns],
        weight,
    )


def normal(predicted: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(predicted / predicted.sum(axis=1, keepdims=True))


def by_sklearn(name: str, target: Target, predicted: NDArray[Any], w: Any) -> float:
    """The score as scikit-learn has it."""
    y = target.values[:, 0].astype(int) if target.kind in ("binary", "classes") else target.values.astype(float)
    some = np.ones(len(y)) if w is None else w
    if target.kind == "labels":
        if name == "error":
            return float(np.average((predicted > 0.5) != y, axis=0, weights=some).mean())
        return float(np.mean([oracle.log_loss(y[:, k], predicted[:, k], sample_weight=w) for k in range(3)]))
    if name == "auc" and target.kind == "binary":
        return float(oracle.roc_auc_score(y, predicted[:, 1], sample_weight=w))
    if name == "auc":
        return float(
            np.mean([oracle.roc_auc_score(y == k, predicted[:, k], sample_weight=w) for k in range(predicted.shape[1])])
        )
    if name == "brier":
        return float(
            oracle.brier_score_loss(y, predicted if predicted.shape[1] > 2 else predicted[:, 1], sample_weight=w)
        )
    if name == "poisson_deviance":
        columns = range(y.shape[1])
        return float(
            np.mean([oracle.mean_poisson_deviance(y[:, k], predicted[:, k], sample_weight=w) for k in columns])
        )
    chosen = predicted.argmax(axis=1) if target.kind in ("binary", "classes") else predicted
    table: dict[str, Callable[..., Any]] = {
        "log_loss": lambda: oracle.log_loss(y, predicted, sample_weight=w),
        "error": lambda: oracle.zero_one_loss(y, chosen, sample_weight=w),
        "accuracy": lambda: oracle.accuracy_score(y, chosen, sample_weight=w),
        "balanced_error": lambda: 1 - oracle.balanced_accuracy_score(y, chosen, sample_weight=w),
        "balanced_accuracy": lambda: oracle.balanced_accuracy_score(y, chosen, sample_weight=w),
        "rmse": lambda: oracle.root_mean_squared_error(y, predicted, sample_weight=w),
        "mae": lambda: oracle.mean_absolute_error(y, predicted, sample_weight=w),
        "r2": lambda: oracle.r2_score(y, predicted, sample_weight=w),
        "median_absolute_error": lambda: oracle.median_absolute_error(y, predicted),
    }
    return float(table[name]())


@pytest.mark.parametrize(("kind", "name"), CASES)
@pytest.mark.parametrize("columns", [1, 2])
def test_a_score_is_scikit_learns(kind: TargetKind, name: str, columns: int) -> None:
    target, predicted, weight = case(kind, columns=columns)
    metric = metric_of(name, kind)
    assert metric.score(target, predicted) == pytest.approx(by_sklearn(name, target, predicted, None), rel=1e-12)
    if name != "median_absolute_error":  # scikit-learn's weighted median does not treat a weight as repetition
        assert metric.score(target, predicted, weight) == pytest.approx(
            by_sklearn(name, target, predicted, weight), rel=1e-12
        )


def test_several_classes_auc_is_scikit_learns_one_against_the_rest() -> None:
    target, predicted, _ = case("classes")
    wanted = oracle.roc_auc_score(target.values[:, 0], predicted, multi_class="ovr", average="macro")
    assert metric_of("auc", "classes").score(target, predicted) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_weight_is_a_row_repeated_and_0_no_row(kind: TargetKind, name: str) -> None:
    target, predicted, weight = case(kind)
    again = np.repeat(np.arange(len(weight)), weight)
    metric = metric_of(name, kind)
    wanted = metric.loss(target.take(again), predicted[again])
    predicted[weight == 0] = np.nan  # what is not looked at may be anything
    assert metric.loss(target, predicted, weight) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_rows_have_the_loss_as_their_mean(kind: TargetKind, name: str) -> None:
    target, predicted, weight = case(kind)
    on_rows = metric_of(name, kind).on_rows(target, weight)
    if on_rows.is_mean:
        rows = on_rows.rows(on_rows.compact(predicted))
        assert np.average(rows, weights=weight[weight > 0]) == pytest.approx(
            metric_of(name, kind).loss(target, predicted, weight), rel=1e-12
        )
    else:
        assert name in {"auc", "rmse", "r2", "balanced_error", "balanced_accuracy", "median_absolute_error"}


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_nan_that_counts_is_seen(kind: TargetKind, name: str) -> None:
    target, predicted, _ = case(kind)
    predicted[7] = np.nan
    assert np.isnan(metric_of(name, kind).loss(target, predicted))


def test_a_probability_of_0_costs_what_1e_15_costs() -> None:
    target = Target("binary", np.array([[0.0], [1.0]], np.float32), ("no", "yes"))
    predicted = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert metric_of("log_loss", "binary").loss(target, predicted) == pytest.approx(15 * np.log(10) / 2)
    counts = Target("counts", np.array([[1.0]], np.float32), ("n",))
    assert metric_of(None, "counts").loss(counts, np.zeros((1, 1))) == pytest.approx(2 * (15 * np.log(10) - 1))


def test_auc_of_absent_classes() -> None:
    target, predicted, _ = case("classes")
    without = target.values[:, 0] != 3
    known = [k for k in range(5) if k != 3]
    y, p = target.values[without, 0], predicted[without]
    wanted = np.mean([oracle.roc_auc_score(y == k, p[:, k]) for k in known])
    assert metric_of("auc", "classes").score(target.take(np.flatnonzero(without)), p) == pytest.approx(wanted)
    one = target.take(np.flatnonzero(target.values[:, 0] == 0))
    assert np.isnan(metric_of("auc", "classes").score(one, predicted[target.values[:, 0] == 0]))


def test_auc_of_many_classes_of_few_rows_each() -> None:
    """Oracle: pairs counted one by one. Some classes have no row, some scores are equal, some rows weigh more."""
    rng = np.random.default_rng(4)
    y, predicted, weight = rng.integers(0, 30, 40), rng.random((40, 30)).round(1), rng.random(40)
    for w in (None, weight):
        each = []
        for k in np.unique(y):
            pairs = [(i, j) for i in np.flatnonzero(y == k) for j in np.flatnonzero(y != k)]
            size = [1.0 if w is None else w[i] * w[j] for i, j in pairs]
            right = [(predicted[i, k] > predicted[j, k]) + 0.5 * (predicted[i, k] == predicted[j, k]) for i, j in pairs]
            each.append(np.average(right, weights=size))
        target = Target("classes", y[:, None].astype(np.float32), tuple(range(30)))
        assert metric_of("auc", "classes").score(target, predicted, w) == pytest.approx(np.mean(each), rel=1e-12)


def test_of_equal_probabilities_the_first_is_predicted() -> None:
    target = Target("classes", np.array([[0.0], [1.0], [2.0]], np.float32), (0, 1, 2))
    predicted = np.array([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.2, 0.4, 0.4]])
    on_rows = metric_of("error", "classes").on_rows(target)
    assert on_rows.rows(on_rows.compact(predicted)).tolist() == [0.0, 1.0, 1.0]


def test_r2_of_a_constant_target() -> None:
    target = Target("numbers", np.full((4, 1), 0.1, np.float32), ("y",))
    exact = target.values.astype(float)
    assert np.isnan(metric_of("r2", "numbers").score(target, exact))
    on_rows = metric_of("r2", "numbers").on_rows(target)  # what selects an ensemble needs a number all the same
    assert on_rows.loss(on_rows.compact(exact)) == 0.0 and on_rows.loss(on_rows.compact(exact + 1)) == 1.0


def test_the_defaults() -> None:
    assert [metric_of(None, kind).name for kind in ("binary", "classes", "labels")] == ["log_loss"] * 3
    assert [metric_of(None, kind).name for kind in ("numbers", "counts")] == ["rmse", "poisson_deviance"]


def test_names() -> None:
    assert metric_of(" Log-Loss", "labels").name == "log_loss"
    assert metric_of("Balanced error", "binary").name == "balanced_error"
    with pytest.raises(InputError, match="metrics are rmse, mae, r2, median_absolute_error; got 'auc'"):
        metric_of("auc", "numbers")
    with pytest.raises(InputError, match="metrics are log_loss, error; got 'rsme'"):
        metric_of("rsme", "labels")
    with pytest.raises(InputError, match="measure each task alone"):
        metric_of(None, "tasks")


def test_shapes_and_weights_are_checked() -> None:
    target, predicted, _ = case("binary")
    metric = metric_of(None, "binary")
    with pytest.raises(InputError, match=r"\(300, 2\).*got .*\(300, 1\)"):
        metric.loss(target, predicted[:, 1:])
    for bad in (np.zeros(300), np.ones(299), np.full(300, -1.0), np.full(300, np.nan)):
        with pytest.raises(InputError, match="one finite weight of 0 or more"):
            metric.loss(target, predicted, bad)
    with pytest.raises(InputError, match="kind 'binary'; got 'numbers'"):
        metric.loss(case("numbers")[0], predicted)
