"""Every metric's score with its interval: where it lies, what it holds, and what cannot be measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from wellfit.statistics.intervals import exact_share, units_of
from wellfit.statistics.metrics import METRICS, metric_of
from wellfit.statistics.scores import headline, measured, scores, shown_estimate
from wellfit.statistics.scores.exact import newcombe
from wellfit.statistics.scores.left_out import left_out
from wellfit.tables.arrays import Target, TargetKind

RNG = np.random.default_rng(0)
EVERY = [(kind, name) for kind, names in METRICS.items() for name in names]
WITHOUT_JACKKNIFE = ("median_absolute_error", "balanced_error", "balanced_accuracy")
LEAST_MOST = {"r2": (-math.inf, 1), "auc": (0, 1), "brier": (0, 2)}


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sample(kind: TargetKind, rows: int, rng: Any = RNG, off: float = 1.0) -> tuple[Target, NDArray[np.float64]]:
    """A target, and predictions that are off by so much."""
    if kind in ("binary", "classes"):
        many = 2 if kind == "binary" else 4
        y = rng.permutation(np.arange(rows) % (many + 1)) % many
        z = off * rng.normal(size=(rows, many)) + 2.0 * (np.arange(many) == y[:, None])
        return Target(kind, y[:, None].astype(np.float32), tuple("abcd"[:many])), softmax(z)
    if kind == "labels":
        z = rng.normal(size=(rows, 3))
        return Target(kind, (z > 0).astype(np.float32), ("a", "b", "c")), 1 / (
            1 + np.exp(-z - off * rng.normal(size=z.shape))
        )
    mean = np.exp(0.5 * rng.normal(size=(rows, 1)) + 1)
    if kind == "counts":
        return Target(kind, rng.poisson(mean).astype(np.float32), ("y",)), mean + 0.01 * off
    return Target(kind, (mean + off * rng.normal(size=(rows, 1))).astype(np.float32), ("y",)), mean


@pytest.mark.parametrize(("kind", "name"), EVERY)
@pytest.mark.parametrize("case", [(1, ""), (3, ""), (12, ""), (30, ""), (30, "heavy"), (30, "alike"), (60, "groups")])
def test_an_interval_lies_in_the_range_and_has_a_width(kind: TargetKind, name: str, case: tuple[int, str]) -> None:
    """Also of one row, of one heavy weight, of equal losses, of predictions that are right, and of those all wrong."""
    metric, least_most = metric_of(name, kind), LEAST_MOST.get(name, (0, math.inf))
    rows, how = case
    rng = np.random.default_rng(rows)
    for off in (0.0, 1.0, 30.0):
        target, predicted = sample(kind, rows, rng, off)
        if how == "alike":
            predicted = np.repeat(predicted[:1], rows, axis=0)
        weight = np.where(np.arange(rows) == 0, 1e12, 1.0) if how == "heavy" else None
        groups = np.arange(rows) // 4 if how == "groups" else None
        found = measured(metric, target, predicted, weight, groups)
        if math.isnan(found.mean):
            assert found.remark.startswith("cannot be measured: ") and not found.known
            continue
        assert least_most[0] <= found.mean <= least_most[1] + 1e-12
        if found.known:
            assert least_most[0] <= found.low <= found.mean <= found.high <= least_most[1] and found.low < found.high
            assert name != "r2" or found.high < 1
        else:
            assert found.remark.startswith("no interval: ")
        assert metric.score(target, predicted, weight) == pytest.approx(found.mean, rel=1e-12, abs=1e-15)


def test_no_error_in_thirty_rows_is_not_certainty() -> None:
    target = Target("binary", (np.arange(30) % 2)[:, None].astype(np.float32), ("no", "yes"))
    sure = np.where(target.values > 0, [0.1, 0.9], [0.9, 0.1])
    upper = 1 - 0.025 ** (1 / 30)
    error, accuracy = (measured(metric_of(name, "binary"), target, sure) for name in ("error", "accuracy"))
    assert (error.mean, error.low) == (0, 0) and error.high == pytest.approx(upper)
    assert (accuracy.mean, accuracy.high) == (1, 1) and accuracy.low == pytest.approx(1 - upper)
    assert shown_estimate("error", error) == "0.00% (95 % interval 0.00% to 11.57%)"
    area = measured(metric_of("auc", "binary"), target, sure)
    assert area.mean == area.high == 1 and 0.8 < area.low < 0.95


def test_labels_that_err_apart_count_as_more_rows() -> None:
    """20 labels of 50 rows, wrong by chance: as 1,000 rows; all labels of a row wrong together: as 50."""
    apart = RNG.random((50, 20)) < 0.1
    together = np.repeat(apart[:, :1], 20, axis=1)
    target = Target("labels", np.zeros((50, 20), np.float32), tuple(map(str, range(20))))
    for wrong, rows in ((apart, 1000), (together, 50)):
        found = measured(metric_of("error", "labels"), target, np.where(wrong, 0.9, 0.1))
        low, high = exact_share(found.mean, rows)
        assert found.high - found.low == pytest.approx(high - low, rel=0.15)


@pytest.mark.parametrize("value", ["no", "yes"])
def test_rows_of_one_class_cannot_measure_auc(value: str) -> None:
    target = Target("binary", np.full((30, 1), float(value == "yes"), np.float32), ("no", "yes"))
    predicted = softmax(RNG.normal(size=(30, 2)))
    other = "no" if value == "yes" else "yes"
    found = measured(metric_of("auc", "binary"), target, predicted)
    assert math.isnan(found.mean) and str(found) == f"cannot be measured: no row of class {other}"
    assert math.isnan(metric_of("auc", "binary").score(target, predicted))
    balanced = measured(metric_of("balanced_error", "binary"), target, predicted)
    assert balanced.known and balanced.remark == f"no row of class {other}"
    flat = Target("numbers", np.ones((30, 1), np.float32), ("y",))
    assert str(measured(metric_of("r2", "numbers"), flat, RNG.normal(size=(30, 1)))).endswith("the same value")


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name in EVERY if name not in WITHOUT_JACKKNIFE])
@pytest.mark.parametrize("groups", [None, np.arange(24) // 3])
def test_losses_without_a_unit_by_leaving_it_out(kind: TargetKind, name: str, groups: Any) -> None:
    target, predicted = sample(kind, 24, off=2.0)
    if kind == "numbers":
        target = Target(kind, np.hstack([target.values, target.values**2]), ("y", "z"))
        predicted = np.hstack([predicted, predicted**2])
    metric, weight = metric_of(name, kind), RNG.uniform(0.5, 2, 24)
    on_rows, units = metric.on_rows(target, weight), units_of(weight, groups)
    found = left_out(on_rows, on_rows.compact(predicted), units)
    unit = np.arange(24) if groups is None else groups
    wanted = [metric.loss(target, predicted, weight * (unit != one)) for one in np.unique(unit)]
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=0.02 if name == "auc" else 1e-15)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize(("name", "power"), [("rmse", 1), ("r2", 2)])
def test_squares_that_differ_little_have_the_interval_of_normal_residuals(name: str, power: int, columns: int) -> None:
    """The variance of the mean of n squares is 2 sigma^4/n, so the relative error of its root is 1/sqrt(2 n)."""
    values = np.repeat(np.where(np.arange(50) % 4 < 2, 3.0, -3.0)[:, None], columns, axis=1).astype(np.float32)
    off = np.where(np.arange(50) % 2, 1.0, -1.01)[:, None]
    found = measured(metric_of(name, "numbers"), Target("numbers", values, tuple("yz"[:columns])), values + off)
    ends = (found.low, found.high) if name == "rmse" else (1 - found.high, 1 - found.low)
    wanted = scipy.stats.t.ppf(0.975, 49) * power / math.sqrt(2 * 50 * columns)
    assert math.log(ends[1] / ends[0]) / 2 == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "name", "least"),
    [
        ("binary", "error", 0.94), ("binary", "auc", 0.94), ("binary", "log_loss", 0.89), ("classes", "auc", 0.91),
        ("classes", "balanced_accuracy", 0.94), ("labels", "error", 0.92), ("classes", "brier", 0.92),
        ("numbers", "rmse", 0.92), ("numbers", "r2", 0.88), ("numbers", "median_absolute_error", 0.93),
    ],
)  # fmt: skip
def test_intervals_of_few_rows_hold_the_truth(kind: TargetKind, name: str, least: float) -> None:
    rng, metric = np.random.default_rng(7), metric_of(name, kind)
    true = metric.score(*sample(kind, 60_000, rng, 1.2))
    found = [measured(metric, *sample(kind, 30, rng, 1.2)) for _ in range(250)]
    assert all(one.known for one in found)
    assert np.mean([one.low <= true <= one.high for one in found]) >= least


@pytest.mark.parametrize(("area", "one", "other"), [(1.0, 10, 10), (0.7, 12, 20), (0.2, 40, 8)])
def test_newcombes_ends_lie_two_of_their_own_standard_errors_away(area: float, one: float, other: float) -> None:
    """By Hanley & McNeil's variance, written with their Q1 and Q2."""
    for end in newcombe(area, one, other):
        q1, q2, many = end / (2 - end), 2 * end**2 / (1 + end), (one + other) / 2 - 1
        variance = (end * (1 - end) + many * (q1 - end**2) + many * (q2 - end**2)) / (one * other)
        assert abs(area - end) == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-5)
    assert newcombe(1 - area, one, other) == pytest.approx(tuple(1 - e for e in newcombe(area, one, other)[::-1]))


def test_scores_by_name() -> None:
    target, predicted = sample("numbers", 30)
    found = scores(target, predicted, names=headline("numbers", "mae"))
    assert list(found) == ["mae", "r2", "rmse"] and all(one.known for one in found.values())
    assert headline("classes", "balanced_accuracy") == ("balanced_accuracy", "error", "log_loss")


@pytest.mark.parametrize("rows", range(2, 64))
def test_groups_that_are_all_wrong_or_all_right_count_for_what_they_are(rows: int) -> None:
    """Shares of the weight add up to 1 but for rounding, so that the mean of ones may lie a little above it."""
    units = units_of(np.ones(rows), np.arange(rows) % 2)
    for every in (0.0, 1.0):
        assert units.size_of_share(np.full(rows, every)) == pytest.approx(units.effective)
