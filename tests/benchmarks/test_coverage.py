"""The coverage of intervals: simulated truths, counting error, and what counts as a failure."""

from __future__ import annotations

import coverage_simulated
import numpy as np
import pytest
from interval_coverage import cells, counted, wilson
from scipy.stats import binomtest


@pytest.mark.parametrize(("held", "studies"), [(0, 20), (19, 20), (940, 1000)])
def test_wilsons_interval(held: int, studies: int) -> None:
    expected = binomtest(held, studies).proportion_ci(0.95, "wilson")
    assert wilson(held, studies) == pytest.approx((expected.low, expected.high), abs=1e-6)


@pytest.mark.parametrize("loss", ["squared", "error"])
def test_the_truth_of_a_regression_is_its_mean_loss(loss: str) -> None:
    """Differences on test rows scatter about the risk that is computed."""
    drawn = coverage_simulated.regressions(
        np.random.default_rng(0), 150, rows=60, seeds=1, difference="large", loss=loss
    )
    of_studies = drawn.differences.mean(axis=(1, 2, 3))
    assert of_studies.mean() == pytest.approx(drawn.truth, abs=3.5 * of_studies.std() / np.sqrt(150))
    assert abs(drawn.truth) > 2 * of_studies.std() / np.sqrt(150)


def test_effects_are_as_correlated_as_asked_for() -> None:
    drawn = coverage_simulated.effects(np.random.default_rng(0), 4000, folds=4, seeds=1, seed_effect=0.0, shift=2.0)
    folds = drawn.differences[:, 0, :, 0]
    assert np.cov(folds.T)[0, 1] == pytest.approx(1 / 4, abs=0.06) and folds.mean() == pytest.approx(2.0, abs=0.05)


def test_a_setting_fails_unless_its_remark_warns() -> None:
    line = {"setting": "x", "studies": 1000, "held": 900, "wrong": 0, "decided": 9, "plain_held": 900, "remark": ""}
    assert cells({**line, "plain": 1000})[-1] == "fails"
    assert cells({**line, "plain": 0, "plain_held": 0, "remark": "one seed"})[-1] == "warned of"
    assert cells({**line, "studies": 9, "held": 9, "plain": 9, "plain_held": 9})[-1] == "too few"
    assert cells({**line, "held": 940, "plain_held": 940, "plain": 1000})[-1] == "holds"
    drawn = coverage_simulated.effects(np.random.default_rng(0), 30, seeds=1, seed_effect=3.0)
    found = counted({"generator": "effects"}, drawn)
    assert found["studies"] == 30 and found["plain"] == 0 and found["held"] < 25 and found["remark"] == "one seed"
