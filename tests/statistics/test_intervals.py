"""Intervals by hand, against SciPy's, and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, norm, t

from wellfit.statistics.intervals import (
    POSITIVE,
    SHARE,
    Estimate,
    around,
    effective_size,
    exact_share,
    over_folds,
    over_rows,
    square_and_add,
    units_of,
)

T_2, T_9 = 4.302652729749464, 2.262157162740992  # t(0.975) with 2 and 9 degrees of freedom, from a table


def test_interval_over_folds_by_hand() -> None:
    """Scores 1, 2, 3: variance 1; three folds, test to training 1 to 2: 1/3 + 1/2."""
    found = over_folds([1.0, 2.0, 3.0], 0.5)
    reach = T_2 * math.sqrt(1 / 3 + 1 / 2)
    np.testing.assert_allclose([found.mean, found.low, found.high], [2, 2 - reach, 2 + reach], rtol=1e-12)
    above = over_folds([1.0, 2.0, 3.0], 0.5, POSITIVE)
    np.testing.assert_allclose([above.low, above.high], [2 * math.exp(-reach / 2), 2 * math.exp(reach / 2)], rtol=1e-12)
    assert over_folds([4.0], 0.5).mean == 4 and not over_folds([4.0], 0.5).known


def test_folds_that_agree_are_not_certain() -> None:
    same = over_folds([0.5, 0.5], 0.25)
    assert not same.known and "the same in every fold" in str(same)
    found = over_folds([0.0] * 5, 0.25, SHARE, size=30)
    assert found.low == 0 and found.high == pytest.approx(1 - 0.025 ** (1 / 30), rel=1e-9)
    apart = over_folds([0.0, 0.2, 0.1], 0.5, SHARE, size=30)
    assert apart.low < exact_share(0.1, 30)[0] and exact_share(0.1, 30)[1] < apart.high < 1


@pytest.mark.parametrize(("wrong", "rows"), [(0, 1), (1, 1), (0, 30), (3, 30), (30, 30), (25, 1000)])
def test_shares_are_exact(wrong: int, rows: int) -> None:
    expected = binomtest(wrong, rows).proportion_ci(0.95, "exact")
    assert exact_share(wrong / rows, rows) == pytest.approx((expected.low, expected.high), abs=1e-12)
    found = over_rows(np.arange(rows) < wrong, np.ones(rows), SHARE)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_interval_over_rows_by_hand() -> None:
    values = np.array([1.0, 2, 3, 6, 1, 2, 3, 6, 4, 4])
    found = over_rows(values, np.ones(10))
    reach = T_9 * values.std(ddof=1) / math.sqrt(10)
    np.testing.assert_allclose([found.mean, found.low, found.high], [3.2, 3.2 - reach, 3.2 + reach], rtol=1e-9)
    weighted = over_rows(np.append(values, 99.0), np.append(np.full(10, 2.0), 0))
    np.testing.assert_allclose([weighted.mean, weighted.low, weighted.high], [found.mean, found.low, found.high])
    grouped = over_rows(np.repeat(values, 3), np.ones(30), groups=np.repeat(np.arange(10), 3))
    np.testing.assert_allclose([grouped.low, grouped.high], [found.low, found.high])


def test_uneven_weights_leave_fewer_degrees_of_freedom() -> None:
    """As if there were as many rows as Kish's size, with the jackknife's standard error."""
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=60), rng.exponential(size=60)
    found = over_rows(values, weights)
    without = [np.average(np.delete(values, k), weights=np.delete(weights, k)) for k in range(60)]
    error = math.sqrt(59 * np.var(without))
    assert found.high - found.mean == pytest.approx(t.ppf(0.975, effective_size(weights) - 1) * error, rel=1e-9)


def test_what_rows_cannot_tell_has_no_interval() -> None:
    heavy = np.append(1e9, np.ones(40))
    one = over_rows(np.arange(41.0), heavy, POSITIVE)
    assert not one.known and "10 rows or groups of equal weight" in one.remark
    share = over_rows((np.arange(41) == 3).astype(float), heavy, SHARE)
    assert share.low < 0.01 and share.high > 0.9  # as of one row
    alike = over_rows(np.full(50, 0.3), np.ones(50), POSITIVE)
    assert not alike.known and "the same for every row" in alike.remark
    assert not over_rows(np.arange(9.0), np.ones(9)).known


def test_a_heavy_row_is_left_out_at_its_true_cost() -> None:
    """A row that holds half of the weight, at 0 among ones: without it the mean is 1, not a little more than 0.5."""
    units = units_of(np.append(40.0, np.ones(40)))
    values = np.append(0.0, np.ones(40))
    left = units.means_without(values)
    assert left[0] == 1.0 and left[1] == pytest.approx(39 / 79)
    assert units.standard_error(left) == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("mean", [1e-6, 0.03, 0.5, 0.999999])
@pytest.mark.parametrize("error", [1e-9, 0.2, 1e6])
def test_no_interval_leaves_its_range(mean: float, error: float) -> None:
    low, high = around(mean, error, 12, SHARE)
    assert 0 <= low <= mean <= high <= 1
    assert 0 <= around(mean, error, 12, POSITIVE)[0] <= mean


def test_the_intervals_of_independent_parts_add_up() -> None:
    assert square_and_add([(0.3, 0.1, 0.6)]) == pytest.approx((0.1, 0.6))
    assert square_and_add([(0.0, 0.0, 0.3), (0.0, 0.0, 0.4)]) == pytest.approx((0.0, 0.25))
    assert square_and_add([(1.0, 0.7, 2.0), (-1.0, -1.4, -1.0)], mean=False) == pytest.approx((-0.5, 1.0))


def test_the_effective_size_is_kishs() -> None:
    assert effective_size(np.array([3.0, 3, 3, 0])) == pytest.approx(3)
    assert effective_size(np.array([1e200, 1e-200])) == pytest.approx(1)
    assert effective_size(np.array([1.0, 2.0])) == pytest.approx(9 / 5)


def test_the_interval_over_rows_covers() -> None:
    """Of 2,000 samples of 40 exponential rows, 95 % intervals hold the mean in about 94 %."""
    rng = np.random.default_rng(0)
    found = [over_rows(rng.exponential(size=40), np.ones(40), POSITIVE) for _ in range(2000)]
    share = np.mean([one.low <= 1 <= one.high for one in found])
    assert 0.92 < share < 0.97


@pytest.mark.parametrize("true", [0.02, 0.3])
def test_exact_shares_of_groups_and_weights_cover(true: float) -> None:
    """Groups of four rows that agree in part, and weights from 0.02 to 20, are worth fewer rows than there are."""
    rng = np.random.default_rng(1)
    held = []
    for _ in range(300):
        shared = np.repeat(rng.normal(size=40), 4)
        wrong = 0.8 * shared + 0.6 * rng.normal(size=160) > norm.isf(true)
        grouped = over_rows(wrong, np.ones(160), SHARE, np.repeat(np.arange(40), 4))
        weighted = over_rows(wrong[::4], rng.exponential(size=40) ** 2, SHARE)
        held.append([one.low <= true <= one.high for one in (grouped, weighted)])
    assert np.all(np.mean(held, axis=0) > 0.92)


def test_an_estimate_through_plain_values_and_in_words() -> None:
    for one in (Estimate(0.5, 0.4, 0.6), Estimate(0.5, remark="no interval: why")):
        again = Estimate.from_plain(one.to_plain())
        np.testing.assert_equal([again.mean, again.low, again.remark], [one.mean, one.low, one.remark])
    assert str(Estimate(math.nan, remark="cannot be measured: why")) == "cannot be measured: why"
    assert Estimate(0.9, 0.8, 1.2).within(SHARE) == Estimate(0.9, 0.8, 1.0)
    assert Estimate(0.25, 0.0, 0.5).one_minus() == Estimate(0.75, 0.5, 1.0)


def test_losses_below_zero_are_not_called_alike() -> None:
    """Those of counts; and a range that does not hold them gives no false remark."""
    losses = [-1.0, -1.2, -0.9]
    assert over_folds(losses, 0.5).known
    assert over_folds(losses, 0.5, POSITIVE).remark == ""
