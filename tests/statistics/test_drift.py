"""Drift: the tests are those of SciPy, chance is not called drift, and what has drifted is named."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wellfit.statistics.drift import Drift, categories_drift, numbers_drift, which_drift


def test_as_scipy_tests_it() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=400).round(1), random.normal(0.2, 1, 300).round(1)
    known = stats.ks_2samp(a, b, method="asymp")
    assert numbers_drift(a, b).distance == pytest.approx(known.statistic)
    assert numbers_drift(a, b).p == pytest.approx(known.pvalue, rel=0.15)
    c, d = random.integers(0, 4, 400), random.integers(0, 3, 300)
    counts = [np.bincount(part, minlength=4) for part in (c, d)]
    assert categories_drift(c, d).p == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue)
    assert categories_drift(c, d).distance == pytest.approx(np.abs(counts[0] / 400 - counts[1] / 300).sum() / 2)


def test_missing_and_unseen_values_are_values() -> None:
    numbers = np.arange(200.0)
    assert numbers_drift(numbers, np.where(numbers % 2 == 0, np.nan, numbers)).distance == pytest.approx(0.5)
    assert categories_drift(np.arange(200) % 2, np.full(100, 5)).distance == 1.0
    assert categories_drift(np.zeros(50), np.zeros(50)) == Drift(0.0, 1.0)


def test_chance_is_rarely_called_drift() -> None:
    """300 tables of 20 columns without drift: about 1 in 100 may be said to have some."""
    random = np.random.default_rng(0)
    wrong = 0
    for _ in range(300):
        a, b = random.normal(size=(20, 150)), random.normal(size=(20, 60))
        numbers = [numbers_drift(x, y) for x, y in zip(a[:10], b[:10], strict=True)]
        codes = [categories_drift(np.floor(x), np.floor(y)) for x, y in zip(a[10:], b[10:], strict=True)]
        wrong += bool(which_drift(numbers + codes))
    assert wrong <= 9


def test_what_is_large_and_no_chance_is_named() -> None:
    found = [Drift(0.5, 1e-9), Drift(0.05, 1e-30), Drift(0.3, 0.02), Drift(0.7, 1e-12)]
    assert which_drift(found) == [3, 0]
    assert which_drift(found, least_distance=0.0) == [3, 0, 1]
