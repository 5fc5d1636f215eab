"""Which views' networks predict new rows: the latest where training rows expand, all elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import TimeSeriesSplit

import wellfit
from wellfit.estimators import NetworkRegressor, WellfitRegressor
from wellfit.models.ensemble import predicting_members
from wellfit.tables import bootstrap, by_time, k_fold, make_target, views_of_folds
from wellfit.tables.arrays import View
from wellfit.tables.views.expanding import latest_views


def test_the_latest_view_goes_beyond_those_before_it() -> None:
    target = make_target(np.arange(60) % 2)
    assert latest_views(by_time(np.arange(60), folds=4)) == [3]
    assert latest_views(by_time(np.arange(60), folds=4)[::-1]) == [0]
    assert latest_views(views_of_folds(TimeSeriesSplit(3, gap=2), target)) == [2]
    tested = by_time(np.arange(60), folds=3, part="test")
    assert latest_views(tested) == [2]
    # Seeds share a view: both networks of the latest stay.
    assert latest_views([one for one in tested for _ in range(2)]) == [4, 5]


def test_all_views_stay_where_none_trains_on_what_another_holds_out_and_more() -> None:
    target = make_target(np.arange(12) % 2)
    assert latest_views(k_fold(target, 3)) == [0, 1, 2]
    assert latest_views(bootstrap(target, 20)) == list(range(20))
    assert latest_views(bootstrap(target, 20, drawn_as="weights")) == list(range(20))
    # Windows that slide forget what was long ago: none goes beyond another.
    assert latest_views(views_of_folds(TimeSeriesSplit(3, max_train_size=3), target)) == [0, 1, 2]
    # Samples of a learning curve, which all hold out the same rows.
    held = np.arange(8, 12)
    assert latest_views([View(np.arange(4), held), View(np.arange(8), held)]) == [0, 1]
    assert latest_views([View(np.arange(4)), View(np.arange(8))]) == [0, 1]


@pytest.fixture(scope="module")
def drifting() -> tuple[np.ndarray, np.ndarray]:
    """Rows in time whose level rises: what was learnt of the first half is too low for what comes."""
    draws = np.random.default_rng(0)
    x = draws.normal(size=(240, 2))
    return x, x[:, 0] + np.arange(240) / 40


def test_a_bag_over_periods_predicts_as_its_latest_network(drifting: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = drifting
    fitted = NetworkRegressor(hidden=(8,), epochs=4, folds=TimeSeriesSplit(3), random_state=0).fit(x, y)
    assert len(fitted.result_.members) == 3 and len(fitted.model_.networks) == 1
    views = views_of_folds(TimeSeriesSplit(3), make_target(y))
    periods = wellfit.train(wellfit.Recipe(hidden=(8,), epochs=4), x, y, views=views, seeds=[0, 1])
    latest = predicting_members(periods.engine)
    assert [periods[index].view.name for index in latest] == [views[-1].name] * 2
    assert len({periods[index].seed for index in latest}) == 2


def test_a_search_over_periods_keeps_the_latest_network_of_each_candidate(
    drifting: tuple[np.ndarray, np.ndarray],
) -> None:
    x, y = drifting
    found = WellfitRegressor(budget=400, folds=TimeSeriesSplit(3), random_state=0).fit(x, y)
    assert found.result_.search is not None
    parts = found.result_.search.ensemble
    assert [part.networks for part in parts] == [1] * len(parts) and len(found.model_.networks) == len(parts)
    assert {tuple(one["folds"]) for one in found.record_["ensemble"]["of"]} == {(2,)}
