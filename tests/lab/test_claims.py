"""A claim is decided by where the interval of its number lies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from wellfit.lab.base import HELD, NOT_HELD, UNKNOWN, Claim, difference, exact, mean_of, ratio, share, verdict_of
from wellfit.lab.runner import shown
from wellfit.statistics.intervals import Estimate


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.2, HELD), (-0.1, 0.2, UNKNOWN), (-0.2, -0.1, NOT_HELD), (math.nan, math.nan, UNKNOWN), (0.5, 1.5, UNKNOWN),
     (1.1, 1.2, NOT_HELD), (0.0, 0.0, UNKNOWN)],
)  # fmt: skip
def test_the_whole_interval_decides(low: float, high: float, verdict: str) -> None:
    claim = Claim("x", "It lies between 0 and 1", "a number", least=0.0, most=1.0)
    assert verdict_of(claim, Estimate((low + high) / 2, low, high)) == verdict


def test_a_claim_without_bounds_is_none() -> None:
    with pytest.raises(ValueError, match="least below most"):
        Claim("x", "Anything", "a number")


def test_intervals_are_those_of_scipy() -> None:
    first, second = np.random.default_rng(0).normal(3.0, 0.1, (2, 7))
    expected = stats.ttest_rel(first, second).confidence_interval(0.95)
    found = difference(first, second)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert math.log(ratio(first, second).mean) == pytest.approx(np.mean(np.log(first / second)))
    exactly = stats.binomtest(3, 20).proportion_ci(0.95, "exact")
    assert (share(3, 20).low, share(3, 20).high) == pytest.approx((exactly.low, exactly.high))
    assert verdict_of(Claim("x", "s", "m", most=1e-6), exact(1e-9)) == HELD and not mean_of([1.0]).known


def test_a_difference_of_nothing_is_shown_as_0() -> None:
    assert shown({"value": 2.961e-16, "low": -0.1138, "high": 0.1138}) == "0 (95 % interval -0.1138 to 0.1138)"
    assert shown({"value": 3e-16, "low": 3e-16, "high": 3e-16}) == "3e-16"
