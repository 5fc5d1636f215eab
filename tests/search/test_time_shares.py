"""How a time limit is divided."""

from __future__ import annotations

import pytest

from wellfit.search.time_shares import REFIT_SHARE, SMALL_SHARE, TimeShares, slowness


def test_without_a_limit_nothing_is_limited() -> None:
    time = TimeShares(None, small=True, refit=True, test_rows=1000, files=True)
    assert time.search(5.0) is time.small_network is time.on_all_rows(5.0) is time.baselines is None


def test_the_parts_add_up_to_the_limit() -> None:
    time = TimeShares(60.0, refit=True, test_rows=3000, files=True)
    searched = time.search(4.0)
    assert searched is not None and time.baselines == 3.0
    assert 4.0 + searched + REFIT_SHARE * 60 + time.last == pytest.approx(60.0)
    assert time.on_all_rows(4.0 + searched) == pytest.approx(REFIT_SHARE * 60)
    assert TimeShares(60.0, small=True).search(0.0) == pytest.approx(60 * (1 - SMALL_SHARE))


def test_the_estimators_search_all_the_time_where_nothing_follows() -> None:
    assert TimeShares(60.0).search(10.0) == 50.0 and TimeShares(60.0).last == 0.0


@pytest.mark.parametrize(("limit", "spent", "least"), [(60.0, 100.0, 6.0), (2.0, 1.9, 0.5), (0.2, 0.1, 0.1)])
def test_however_long_reading_took_something_is_searched(limit: float, spent: float, least: float) -> None:
    assert TimeShares(limit, small=True, files=True).search(spent) == pytest.approx(least)
    assert TimeShares(limit).on_all_rows(2 * limit) == 0.0


def test_on_a_busy_machine_what_comes_last_gets_more_of_the_limit() -> None:
    quiet, busy = (TimeShares(60.0, test_rows=30_000, files=True, slowness=times) for times in (1.0, 3.0))
    assert quiet.last == pytest.approx(4.5) and busy.last == pytest.approx(3 * 1.5 + 3.0)
    assert busy.baselines == pytest.approx(1.0)  # second of work, which lasts three
    assert busy.search(4.0) == pytest.approx(60.0 - 4.0 - busy.last)


@pytest.mark.parametrize(("wall", "work", "times"), [(10.0, 5.0, 2.0), (5.0, 9.0, 1.0), (90.0, 1.0, 5.0)])
def test_slowness_is_what_passes_in_a_second_of_work(wall: float, work: float, times: float) -> None:
    assert slowness(wall, work) == times
