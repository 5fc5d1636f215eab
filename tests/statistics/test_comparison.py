"""Scores, their intervals and differences, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error, r2_score

from wellfit.statistics.comparison import Predictions, compare
from wellfit.tables.arrays import Target


def numbers(values: np.ndarray) -> Target:
    return Target("numbers", values.reshape(-1, 1).astype(np.float32), ("y",))


def test_scores_of_classes() -> None:
    random = np.random.default_rng(0)
    w = random.uniform(0.1, 2, 60)
    truth = random.integers(0, 3, 60)
    p = random.dirichlet(np.ones(3), 60)
    target = Target("classes", truth[:, None].astype(np.float32), (0, 1, 2))
    (line,), difference = compare(target, [Predictions("net", p)], w, 0)
    assert line.scores["log_loss"] == pytest.approx(log_loss(truth, p, sample_weight=w), rel=1e-6)
    assert line.scores["error_rate"] == pytest.approx(np.average(p.argmax(1) != truth, weights=w))
    low, high = line.intervals["error_rate"]
    assert low < line.scores["error_rate"] < high
    assert difference is None


def test_scores_of_numbers() -> None:
    random = np.random.default_rng(0)
    w, y = random.uniform(0.1, 2, 60), random.normal(1000, 1, 60).astype(np.float32)
    z = y + random.normal(size=60)
    (line,), _ = compare(numbers(y), [Predictions("net", z[:, None])], w, 0)
    assert line.scores["rmse"] ** 2 == pytest.approx(mean_squared_error(y, z, sample_weight=w), rel=1e-6)
    assert 1 - line.scores["one_minus_r2"] == pytest.approx(r2_score(y, z, sample_weight=w), rel=1e-5)


def test_a_weight_counts_rows() -> None:
    random = np.random.default_rng(0)
    y, times = random.normal(size=40).astype(np.float32), random.integers(0, 4, 40)
    z = (y + random.normal(size=40))[:, None]
    (weighted,), _ = compare(numbers(y), [Predictions("net", z)], times.astype(float), 0)
    many = np.repeat(np.arange(40), times)
    (repeated,), _ = compare(numbers(y[many]), [Predictions("net", z[many])], np.ones(len(many)), 0)
    assert weighted.scores == pytest.approx(repeated.scores)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    random = np.random.default_rng(0)
    wrong = random.random(2000) < 0.2
    p = np.where(wrong[:, None], [0.9, 0.1], [0.1, 0.9])
    target = Target("binary", np.ones((2000, 1), np.float32), ("no", "yes"))
    (line,), _ = compare(target, [Predictions("net", p)], np.ones(2000), 0)
    half = 1.96 * (wrong.mean() * (1 - wrong.mean()) / 2000) ** 0.5
    assert line.intervals["error_rate"] == pytest.approx((wrong.mean() - half, wrong.mean() + half), abs=half / 8)


def test_whole_groups_are_drawn() -> None:
    """Ten copies of each row, as groups, give the interval of the rows; taken as single rows, a narrower one."""
    random = np.random.default_rng(0)
    y = random.normal(size=50)
    z = y + random.normal(size=50)
    copies, ten = np.repeat(np.arange(50), 10), np.ones(500)
    predictions = [Predictions("net", z[copies][:, None])]
    (grouped,), _ = compare(numbers(y[copies]), predictions, ten, 0, copies)
    (single,), _ = compare(numbers(y[copies]), predictions, ten, 0)
    (rows,), _ = compare(numbers(y), [Predictions("net", z[:, None])], np.ones(50), 0)
    assert grouped.intervals["rmse"] == pytest.approx(rows.intervals["rmse"], rel=1e-6)
    assert np.diff(single.intervals["rmse"]) < 0.5 * np.diff(grouped.intervals["rmse"])


def test_a_small_difference_on_the_same_rows_is_seen() -> None:
    """Far smaller than either interval, and yet sure, since both predictors fail on the same rows."""
    random = np.random.default_rng(0)
    y = random.normal(size=300)
    shared = random.normal(size=300)
    predictions = [Predictions("net", (y + shared)[:, None]), Predictions("rival", (y + 1.05 * shared)[:, None]),
            Predictions("constant", np.zeros((300, 1)) + 9)]  # fmt: skip
    (net, rival, _), difference = compare(numbers(y), predictions, np.ones(300), 0)
    assert net.intervals["rmse"][1] > rival.scores["rmse"]
    assert difference is not None and difference.baseline == "rival" and difference.interval[0] > 0
    assert difference.value == pytest.approx(rival.scores["one_minus_r2"] - net.scores["one_minus_r2"])


def test_few_rows_have_no_interval() -> None:
    (line, _), difference = compare(
        numbers(np.arange(9.0)), [Predictions(name, np.zeros((9, 1))) for name in "ab"], np.ones(9), 0
    )
    assert line.intervals == {} and difference is None
