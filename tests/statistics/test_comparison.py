"""Scores, their intervals and differences, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error, r2_score

from wellfit.statistics.comparison import Difference, Predictions, compare
from wellfit.tables.arrays import Target


def numbers(values: np.ndarray) -> Target:
    return Target("numbers", values.reshape(-1, 1).astype(np.float32), ("y",))


def test_scores_of_classes() -> None:
    random = np.random.default_rng(0)
    w = random.uniform(0.1, 2, 60)
    truth = random.integers(0, 3, 60)
    p = random.dirichlet(np.ones(3), 60)
    target = Target("classes", truth[:, None].astype(np.float32), (0, 1, 2))
    (line,), difference = compare(target, [Predictions("net", p)], w)
    assert line.scores["log_loss"].mean == pytest.approx(log_loss(truth, p, sample_weight=w), rel=1e-6)
    assert line.scores["error"].mean == pytest.approx(np.average(p.argmax(1) != truth, weights=w))
    assert line.scores["error"].low < line.scores["error"].mean < line.scores["error"].high
    assert difference is None


def test_a_predictor_of_labels_alone_has_no_log_loss() -> None:
    """Its probabilities are 0 and 1: the log-loss would be that of the rounding."""
    truth = np.arange(60) % 2
    target = Target("binary", truth[:, None].astype(np.float32), (False, True))
    sure = np.eye(2)[truth]
    (net, labels), _ = compare(target, [Predictions("net", sure), Predictions("tree", sure, "", True)], np.ones(60))
    assert set(net.scores) == {"error", "log_loss"} and set(labels.scores) == {"error"}


def test_scores_of_numbers() -> None:
    random = np.random.default_rng(0)
    w, y = random.uniform(0.1, 2, 60), random.normal(1000, 1, 60).astype(np.float32)
    z = y + random.normal(size=60)
    (line,), _ = compare(numbers(y), [Predictions("net", z[:, None])], w)
    assert line.scores["rmse"].mean ** 2 == pytest.approx(mean_squared_error(y, z, sample_weight=w), rel=1e-6)
    assert line.scores["r2"].mean == pytest.approx(r2_score(y, z, sample_weight=w), rel=1e-5)


def test_a_weight_counts_rows() -> None:
    random = np.random.default_rng(0)
    y, times = random.normal(size=40).astype(np.float32), random.integers(0, 4, 40)
    z = (y + random.normal(size=40))[:, None]
    (weighted,), _ = compare(numbers(y), [Predictions("net", z)], times.astype(float))
    many = np.repeat(np.arange(40), times)
    (repeated,), _ = compare(numbers(y[many]), [Predictions("net", z[many])], np.ones(len(many)))
    for name, one in weighted.scores.items():
        assert one.mean == pytest.approx(repeated.scores[name].mean)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    random = np.random.default_rng(0)
    wrong = random.random(2000) < 0.2
    p = np.where(wrong[:, None], [0.9, 0.1], [0.1, 0.9])
    target = Target("binary", np.ones((2000, 1), np.float32), ("no", "yes"))
    (line,), _ = compare(target, [Predictions("net", p)], np.ones(2000))
    half = 1.96 * (wrong.mean() * (1 - wrong.mean()) / 2000) ** 0.5
    ends = line.scores["error"].low, line.scores["error"].high
    assert ends == pytest.approx((wrong.mean() - half, wrong.mean() + half), abs=half / 8)


def test_whole_groups_are_drawn() -> None:
    """Ten copies of each row, as groups, give the interval of the rows; taken as single rows, a narrower one."""
    random = np.random.default_rng(0)
    y = random.normal(size=50)
    z = y + random.normal(size=50)
    copies, ten = np.repeat(np.arange(50), 10), np.ones(500)
    predictions = [Predictions("net", z[copies][:, None])]
    (grouped,), _ = compare(numbers(y[copies]), predictions, ten, copies)
    (single,), _ = compare(numbers(y[copies]), predictions, ten)
    (rows,), _ = compare(numbers(y), [Predictions("net", z[:, None])], np.ones(50))
    widths = [line.scores["rmse"].high - line.scores["rmse"].low for line in (grouped, rows, single)]
    assert widths[0] == pytest.approx(widths[1], rel=1e-6) and widths[2] < 0.5 * widths[0]


def test_a_small_difference_on_the_same_rows_is_seen() -> None:
    """Far smaller than either interval, and yet sure, since both predictors fail on the same rows."""
    random = np.random.default_rng(0)
    y = random.normal(size=300)
    shared = random.normal(size=300)
    predictions = [Predictions("net", (y + shared)[:, None]), Predictions("rival", (y + 1.05 * shared)[:, None]),
            Predictions("constant", np.zeros((300, 1)) + 9)]  # fmt: skip
    (net, rival, _), difference = compare(numbers(y), predictions, np.ones(300))
    assert net.scores["rmse"].high > rival.scores["rmse"].mean
    assert difference is not None and difference.baseline == "rival" and difference.value.low > 0
    assert difference.value.mean == pytest.approx(net.scores["r2"].mean - rival.scores["r2"].mean)


def test_few_rows_have_no_interval() -> None:
    (line, _), difference = compare(
        numbers(np.arange(9.0)), [Predictions(name, np.zeros((9, 1))) for name in "ab"], np.ones(9)
    )
    assert not any(one.known for one in line.scores.values())
    assert difference is not None and not difference.value.known
    assert difference.conclusion.startswith("Not distinguishable from the best baseline (b): R2 the same. The simpler")


@pytest.mark.parametrize("metric", ["auc", "accuracy", "balanced_error", "brier", "log_loss", None])
def test_the_chosen_metric_leads_and_two_that_agree_may_still_differ(metric: str | None) -> None:
    random = np.random.default_rng(0)
    truth = np.arange(30) % 2
    p = np.where(truth[:, None] == [0, 1], 0.8, 0.2) + 0.01 * random.normal(size=(30, 1))
    target = Target("binary", truth[:, None].astype(np.float32), ("no", "yes"))
    both = [Predictions("net", p), Predictions("rival", p.copy()), Predictions("constant", np.full((30, 2), 0.5))]
    (net, _, _), difference = compare(target, both, np.ones(30), metric=metric)
    assert next(iter(net.scores)) == (metric or "error") and "log_loss" in net.scores
    assert difference is not None and difference.baseline == "rival" and difference.value.mean == 0
    if metric in ("accuracy", None):
        assert difference.value.high == pytest.approx(np.hypot(*[1 - 0.025 ** (1 / 30), 0]), rel=1e-6)
    assert difference.conclusion.startswith("Not distinguishable")


@pytest.mark.parametrize("metric", ["error", "auc", "balanced_accuracy"])
def test_the_interval_of_a_difference_holds_it(metric: str) -> None:
    """Two predictors of 60 rows, of which the second is better in truth; paired, 95 % or a little more hold it."""
    random, held = np.random.default_rng(0), []

    def draw(rows: int) -> tuple[Target, list[Predictions]]:
        truth = (random.random(rows) < 0.4).astype(int)
        shared = random.normal(size=rows)
        z = [2.2 * truth - 1 + shared + noise * random.normal(size=rows) for noise in (0.3, 1.0)]
        p = [np.stack([1 - 1 / (1 + np.exp(-one)), 1 / (1 + np.exp(-one))], axis=1) for one in z]
        target = Target("binary", truth[:, None].astype(np.float32), ("no", "yes"))
        return target, [Predictions("net", p[0]), Predictions("rival", p[1])]

    def gap(rows: int) -> Difference:
        target, both = draw(rows)
        found = compare(target, both, np.ones(rows), metric=metric)[1]
        assert found is not None
        return found

    true = gap(100_000).value.mean
    held = [one.value.low <= true <= one.value.high for one in (gap(60) for _ in range(200))]
    assert np.mean(held) > 0.92
