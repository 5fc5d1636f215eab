"""What averaging fold networks gains: identities, and simulations in which the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wellfit.statistics.metrics import Metric, MetricOnRows, metric_of
from wellfit.statistics.selection import select
from wellfit.statistics.selection.averaging_gain import gained
from wellfit.statistics.selection.parts import deal
from wellfit.tables.arrays import Target


def softmax(z: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def networks(kind: str, rows: int, many: int, own: float, seed: int) -> tuple[Target, NDArray[Any]]:
    """Predictions (networks, rows, columns): truth, a shared error, and an error of each network's own."""
    rng = np.random.default_rng(seed)
    if kind == "numbers":
        truth = rng.normal(size=(rows, 1))
        y = truth + rng.normal(size=(rows, 1))
        predicted = truth + 0.5 * rng.normal(size=(rows, 1)) + own * rng.normal(size=(many, rows, 1))
        return Target("numbers", y.astype(np.float32), ("y",)), predicted
    z = 1.5 * rng.normal(size=(rows, 3))
    y = (softmax(z).cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)
    predicted = softmax(z + 0.5 * rng.normal(size=(rows, 3)) + own * rng.normal(size=(many, rows, 3)))
    return Target("classes", y[:, None].astype(np.float32), (0, 1, 2)), predicted


def bag_gain(a: Any, b: Any, target: Target, weight: Any, metric: Metric, k: int) -> tuple[float, float]:
    """By how much the loss falls when k networks of one recipe are averaged, by two of them; its standard error."""
    given = np.ones(len(a)) if weight is None else np.asarray(weight, np.float64)
    rows = np.flatnonzero(given > 0)
    on_rows = metric.on_rows(target.take(rows), given[rows])
    one, two = on_rows.compact(a[rows]), on_rows.compact(b[rows])

    def gain(part: MetricOnRows, kept: NDArray[np.int64]) -> float:
        first, second = one[:, kept], two[:, kept]
        both = [(first, first - second)], [(second, second - first)]
        return sum(gained(part, parts[0][0], parts, k) for parts in both) / 2

    block, left = deal(len(rows), 20, 0), []
    for j in range(20):  # the jackknife over blocks of rows
        kept = np.flatnonzero(block != j)
        left.append(gain(type(on_rows)(target.take(rows[kept]), given[rows[kept]]), kept))
    return gain(on_rows, np.arange(len(rows))), float(np.sqrt(19 * np.var(left)))


@pytest.mark.parametrize("name", ["rmse", "mae", "log_loss", "brier", "error", "auc"])
@pytest.mark.parametrize("k", [2, 5])
def test_the_gain_is_that_of_averaging_k(name: str, k: int) -> None:
    kind = "numbers" if name in ("rmse", "mae") else "classes"
    metric = metric_of(name, kind)
    apart = []
    for seed in range(10):
        target, predicted = networks(kind, 1500, k + 2, 0.6, seed)
        single = np.mean([metric.loss(target, one) for one in predicted])
        true = single - metric.loss(target, predicted[2:].mean(axis=0))
        gain, error = bag_gain(predicted[0], predicted[1], target, None, metric, k)
        apart.append((gain - true, error, true, gain))
    off, error, true, _ = np.mean(apart, axis=0)
    spread = np.std(apart, axis=0, ddof=1)[0]
    assert abs(off) < 3 * spread / np.sqrt(10) + 0.06 * true  # log-loss: the terms beyond the second order
    assert true > 0 and 0.4 < error / np.std(apart, axis=0, ddof=1)[3] < 2.5


def test_for_squares_it_is_half_the_mean_squared_difference() -> None:
    target, predicted = networks("numbers", 300, 2, 1.0, 0)
    weight = np.random.default_rng(1).integers(0, 3, 300)
    metric = metric_of("r2", "numbers")
    share = weight / weight.sum()
    variance = share @ (target.values[:, 0] - share @ target.values[:, 0]) ** 2
    wanted = (1 - 1 / 5) * share @ (predicted[0, :, 0] - predicted[1, :, 0]) ** 2 / 2 / variance
    assert bag_gain(predicted[0], predicted[1], target, weight, metric, 5)[0] == pytest.approx(wanted, rel=1e-6)
    assert bag_gain(predicted[0], predicted[1], target, weight, metric, 1)[0] == 0
    assert bag_gain(predicted[0], predicted[0], target, weight, metric, 5) == (0, 0)


def repeated(kind: str, rows: int, recipes: int, k: int, seed: int) -> tuple[Target, NDArray[Any], NDArray[Any]]:
    """Held-out predictions of recipes on two partitions (2 recipes, rows, columns), and what k networks say together.

    Candidates of a partition share half of the variance of their own errors, for they share the fold.
    """
    rng = np.random.default_rng(seed)
    columns = 1 if kind == "numbers" else 3
    z = 1.5 * rng.normal(size=(rows, columns))
    shared = 0.4 * rng.normal(size=(recipes, rows, columns))
    fold = 0.4 * rng.normal(size=(2, k, 1, rows, columns))
    seeded = 0.4 * rng.normal(size=(2, k, recipes, rows, columns))
    predicted = z + shared + fold + seeded  # (partition, network, recipe, rows, columns)
    if kind == "numbers":
        y = z + rng.normal(size=z.shape)
        target = Target("numbers", y.astype(np.float32), ("y",))
    else:
        y = (softmax(z).cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)
        target, predicted = Target("classes", y[:, None].astype(np.float32), (0, 1, 2)), softmax(predicted)
    return target, predicted[:, 0].reshape(-1, rows, columns), predicted.mean(axis=1).reshape(-1, rows, columns)


@pytest.mark.parametrize(("kind", "name"), [("numbers", "rmse"), ("classes", "log_loss"), ("classes", "error")])
@pytest.mark.parametrize("paired", ["all", "one", "outside"])
def test_the_estimate_is_the_loss_of_the_bagged_ensemble(kind: str, name: str, paired: str) -> None:
    """Six candidates, three recipes on two partitions; the model averages five networks of each."""
    metric = metric_of(name, kind)  # type: ignore[arg-type]
    apart, blind = [], []
    for seed in range(10):
        target, single, averaged = repeated(kind, 1500, 3, 5, seed)
        pairs = [(0, 3), (1, 4), (2, 5)] if paired == "all" else [(0, 3)]
        if paired == "outside":  # the pair takes no part in the ensemble: too expensive
            costs, most = np.array([9.0, 1, 1, 9, 1, 1]), 4.0
        else:
            costs, most = np.ones(6), 6.0
        more = {"costs": costs, "most_cost": most, "pairs": pairs, "partition": [0, 0, 0, 1, 1, 1], "seed": seed}
        found = select(single, target, None, metric, networks=5, **more)  # type: ignore[arg-type]
        assert found.bagged
        true = metric.loss(target, np.tensordot(found.weights, averaged, 1))
        apart.append(found.estimate.mean - true)
        blind.append(found.estimate.mean + found.gain - true)
    spread = np.std(apart, ddof=1) / np.sqrt(10)
    if name != "error":
        assert np.mean(blind) > 5 * spread
    assert abs(np.mean(apart)) < 3 * spread + 0.12 * np.mean(blind)


def test_without_a_pair_the_estimate_says_so() -> None:
    target, single, _ = repeated("numbers", 300, 3, 5, 0)
    metric = metric_of(None, "numbers")
    found = select(single, target, None, metric, networks=5)
    assert not found.bagged and found.gain == 0
    assert select(single, target, None, metric).bagged  # one network each: what was measured is what predicts
    assert select(single, target, None, metric, networks=5, pairs=[(0, 3)]).bagged


def test_a_gain_beyond_its_second_order_is_not_believed() -> None:
    """Repeats that are sure of the opposite on a few rows: the extrapolation would take nearly all of the loss away."""
    target = Target("classes", (np.arange(30) % 2)[:, None].astype(np.float32), (0, 1))
    one = np.where(target.values == [[0, 1]], 0.9, 0.1)
    two = one.copy()
    one[:15], two[15:] = one[:15, ::-1], two[15:, ::-1]
    metric = metric_of("log_loss", "classes")
    found = select(np.stack([one, two]), target, None, metric, networks=5, pairs=[(0, 1)])
    held = found.estimate.mean + found.gain
    assert found.gain == pytest.approx(held / 2)
    assert 0 < found.estimate.low < found.estimate.mean < found.estimate.high or not found.estimate.known
