"""Greedy selection against brute force, its limits, and its estimate against a known truth."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.statistics.metrics import METRICS, metric_of
from wellfit.statistics.selection import select
from wellfit.statistics.selection.checks import sound_pairs
from wellfit.tables.arrays import Target, TargetKind


def numbers(rows: int = 200, candidates: int = 6, noise: float = 1.0, seed: int = 0) -> tuple[Target, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(rows, 1)).astype(np.float32)
    levels = noise * (1 + 0.2 * np.arange(candidates))[:, None, None]
    return Target("numbers", y, ("y",)), y + levels * rng.normal(size=(candidates, rows, 1))


def classes(kind: TargetKind, rows: int = 200, candidates: int = 6, seed: int = 0) -> tuple[Target, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    many = 2 if kind == "binary" else 4
    y = rng.integers(0, many, rows)
    z = rng.normal(size=(candidates, rows, many))
    z[:, np.arange(rows), y] += 1.0
    predicted = np.exp(z)
    return Target(kind, y[:, None].astype(np.float32), tuple(range(many))), predicted / predicted.sum(
        axis=-1, keepdims=True
    )


def plain_greedy(predicted: NDArray[Any], loss: Any, steps: int) -> tuple[float, list[int]]:
    """Caruana's algorithm as one would write it down: from the best one on, keep the best prefix."""
    chosen: list[int] = []
    best: tuple[float, list[int]] = (np.inf, [])
    for _ in range(steps + 1):
        losses = [loss(predicted[[*chosen, c]].mean(axis=0)) for c in range(len(predicted))]
        chosen.append(int(np.argmin(losses)))
        if min(losses) < best[0] - 1e-15:
            best = (min(losses), list(chosen))
    return best


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k in ("binary", "classes", "numbers") for n in METRICS[k]])  # type: ignore[index]
def test_it_is_caruanas_algorithm(kind: TargetKind, name: str) -> None:
    target, predicted = numbers() if kind == "numbers" else classes(kind)
    metric = metric_of(name, kind)
    found = select(predicted, target, None, metric, start=1, steps=5)
    loss, chosen = plain_greedy(predicted, lambda p: metric.loss(target, p), 5)
    assert found.loss == pytest.approx(loss, rel=1e-9)
    wanted = np.bincount(chosen, minlength=len(predicted)) / len(chosen)
    np.testing.assert_allclose(found.weights, wanted, atol=1e-12)
    assert metric.loss(target, np.tensordot(found.weights, predicted, 1)) == pytest.approx(found.loss, rel=1e-9)


def test_squares_come_near_the_best_weights_of_all() -> None:
    """The least mean square over all weights on a fine grid is hardly lower."""
    target, predicted = numbers(candidates=3)
    metric = metric_of("rmse", "numbers")
    grid = [(a, b, 20 - a - b) for a, b in itertools.product(range(21), repeat=2) if a + b <= 20]
    best = min(metric.loss(target, np.tensordot(np.array(w) / 20, predicted, 1)) for w in grid)
    assert best * (1 - 1e-3) <= select(predicted, target, None, metric, steps=40).loss <= best * 1.001


def test_weights_are_rows_repeated_and_absent() -> None:
    target, predicted = numbers(rows=80)
    weight = np.random.default_rng(1).integers(0, 3, 80)
    again = np.repeat(np.arange(80), weight)
    one = select(predicted, target, weight, metric_of(None, "numbers"))
    two = select(predicted[:, again], target.take(again), None, metric_of(None, "numbers"))
    np.testing.assert_allclose(one.weights, two.weights)
    assert one.loss == pytest.approx(two.loss)


def test_rows_that_nobody_predicts_do_not_count_and_holes_rule_out() -> None:
    target, predicted = numbers()
    metric = metric_of(None, "numbers")
    some = np.arange(150)
    wanted = select(predicted[:, some], target.take(some), None, metric)
    predicted[:, 150:] = np.nan
    found = select(predicted, target, None, metric)
    assert np.array_equal(found.weights, wanted.weights) and found.estimate == wanted.estimate
    best = int(found.weights.argmax())
    predicted[best, 3] = np.nan
    assert select(predicted, target, None, metric).weights[best] == 0
    with pytest.raises(InputError, match="trained on all folds"):
        select(np.full_like(predicted, np.nan), target, None, metric)


def test_the_cap_is_kept_and_the_cheapest_always_allowed() -> None:
    target, predicted = numbers(candidates=8)
    metric = metric_of(None, "numbers")
    costs = np.array([9.0, 1, 4, 2, 3, 1, 2, 6])
    free = select(predicted, target, None, metric, costs=costs)
    assert free.cost == costs[free.weights > 0].sum()
    previous = np.inf
    for most in (1, 2, 4, 9, 20, 100):
        found = select(predicted, target, None, metric, costs=costs, most_cost=most)
        assert found.cost <= most
        assert found.loss <= previous + 1e-2
        previous = found.loss
    least = select(predicted, target, None, metric, costs=costs, most_cost=0.5)
    assert np.flatnonzero(least.weights).tolist() == [1]


def test_many_small_beat_one_large_under_the_cap() -> None:
    """The best candidate takes the whole cap; eight cheap ones together are better, and are found."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=(400, 1)).astype(np.float32)
    predicted = y + np.array([0.8] + [1.0] * 8)[:, None, None] * rng.normal(size=(9, 400, 1))
    costs = np.array([8.0] + [1.0] * 8)
    found = select(predicted, Target("numbers", y, ("y",)), None, metric_of(None, "numbers"), costs=costs, most_cost=8)
    assert found.weights[0] == 0 and found.loss < 0.5


def test_one_state_of_the_same_networks_at_most_and_the_better_one() -> None:
    """Alone the first state is better, in the ensemble the second: it takes the first one's place."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4, 500, 1))
    y = rng.normal(size=(500, 1)).astype(np.float32)
    other = y + noise[0]
    early = y + 0.9 * noise[0] + 0.1 * noise[1]
    late = y - 0.9 * noise[0] + 0.45 * noise[2]
    predicted = np.stack([early, late, other])
    target = Target("numbers", y, ("y",))
    found = select(predicted, target, None, metric_of(None, "numbers"), same_as=[0, 0, 1])
    assert found.weights[0] == 0 and found.weights[1] > 0 and found.weights[2] > 0
    assert (select(predicted, target, None, metric_of(None, "numbers"), same_as=[0, 0, 0]).weights > 0).sum() == 1


def test_ties_go_to_the_earliest_and_the_same_seed_gives_the_same() -> None:
    target, predicted = numbers()
    twice = np.concatenate([predicted, predicted])
    metric = metric_of(None, "numbers")
    found = select(twice, target, None, metric, seed=3, start=1)
    assert (found.weights[6:] == 0).all()
    again = select(twice, target, None, metric, seed=3, start=1)
    assert np.array_equal(found.weights, again.weights) and found.estimate == again.estimate
    assert select(twice, target, None, metric, seed=4, start=1).estimate != found.estimate


def test_only_the_best_take_part() -> None:
    target, predicted = numbers(candidates=12)
    found = select(predicted, target, None, metric_of(None, "numbers"), most_candidates=2, start=1)
    own = [metric_of(None, "numbers").loss(target, one) for one in predicted]
    assert set(np.flatnonzero(found.weights)) <= set(np.argsort(own)[:2])


def test_very_many_rows_are_sampled_but_all_of_them_measure() -> None:
    target, predicted = numbers(rows=30_000, candidates=4)
    metric = metric_of(None, "numbers")
    found = select(predicted, target, None, metric)
    assert found.rows == 20_000
    assert found.loss == pytest.approx(metric.loss(target, np.tensordot(found.weights, predicted, 1)), rel=1e-12)


def test_metrics_that_sort_look_at_fewer_rows_and_all_of_them_measure() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 40, 1_500)
    predicted = rng.dirichlet(np.ones(40), (3, 1_500))
    predicted[:, np.arange(1_500), y] += 0.1
    target, metric = Target("classes", y[:, None].astype(np.float32), tuple(range(40))), metric_of("auc", "classes")
    found = select(predicted, target, None, metric, start=1)
    assert found.rows == 1_000 and select(predicted, target, None, metric_of(None, "classes")).rows == 1_500
    assert found.loss == pytest.approx(metric.loss(target, np.tensordot(found.weights, predicted, 1)), rel=1e-12)
    assert found.estimate.low < found.estimate.mean < found.estimate.high


def test_the_estimate_of_a_single_candidate_is_its_own_loss() -> None:
    target, predicted = classes("binary", candidates=1)
    found = select(predicted, target, None, metric_of(None, "binary"))
    assert found.weights.tolist() == [1.0] and found.optimism == 0.0
    assert found.estimate.mean == pytest.approx(found.loss, rel=1e-14)  # two orders of adding the rows
    assert found.estimate.low < found.loss < found.estimate.high


@pytest.mark.parametrize("name", ["log_loss", "error", "auc"])
def test_the_estimate_is_found_on_new_rows(name: str) -> None:
    """Many candidates, few rows: the selected loss flatters, the estimate does not."""
    metric = metric_of(name, "binary")
    flattery, kept = [], []
    for seed in range(16):
        target, predicted = classes("binary", rows=2100, candidates=20, seed=seed)
        seen, new = np.arange(100), np.arange(100, 2100)
        chosen = select(predicted[:, seen], target.take(seen), None, metric, seed=seed)
        found = metric.loss(target.take(new), np.tensordot(chosen.weights, predicted[:, new], 1))
        flattery.append(found - chosen.loss)
        kept.append(found - chosen.estimate.mean)
    spread = np.std(kept, ddof=1) / np.sqrt(len(kept))
    assert np.mean(flattery) > 3 * spread
    assert abs(np.mean(kept)) < 3 * spread


def test_a_pair_takes_part_with_both_or_not_at_all() -> None:
    assert sound_pairs([(0, 1), (1, 2), (2, 0)], np.array([0, 1]), 3) == ((0, 1),)


def test_what_cannot_be_used_is_refused() -> None:
    target, predicted = numbers()
    metric = metric_of(None, "numbers")
    with pytest.raises(InputError, match="got none"):
        select([], target, None, metric)
    with pytest.raises(InputError, match="each of 6 candidates"):
        select(predicted, target, None, metric, costs=[1.0])
    with pytest.raises(InputError, match="200 rows of the target; got 100"):
        select(predicted[:, :100], target, None, metric)
    with pytest.raises(InputError, match=r"got \(2, 9\)"):
        select(predicted, target, None, metric, pairs=[(2, 9)])
    with pytest.raises(InputError, match="start and most_candidates"):
        select(predicted, target, None, metric, start=0)
