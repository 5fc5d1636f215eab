"""Paired differences: closed forms, SciPy, a slow reference, and how often intervals hold the truth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, t, ttest_1samp

from tests.reference import paired as reference
from wellfit.errors import InputError
from wellfit.statistics.intervals import over_folds
from wellfit.statistics.paired import paired_difference, split_difference, spread_of

INF, NAN = math.inf, math.nan


def table(seed: int, *shape: int, fold: float = 0.05, seed_effect: float = 0.0, rest: float = 0.02) -> np.ndarray:
    rng = np.random.default_rng(seed)
    partitions, folds, seeds = shape
    own = fold * rng.normal(size=(partitions, folds, 1)) + seed_effect * rng.normal(size=seeds)
    return np.asarray(0.1 + own + rest * rng.normal(size=shape))


def test_one_seed_is_the_corrected_resampled_t_by_hand() -> None:
    """Differences 1, 2, 3 of three folds, 100 test rows to 200: variance 1, so that the error is sqrt(1/3 + 1/2)."""
    first = np.array([2.0, 3.0, 4.0]).reshape(1, 3, 1)
    found = paired_difference(first, np.ones((1, 3, 1)), 100, 200)
    reach = 4.302652729749464 * math.sqrt(1 / 3 + 1 / 2)
    assert (found.value.mean, found.value.low, found.value.high) == pytest.approx((2, 2 - reach, 2 + reach))
    assert found.p == pytest.approx(2 * t.sf(2 / math.sqrt(5 / 6), 2))
    known = over_folds([1.0, 2.0, 3.0], 0.5)
    assert (found.value.low, found.value.high) == pytest.approx((known.low, known.high))


def test_rows_without_a_share_of_training_are_students_t() -> None:
    """With endless training rows nothing is shared, and the interval is SciPy's for independent folds."""
    values = table(0, 1, 8, 1)
    found = paired_difference(values, np.zeros_like(values), 1, 1e18)
    expected = ttest_1samp(values.ravel(), 0.0)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.value.low, found.value.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


@pytest.mark.parametrize("shape", [(1, 5, 3), (3, 4, 2), (2, 2, 6)])
@pytest.mark.parametrize("seed_effect", [0.0, 0.2])
def test_folds_and_seeds_against_the_slow_reference(shape: tuple[int, int, int], seed_effect: float) -> None:
    values = table(1, *shape, seed_effect=seed_effect)
    folds, seeds = shape[0] * shape[1], shape[2]
    flat = values.reshape(folds, seeds)
    mean, of_folds = reference.corrected_t(flat, 1 / (shape[1] - 1))
    alike, _ = reference.two_way(flat)
    found = spread_of(values, np.full(shape[:2], 10.0), np.full(shape[:2], 10.0 * (shape[1] - 1)))
    assert found.mean == pytest.approx(mean)
    assert found.error**2 == pytest.approx(of_folds + alike / seeds)
    parts = [(of_folds, folds - 1), (alike / seeds, seeds - 1)]
    kept = [part for part in parts if part[0] > 0]
    expected = reference.welch_satterthwaite(*map(list, zip(*kept, strict=True)))
    assert found.freedom == pytest.approx(min(expected, folds - 1))
    if seed_effect:
        assert alike > 0
    sources = found.sources
    assert sources.rows_and_folds + sources.seeds == pytest.approx(found.error**2)
    if shape[0] > 1:
        assert sources.rows + sources.folds == pytest.approx(sources.rows_and_folds) and sources.rows >= 0
    else:
        assert math.isnan(sources.rows) and math.isnan(sources.folds)


def test_seeds_of_their_own_average_out_over_folds() -> None:
    """One and two seeds on all folds are remarked on; where each fold has its own, there is nothing to add."""
    values = table(8, 1, 6, 2, seed_effect=0.3)
    zero = np.zeros_like(values)
    same, own = (paired_difference(values, zero, 20, 100, same_seeds=shared) for shared in (True, False))
    mean, of_folds = reference.corrected_t(values[0], 0.2)
    assert own.standard_error**2 == pytest.approx(of_folds) and own.freedom == pytest.approx(5)
    assert same.standard_error > own.standard_error and same.value.mean == pytest.approx(mean)
    assert "two seeds" in same.remark and not own.remark
    assert "one seed" in paired_difference(values[..., :1], zero[..., :1], 20, 100).remark


def test_sources_are_what_was_put_in() -> None:
    """Over 400 tables: what more seeds take away, and the floor that is left, as the components say."""
    fold, rest, seeds = 0.05, 0.04, 3
    found = [
        spread_of(table(k, 1, 10, seeds, fold=fold, rest=rest), np.full((1, 10), 1.0), np.full((1, 10), 9.0)).sources
        for k in range(400)
    ]
    factor = 1 / 10 + 1 / 9
    assert np.mean([one.floor**2 for one in found]) == pytest.approx(fold**2 * factor, rel=0.1)
    assert 1 < np.mean([one.seeds for one in found]) / (rest**2 / seeds * factor) < 1.25  # a variance is never below 0
    dealt = [
        spread_of(table(k, 4, 5, 2, fold=fold, rest=rest), np.full((4, 5), 1.0), np.full((4, 5), 4.0)).sources
        for k in range(400)
    ]
    assert np.mean([one.folds for one in dealt]) == pytest.approx(fold**2 / 20, rel=0.1)


def test_unequal_folds_count_by_their_rows() -> None:
    rows = np.array([[30.0, 10.0, 20.0]])
    values = np.array([1.0, 4.0, 2.0]).reshape(1, 3, 1)
    found = spread_of(values, rows, 60 - rows)
    share = rows.ravel() / 60
    between = share @ (values.ravel() - found.mean) ** 2 / (1 - share @ share)
    ratio = share @ (rows / (60 - rows)).ravel()
    assert found.mean == pytest.approx(np.average(values.ravel(), weights=share))
    assert found.error**2 == pytest.approx(between * (share @ share + ratio))
    assert found.freedom == pytest.approx(1 / (share @ share) - 1)


@given(
    scale=st.floats(1e-6, 1e6), shift=st.floats(-10, 10), seed=st.integers(0, 99),
    shape=st.tuples(st.integers(1, 3), st.integers(2, 5), st.integers(1, 4)),
)  # fmt: skip
def test_units_and_order_do_not_matter(scale: float, shift: float, shape: Any, seed: int) -> None:
    """Other units scale all; what is added to both sides goes; exchanged sides change the sign; order is nothing."""
    first, second = table(seed, *shape), table(seed + 100, *shape)
    found = paired_difference(first, second, 20, 80, margin=0.01)
    other = paired_difference(first * scale + shift, second * scale + shift, 20, 80, margin=0.01 * scale)
    ends = np.array([found.value.mean, found.value.low, found.value.high])
    size = 1e-9 * (abs(shift) + scale)
    np.testing.assert_allclose(
        [other.value.mean, other.value.low, other.value.high], ends * scale, rtol=1e-6, atol=size
    )
    turned = paired_difference(second[::-1, ::-1, ::-1], first[::-1, ::-1, ::-1], 20, 80, margin=0.01)
    np.testing.assert_allclose([turned.value.mean, turned.value.high, turned.value.low], -ends, atol=1e-12)
    opposite = {"better": "worse", "worse": "better"}
    assert turned.verdict == opposite.get(found.verdict, found.verdict)
    assert turned.p == pytest.approx(found.p) and turned.advice == found.advice


def test_networks_that_diverged_are_not_hidden() -> None:
    second = table(2, 1, 5, 2)
    first = second + 0.001 * np.random.default_rng(0).normal(size=second.shape)
    first[0, 1, 1] = INF
    found = paired_difference(first, second, 20, 80)
    assert found.value.mean == INF and not found.value.known and found.verdict == "not distinguishable"
    assert found.diverged[:2] == (1, 0) and "1 of 10 networks of the recipe diverged" in found.remark
    assert found.among_trained is not None and found.among_trained.known
    first[0, :, :] = INF
    found = paired_difference(first, second, 20, 80)
    assert found.verdict == "worse" and found.p == pytest.approx(binomtest(0, 10).pvalue)
    both = paired_difference(first, np.full_like(first, INF), 20, 80)
    assert math.isnan(both.value.mean) and both.verdict == "not distinguishable" and both.p == 1


def test_pairs_that_were_not_trained_are_left_out() -> None:
    first, second = table(3, 1, 6, 2), table(4, 1, 6, 2)
    first[0, 2, :] = NAN
    found = paired_difference(first, second, 20, 100)
    kept = [0, 1, 3, 4, 5]
    expected = paired_difference(first[:, kept], second[:, kept], 20, 100)
    assert found.value == expected.value and "2 of 12 pairs are missing" in found.remark
    second[0, 0, 1] = NAN
    assert paired_difference(first, second, 20, 100).value.known


def test_what_shows_no_spread_has_no_interval() -> None:
    same = table(5, 1, 4, 2)
    identical = paired_difference(same, same, 20, 60)
    assert identical.verdict == "practically the same" and "identical" in identical.remark
    assert not paired_difference(same + 1, same, 20, 60).value.known
    rates = np.full((1, 4, 1), 0.1)
    exact = paired_difference(rates, rates, 10, 30, shares=True)
    assert exact.value.high == pytest.approx(1 - 0.025 ** (1 / 40)) and exact.verdict == "not distinguishable"
    alone = paired_difference(same[:, :1, :1], same[:, :1, 1:], 20, 60)
    assert not alone.value.known and alone.verdict == "not distinguishable"
    split = paired_difference(same[:, :1], same[:, :1] - 0.1, 20, 60)
    assert "neither other test rows nor other training rows" in split.remark


def test_a_split_covers_rows_and_seeds() -> None:
    """One seed: the t interval of the rows' differences; a seed that changes all rows alike widens it."""
    rng = np.random.default_rng(0)
    first, second = rng.exponential(size=(60, 1)), rng.exponential(size=(60, 1))
    found = split_difference(first, second)
    expected = ttest_1samp((first - second).ravel(), 0.0).confidence_interval(0.95)
    assert (found.value.low, found.value.high) == pytest.approx(tuple(expected))
    assert "not other training rows" in found.remark and "one seed" in found.remark
    many = np.repeat(first, 3, axis=1) + np.array([0.0, 0.5, -0.4])
    wide = split_difference(many, np.repeat(second, 3, axis=1))
    assert wide.sources.seeds == pytest.approx(np.var([0.0, 0.5, -0.4], ddof=1) / 3)
    assert wide.standard_error**2 == pytest.approx(found.standard_error**2 + wide.sources.seeds)
    grouped = split_difference(np.repeat(first, 5, 0), np.repeat(second, 5, 0), groups=np.repeat(np.arange(60), 5))
    assert (grouped.value.low, grouped.value.high) == pytest.approx(tuple(expected))
    weighted = split_difference(np.append(first, [[9.0]], 0), np.append(second, [[1.0]], 0), weight=np.arange(61) < 60)
    assert weighted.value == found.value
    many[0, 2] = INF
    assert split_difference(many, np.repeat(second, 3, axis=1)).value.mean == INF
    assert math.isnan(split_difference(many, many).value.mean)  # a seed from which both diverged
    wrong = (np.arange(400)[:, None] < [40, 41]).astype(float)
    few = split_difference(wrong[:, :1], wrong[:, 1:], shares=True)
    assert "1 of 400 rows make" in few.remark and few.value.high - few.value.mean == pytest.approx(
        1 - 0.025 ** (1 / 400)
    )


@pytest.mark.parametrize(
    ("first", "second", "rows", "said"),
    [
        (np.ones((2, 3)), np.ones((2, 3)), 10, "partitions, folds, seeds"),
        (np.ones((1, 3, 2)), np.ones((1, 3, 1)), 10, "(1, 3, 2) and (1, 3, 1)"),
        (np.ones((1, 3, 2)), np.ones((1, 3, 2)), np.ones(3), "got (3,)"),
        (np.ones((1, 3, 2)), np.ones((1, 3, 2)), 0, "at least one row; got 0.0"),
        (np.full((1, 3, 2), -INF), np.ones((1, 3, 2)), 10, "minus infinity"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(first: np.ndarray, second: np.ndarray, rows: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        paired_difference(first, second, rows, 30)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("folds", "seeds", "seed_effect"), [(2, 2, 0.0), (5, 1, 0.0), (5, 3, 0.0), (5, 3, 1.0), (10, 4, 2.0)]
)
def test_intervals_hold_the_truth(folds: int, seeds: int, seed_effect: float) -> None:
    """Of 600 studies whose folds share as many rows as K-fold ones, 95 % intervals hold 0 in 93 % or more."""
    rng, held = np.random.default_rng(folds + seeds), []
    share = 1 / folds
    for _ in range(600):
        fold = math.sqrt(share) * rng.normal() + math.sqrt(1 - share) * rng.normal(size=(1, folds, 1))
        values = fold + seed_effect * rng.normal(size=seeds) + 0.5 * rng.normal(size=(1, folds, seeds))
        found = paired_difference(values, np.zeros_like(values), 1, folds - 1, margin=0.0)
        held.append(found.value.low <= 0 <= found.value.high)
    assert np.mean(held) > 0.93


def test_a_reference_that_diverged_everywhere_leaves_no_margin_and_no_error() -> None:
    from wellfit.statistics.paired.verdicts import margin_of

    assert margin_of(None, math.nan) == margin_of(None, math.inf) == 0.0
    theirs, ours = np.full((1, 3, 2), np.inf), 0.5 + np.arange(6.0).reshape(1, 3, 2)
    assert paired_difference(ours, theirs, 10, 20, margin=margin_of(None, math.nan)).margin == 0.0
