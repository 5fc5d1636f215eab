"""Splits of the rows: nothing leaks, every seed gives the same again, and small tables degrade by rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.errors import InputError
from wellfit.tables import bootstrap, by_time, holdout, k_fold, make_target
from wellfit.tables.arrays import Target, View


def classes(counts: list[int]) -> Target:
    labels = tuple(range(len(counts)))
    values = np.repeat(np.arange(len(counts)), counts)
    return make_target(np.random.default_rng(0).permutation(values), "class", labels=labels)


NUMBERS = make_target(np.arange(100) * 0.5)


def shares(target: Target, rows: Any) -> list[float]:
    return (np.bincount(target.values[rows, 0].astype(int), minlength=len(target.labels)) / len(rows)).tolist()


def same(one: View, two: View) -> bool:
    return all(np.array_equal(getattr(one, part), getattr(two, part)) for part in ("training", "validation", "test"))


def test_holdout_keeps_the_shares_of_classes() -> None:
    target = classes([60, 30, 10])
    view = holdout(target, 0.2, seed=1)
    assert len(view.validation) == 20
    assert shares(target, view.validation) == [0.6, 0.3, 0.1]
    assert sorted([*view.training, *view.validation]) == list(range(100))
    assert same(view, holdout(target, 0.2, seed=1))
    assert not same(view, holdout(target, 0.2, seed=2))


def test_holdout_for_test_and_of_some_rows() -> None:
    view = holdout(NUMBERS, 0.25, part="test", rows=np.arange(50, 100))
    assert view.validation.size == 0
    assert len(view.test) == 12
    assert min([*view.training, *view.test]) == 50


def test_holdout_by_order_takes_the_latest_and_parts_no_time() -> None:
    order = np.arange(100)[::-1] // 8
    view = holdout(NUMBERS, 0.2, order=order)
    assert order[view.validation].min() > order[view.training].max()
    assert len(view.validation) == 20


def test_holdout_by_groups_parts_none() -> None:
    groups = np.array([f"g{i % 20}" for i in range(100)])
    view = holdout(NUMBERS, 0.2, groups=groups)
    assert not set(groups[view.training]) & set(groups[view.validation])
    assert len(view.validation) == 20
    uneven = np.repeat([0, 1, 2, 3], [70, 10, 10, 10])
    assert 10 <= len(holdout(NUMBERS, 0.2, groups=uneven, seed=3).validation) <= 25


def test_small_tables_hold_out_nothing_and_say_so() -> None:
    view = holdout(classes([5, 5]))
    assert view.training.tolist() == list(range(10))
    assert view.validation.size == 0
    assert "too few" in view.notes[0]
    assert len(holdout(classes([20, 20])).validation) == 10
    assert holdout(classes([20, 19])).validation.size == 0


def test_rare_classes_stay_in_training() -> None:
    target = classes([60, 39, 1])
    view = holdout(target)
    assert set(target.values[view.validation, 0]) == {0, 1}
    assert view.notes[0] == "1 class with a single row stays in training."
    assert "too few for 15 classes" in holdout(classes([3] * 15)).notes[0]


def test_folds_deal_every_row_once_with_the_shares_of_classes() -> None:
    target = classes([50, 30, 20])
    views = k_fold(target, 5, seed=3)
    assert views.notes == ()
    assert [view.name for view in views] == [f"fold {i}" for i in range(1, 6)]
    assert sorted(np.concatenate([view.validation for view in views])) == list(range(100))
    for view in views:
        assert shares(target, view.validation) == [0.5, 0.3, 0.2]
        assert len(view.training) == 80
    assert all(map(same, views, k_fold(target, 5, seed=3)))
    assert not all(map(same, views, k_fold(target, 5, seed=4)))


@pytest.mark.parametrize("target", [NUMBERS, classes([50, 50])])
def test_folds_part_no_group(target: Target) -> None:
    groups = np.arange(100) // 7
    views = k_fold(target, 5, groups=groups)
    assert sorted(np.concatenate([view.validation for view in views])) == list(range(100))
    for view in views:
        assert not set(groups[view.training]) & set(groups[view.validation])
    assert not all(map(same, views, k_fold(target, 5, groups=groups, seed=1)))


def test_folds_of_rare_classes_and_few_groups_degrade_with_a_note() -> None:
    rare = k_fold(classes([40, 3]), 5)
    assert len(rare) == 5
    assert "fewer rows than 5 folds" in rare.notes[0]
    assert len(k_fold(classes([2] * 15), 5)) == 5
    few = k_fold(NUMBERS, 5, groups=np.arange(100) % 3)
    assert len(few) == 3
    assert "3 groups make 3 folds" in few.notes[0]
    tiny = k_fold(classes([5, 5]), 5)
    assert [view.validation.size for view in tiny] == [0] * 5
    assert "10 rows are too few" in tiny.notes[0]
    assert "one group is too few" in k_fold(NUMBERS, groups=np.zeros(100)).notes[0]


@given(st.lists(st.integers(0, 6), min_size=2, max_size=4), st.integers(2, 7), st.integers(0, 5))
def test_nothing_fails_for_lack_of_rows(counts: list[int], folds: int, seed: int) -> None:
    if sum(count > 0 for count in counts) < 2:
        return
    target = classes(counts)
    rows = len(target.values)
    groups = np.arange(rows) // 2
    views = [holdout(target, 0.3, seed), holdout(target, 0.3, seed, groups=groups), holdout(target, order=groups)]
    views += [*k_fold(target, folds, seed), *k_fold(target, folds, seed, groups=groups), *bootstrap(target, 2, seed)]
    for view in [*views, *by_time(groups, folds)]:
        assert set(view.training) <= set(range(rows))
        assert view.training.size


def test_by_time_trains_on_earlier_rows() -> None:
    order = np.random.default_rng(0).permutation(100) // 3
    views = by_time(order, folds=4)
    assert len(views) == 4
    for view in views:
        assert order[view.training].max() < order[view.validation].min()
    assert [len(view.training) for view in views] == sorted(len(view.training) for view in views)
    assert views[-1].validation[order[views[-1].validation] == order.max()].size
    dates = np.datetime64("2020-01-01") + order.astype("timedelta64[D]")
    assert all(map(same, views, by_time(dates, folds=4)))
    assert all(map(same, views, by_time([str(date) for date in dates], folds=4)))
    assert "too few different times" in by_time(np.zeros(9)).notes[0]


def test_bootstrap_leaves_a_third_out() -> None:
    views = bootstrap(NUMBERS, 20, seed=1)
    for view in views:
        assert len(view.training) == 100
        assert set(view.training) | set(view.validation) == set(range(100))
    assert 33 < np.mean([len(view.validation) for view in views]) < 41
    assert all(map(same, views, bootstrap(NUMBERS, 20, seed=1)))
    assert all(map(same, views[:3], bootstrap(NUMBERS, 3, seed=1)))
    groups = np.arange(100) // 10
    grouped = bootstrap(NUMBERS, 5, groups=groups, part="test")
    assert len(grouped) == 5
    for view in grouped:
        assert not set(groups[view.training]) & set(groups[view.test])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: holdout(NUMBERS, 1.0), "between 0 and 1"),
        (lambda: k_fold(NUMBERS, 1), "2 or more"),
        (lambda: bootstrap(NUMBERS, 0), "1 or more"),
        (lambda: by_time([1, 2, None]), "row 3 has none"),
        (lambda: k_fold(NUMBERS, groups=["a", None] * 50), "row 2 has none"),
        (lambda: k_fold(NUMBERS, groups=[1, 2]), "got 2 for 100 rows"),
        (lambda: holdout(NUMBERS, rows=[100]), "row numbers from 0 to 99; got other values"),
    ],
)
def test_refused(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
