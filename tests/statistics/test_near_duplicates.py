"""Near duplicates: planted copies are found at any scale, draws of a density are not, ratios follow the formula."""

from __future__ import annotations

import numpy as np
import pytest

from wellfit.statistics.near_duplicates import near_duplicates


def blobs(rows: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    y = draws.integers(0, 2, rows)
    return (draws.normal(size=(rows, width)) + y[:, None]).astype(np.float32), y.astype(np.float64)


@pytest.mark.parametrize("width", [1, 2, 5, 20])
def test_rows_of_a_density_are_named_no_more_often_than_by_chance(width: int) -> None:
    X, y = blobs(3000, width)
    found = near_duplicates(X, y, is_class=True, chance=1e-2, most_ratio=1.0)
    # At most by the chance that was asked for, of which those of another class are left out.
    assert len(found.pairs) <= 1.5e-2 * 3000
    assert found.dimension == pytest.approx(width, rel=0.35)
    assert len(near_duplicates(X, y, is_class=True).pairs) <= 3


def test_the_ratio_is_that_of_simulated_neighbours() -> None:
    """The share of uniform draws below the ratio is the chance that was asked for."""
    draws = np.random.default_rng(0)
    distances = np.sort(draws.random((200_000, 10)), axis=1) ** (1 / 3)  # the 10 nearest of three dimensions
    X, y = draws.random((2000, 3)).astype(np.float32), np.zeros(2000)
    ratio = near_duplicates(X, y, is_class=True, chance=0.05, most_ratio=1.0).ratio
    assert np.mean(distances[:, 0] / distances[:, -1] < ratio) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("is_class", [True, False])
def test_planted_copies_are_found_whatever_the_unit(is_class: bool) -> None:
    X, y = blobs(1000, 6)
    y = y if is_class else X.sum(axis=1).astype(np.float64)
    draws = np.random.default_rng(1)
    copied = draws.permutation(1000)[:60]
    X = np.concatenate([X, X[copied] + draws.normal(size=(60, 6)).astype(np.float32) * 0.005])
    found = near_duplicates(X * 100, np.append(y, y[copied]), is_class=is_class)
    planted = {(int(row), 1000 + k) for k, row in enumerate(copied)}
    pairs = set(map(tuple, found.pairs.tolist()))
    assert len(pairs & planted) >= 57 and len(pairs - planted) <= 2
    assert found.agreement > 0.95 > found.usual


def test_copies_whose_targets_are_independent_are_no_duplicates() -> None:
    X, y = blobs(500, 6)
    X = np.concatenate([X, X[:100] + np.float32(1e-3)])
    found = near_duplicates(X, np.random.default_rng(0).normal(size=600), is_class=False)
    assert found.agreement < 0.1 and len(found.pairs) < 10
    assert not len(near_duplicates(X[:5], y[:5], is_class=True).pairs)
