"""Numbers and dates written as text."""

from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.tables.columns.categories import category_text, vocabulary_of
from wellfit.tables.reading.dates import FORMATS, find_formats, is_ambiguous, parse_dates
from wellfit.tables.reading.numbers import find_notation, parse_numbers


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ([" 12.5 ", "-3", "+4", "1e3", ".5"], [12.5, -3, 4, 1000, 0.5]),
        (["1 234", "12"], [1234, 12]),
        (["1\u00a0234\u00a0567,5", "7"], [1234567.5, 7]),
        (["1,234.5", "7"], [1234.5, 7]),
        (["1'234.5", "7"], [1234.5, 7]),
        (["12,5", "3"], [12.5, 3]),
        (["1.234,5", "2"], [1234.5, 2]),
        (["$1,200", "$3"], [1200, 3]),
        (["12 %", "1.5%"], [12, 1.5]),
        (["-5 \u20ac", "7,5 \u20ac"], [-5, 7.5]),
    ],
)
def test_notations(cells: list[str], values: list[float]) -> None:
    found = find_notation(pl.Series(cells))
    assert found is not None
    assert parse_numbers(pl.Series(cells), *found).to_list() == values


@pytest.mark.parametrize("cells", [["12,34,5"], ["a"], ["1 2"], ["12%", "3"], ["1-2"], ["12.5.1"], ["$"]])
def test_no_numbers(cells: list[str]) -> None:
    assert find_notation(pl.Series(cells)) is None


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20), st.sampled_from([",", " ", "'"]))
def test_grouped_numbers_come_back(values: list[int], mark: str) -> None:
    cells = pl.Series([f"{value:,}".replace(",", mark) for value in values])
    found = find_notation(cells)
    assert found is not None
    assert parse_numbers(cells, *found).to_list() == values


DAYS = st.datetimes(datetime.datetime(1950, 1, 13), datetime.datetime(2049, 12, 31)).map(
    lambda moment: moment.replace(day=max(moment.day, 13), second=0, microsecond=0)
)


@given(st.lists(DAYS, min_size=1, max_size=10), st.sampled_from([form for form in FORMATS if "%y" not in form]))
def test_dates_come_back_in_every_format(moments: list[datetime.datetime], form: str) -> None:
    clear = "%z" not in form
    moments = moments if "%H" in form or "%I" in form else [m.replace(hour=0, minute=0) for m in moments]
    pattern = form.replace("%.f", "")
    stamps = moments if clear else [m.replace(tzinfo=datetime.UTC) for m in moments]
    cells = pl.Series([moment.strftime(pattern) for moment in stamps])
    formats = find_formats(cells.unique(maintain_order=True))
    assert parse_dates(cells, formats).to_list() == moments


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2020-01-01 10:00:00+02:00", "2020-01-02 10:00:00-01:30"], datetime.datetime(2020, 1, 1, 8)),
        (["2011-01", "2012-12"], datetime.datetime(2011, 1, 1)),
        (["10:30", "23:59"], datetime.datetime(1970, 1, 1, 10, 30)),
        (["20140101T000000"], datetime.datetime(2014, 1, 1)),
        (["1/13/11", "12/1/12"], datetime.datetime(2011, 1, 13)),
        (["2020-01-01", "2020-01-02 12:00"], datetime.datetime(2020, 1, 1)),
    ],
)
def test_special_dates(cells: list[str], first: datetime.datetime) -> None:
    series = pl.Series(cells)
    dates = parse_dates(series, find_formats(series))
    assert dates[0] == first
    assert dates.null_count() == 0


@pytest.mark.parametrize(
    "cells", [["1.5", "2.5"], ["1-2", "3-4"], ["192.168.1.1"], ["2020-13-45"], ["may"], ["90-100"]]
)
def test_no_dates(cells: list[str]) -> None:
    assert find_formats(pl.Series(cells)) == ()


def test_exchangeable_days_and_months_are_noticed() -> None:
    for cells, unsure in ((["1/2/2020", "3/4/2020"], True), (["1/13/2020"], False), (["2020-01-02"], False)):
        series = pl.Series(cells)
        assert is_ambiguous(series, find_formats(series)) == unsure


def test_one_spelling_a_category() -> None:
    cells = ["1", "1.0", "+1", "1.50", "007", "True", "x ", None, "1e5", "-0.5"]
    assert category_text(pl.Series(cells)).to_list() == ["1", "1", "1", "1.5", "007", "true", "x", None, "1e5", "-0.5"]
    assert category_text(pl.Series([1.0, 1.5, None])).to_list() == ["1", "1.5", None]
    assert vocabulary_of(pl.Series(["b", "10", "9", None, "a"])) == ("9", "10", "a", "b")
