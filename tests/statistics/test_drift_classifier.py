"""Telling two tables apart: the AUC of known normal distributions, its error against scikit-learn and resampling."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from wellfit.statistics.drift_classifier import auc_with_error, separation


def test_auc_is_that_of_scikit_learn_and_its_error_that_of_resampling() -> None:
    draws = np.random.default_rng(0)
    lower, upper = draws.normal(size=120).round(1), draws.normal(0.8, 1.0, 80).round(1)
    auc, error = auc_with_error(lower, upper)
    assert auc == pytest.approx(roc_auc_score(np.repeat([0, 1], [120, 80]), np.append(lower, upper)))
    again = [
        auc_with_error(draws.choice(lower, 120), draws.choice(upper, 80))[0] for _ in range(2000)
    ]  # the bootstrap, an estimate of another kind
    assert error == pytest.approx(np.std(again), rel=0.1)


def test_the_area_of_normals_that_differ_and_the_column_that_tells() -> None:
    draws = np.random.default_rng(0)
    earlier = [draws.normal(size=1500), draws.integers(0, 3, 1500)]
    later = [draws.normal(2.0, 1.0, 1500), draws.integers(0, 3, 1500)]
    found = separation(earlier, later)
    assert found.auc == pytest.approx(stats.norm.cdf(2 / np.sqrt(2)), abs=0.03)  # no model can do better
    assert found.low < found.auc < found.high and found.importance[0] > 0.7 and found.rows == (1500, 1500)


def test_alike_tables_are_not_told_apart() -> None:
    lows, highs = [], []
    for seed in range(3):
        draws = np.random.default_rng(seed)
        pairs = [(draws.normal(size=200), draws.normal(size=150)) for _ in range(4)]
        found = separation([a for a, _ in pairs], [np.where(b > 2.5, np.nan, b) for _, b in pairs], seed=seed)
        lows.append(found.low), highs.append(found.high)
    assert max(lows) < 0.55 and min(highs) > 0.45
