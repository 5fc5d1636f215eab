"""Distinct values and sets of rows are those of NumPy's slow functions, and large tables are passed over once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays
from wellfit.tables.distinct import are_among, distinct_values, rows_in_both, rows_without, smallest_places
from wellfit.tables.reading.dates import parse_dates
from wellfit.tables.views.copies import equal_rows, rows_seen

ROWS = st.lists(st.integers(0, 30), max_size=40).map(lambda rows: np.array(rows, np.int64))


@given(ROWS, ROWS, st.integers(0, 40))
def test_sets_of_rows(rows: np.ndarray, some: np.ndarray, count: int) -> None:
    assert np.array_equal(distinct_values(rows), np.unique(rows))
    assert np.array_equal(are_among(rows, some), np.isin(rows, some))
    assert np.array_equal(rows_without(rows, some), np.setdiff1d(rows, some))
    assert np.array_equal(rows_in_both(rows, some), np.intersect1d(rows, some))
    few = min(count, len(rows))
    assert np.array_equal(smallest_places(rows, few), np.sort(np.argsort(rows, kind="stable")[:few]))


def test_rows_that_rise_already_are_copied_not_shared() -> None:
    rows = np.arange(4)
    found = distinct_values(rows)
    found[0] = 9
    assert rows[0] == 0


def test_a_target_of_text_takes_no_loop_over_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    for module in ("target_values", "target_classes"):
        monkeypatch.setattr(f"wellfit.tables.columns.{module}.plain_label", lambda value: seen.append(value) or value)
    monkeypatch.setattr("wellfit.tables.columns.target_values.is_missing", lambda value: seen.append(value) or False)
    monkeypatch.setattr("wellfit.tables.columns.target_text.is_missing", lambda value: seen.append(value) or False)
    target = make_target(["no", "yes", "perhaps"] * 100)
    assert target.labels == ("no", "perhaps", "yes") and target.values[:3, 0].tolist() == [0, 2, 1]
    assert len(seen) <= 20  # once for each class, some times


def test_only_different_dates_are_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    from wellfit.tables.reading import dates

    lengths: list[int] = []
    original = dates.tidy_dates
    monkeypatch.setattr(dates, "tidy_dates", lambda cells: lengths.append(len(cells)) or original(cells))
    days = ["2024-01-31", "5 March 2024", None, "nonsense"]
    read = parse_dates(pl.Series("day", days * 50), ("%Y-%m-%d", "%d %B %Y"))
    alone = parse_dates(pl.Series("day", days), ("%Y-%m-%d", "%d %B %Y"))
    assert lengths == [4, 4]
    assert read.name == "day" and read.to_list() == alone.to_list() * 50
    assert alone.null_count() == 2


def test_rows_that_all_differ_are_not_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("not needed")

    numbers = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    first, later = (Arrays(part, np.zeros((30, 0), np.int32)) for part in (numbers[:30], numbers[30:]))
    monkeypatch.setattr(np, "unique", refuse)
    assert equal_rows(first) is None and not rows_seen(later, first).any()
