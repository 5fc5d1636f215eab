"""How many fold networks a model keeps: against every allocation there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from wellfit.search.choose.network_allocation import allocate, effective_networks, folds_kept


def own_error(weights: np.ndarray, kept: np.ndarray) -> float:
    """The variance of the weighted mean when candidate c averages kept[c] networks of variance 1."""
    return sum(w * w / k for w, k in zip(weights, kept, strict=True) if w > 0)


@pytest.mark.parametrize("seed", range(20))
def test_no_allocation_within_the_cap_is_much_better(seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(4))
    costs, folds = random.uniform(1, 3, 4), 4
    cap = costs.sum() * random.uniform(1.2, 3.5)
    kept = allocate(weights, costs, folds, cap)
    assert costs @ kept <= cap
    assert ((kept >= 1) & (kept <= folds)).all()
    every = (np.array(k) for k in itertools.product(range(1, folds + 1), repeat=4))
    best = min(own_error(weights, k) for k in every if costs @ k <= cap)
    assert own_error(weights, kept) <= 1.15 * best  # greedy: near the best of all


def test_all_networks_are_kept_where_the_cap_allows_it_and_one_each_where_it_allows_nothing() -> None:
    weights, costs = np.array([0.5, 0.0, 0.5]), np.array([10.0, 1.0, 20.0])
    assert allocate(weights, costs, 5, 1e9).tolist() == [5, 0, 5]
    assert allocate(weights, costs, 5, 0.0).tolist() == [1, 0, 1]


def test_effective_networks_is_the_fall_of_the_own_error() -> None:
    weights, kept = np.array([0.7, 0.3, 0.0]), np.array([5, 2, 0])
    random = np.random.default_rng(0)
    noise = [random.normal(size=(200_000, k)).mean(axis=1) for k in (5, 2)]
    measured = np.var(0.7 * noise[0] + 0.3 * noise[1])
    assert (weights**2).sum() / effective_networks(weights, kept) == pytest.approx(measured, rel=0.02)
    assert effective_networks(np.ones(3), np.full(3, 4)) == pytest.approx(4)


def test_folds_are_kept_turn_by_turn() -> None:
    chosen = folds_kept([2, 2, 1, 5], range(5))
    assert chosen == [[0, 1], [2, 3], [4], [0, 1, 2, 3, 4]]
    times = np.bincount(np.concatenate(folds_kept([3, 1, 2, 3, 1], range(5))), minlength=5)
    assert times.max() - times.min() <= 1
