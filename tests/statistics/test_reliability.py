"""Calibration errors against probabilities whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from wellfit.statistics.reliability import confidences, reliability
from wellfit.tables.arrays import Target


def _mean(value: str, bias: float, rows: int = 200, weighted: bool = False) -> float:
    """Over 400 tables, whose rows are right with a probability that differs from the stated one by a bias."""
    found = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        stated = rng.uniform(0.6, 0.9, rows)
        right = (rng.random(rows) < stated - bias).astype(float)
        weight = rng.uniform(0.5, 1.5, rows) if weighted else np.ones(rows)
        found.append(getattr(reliability(stated, right, weight, 10), value))
    return float(np.mean(found))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("bias", [0.0, 0.05, 0.2])
def test_the_squared_error_and_over_confidence_have_no_bias(bias: float, weighted: bool) -> None:
    assert _mean("squared_error", bias, weighted=weighted) == pytest.approx(bias**2, abs=0.001 + 0.01 * bias)
    assert _mean("over_confidence", bias, weighted=weighted) == pytest.approx(bias, abs=0.006)


def test_of_true_probabilities_the_expected_error_is_what_chance_makes_it() -> None:
    assert _mean("expected_error", 0.0) == pytest.approx(_mean("by_chance", 0.0), rel=0.05) != 0
    assert _mean("expected_error", 0.2) == pytest.approx(0.2, abs=0.01)


def test_bins_hold_equal_weight_and_rows_without_weight_are_left_out() -> None:
    stated, right = np.linspace(0.5, 1, 100), np.arange(100) % 2.0
    found = reliability(np.r_[stated, 0.7], np.r_[right, 1.0], np.r_[np.ones(100), 0.0], 10)
    assert np.allclose(found.share, 0.1) and np.allclose(found.rows, 10) and np.allclose(found.right, 0.5)
    assert np.allclose(found.confidence, stated.reshape(10, 10).mean(axis=1))
    assert len(reliability(stated[:5], right[:5], np.ones(5), 10).share) == 2, "two rows in a bin at least"
    sure, good = confidences(np.array([[0.2, 0.8], [0.6, 0.4]]), Target("binary", np.ones((2, 1), np.float32), (0, 1)))
    assert sure.tolist() == [0.8, 0.6] and good.tolist() == [1, 0]
