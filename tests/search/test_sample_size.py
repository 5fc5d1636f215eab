"""How many rows of a large table a search draws."""

from __future__ import annotations

from wellfit.search.sample_size import CUT_FROM, sample_size


def test_a_table_of_ordinary_size_is_never_cut() -> None:
    for seconds, updates in ((1e-3, None), (None, 1)):
        assert CUT_FROM * (sample_size(seconds, updates, cores=1) or 0) >= 400_000


def test_more_time_and_more_cores_take_more_rows() -> None:
    assert sample_size(600, None, 2) == sample_size(300, None, 4) == 10 * (sample_size(60, None, 2) or 0)


def test_a_budget_of_updates_takes_the_same_rows_on_any_machine() -> None:
    assert sample_size(None, 10**6, 1) == sample_size(None, 10**6, 64)


def test_without_a_limit_all_rows_are_used() -> None:
    assert sample_size(None, None, 4) is None
