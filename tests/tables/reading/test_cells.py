"""Numbers and dates written as text."""

from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.tables.columns.categories import category_text, vocabulary_of
from wellfit.tables.columns.kinds import force_column, infer_column
from wellfit.tables.columns.number_kind import read_as_numbers
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.reading.date_formats import FORMATS, find_formats, is_ambiguous
from wellfit.tables.reading.dates import parse_dates
from wellfit.tables.reading.numbers import parse_numbers


def read(cells: list[str], choices: Choices = ANY) -> list[float | None]:
    """The cells as numbers, in the format that they show."""
    series = pl.Series(cells)
    found = read_as_numbers(series, choices)
    assert found is not None
    return parse_numbers(series, found.form).to_list()


NUMBERS = [
    ([" 12.5 ", "-3", "+4", "1e3", ".5", "\uff11\uff12"], [12.5, -3, 4, 1000, 0.5, 12]),
    (["1 234", "12"], [1234, 12]),
    (["1\u00a0234\u202f567,5", "7"], [1234567.5, 7]),
    (["1,234.5", "7", "1,23,456"], [1234.5, 7, 123456]),
    (["1'234.5", "1\u2019234", "1_000"], [1234.5, 1234, 1000]),
    (["12,5", "3", "1.234"], [12.5, 3, 1234]),
    (["1.234,5", "2"], [1234.5, 2]),
    (["12.5", "7,404"], [12.5, 7404]),
    (["$1,200", "$3", "-$88", "$-88", "($88)", "$(88)", "US$ 5", "5 USD"], [1200, 3, -88, -88, -88, -88, 5, 5]),
    (["12 %", "1.5%", "3"], [12, 1.5, 3]),
    (["-5 \u20ac", "7,5 \u20ac", "EUR 1", "3 Euro"], [-5, 7.5, 1, 3]),
    (["(1,234.56)", "1.16-", "\u22122", "\u20133", "- 4", "+5"], [-1234.56, -1.16, -2, -3, -4, 5]),
    (["12,-", "3.\u2013", "CHF 4.50", "Fr. 5"], [12, 3, 4.5, 5]),
    (["25.4k", "980", "3 Mio", "1.2bn", "2M"], [25400, 980, 3e6, 1.2e9, 2e6]),
    (["$1.2m", "$25k", "$980"], [1.2e6, 25000, 980]),
    (["3 Mio. \u20ac", "250 T\u20ac", "2 k\u20ac"], [3e6, 250e3, 2000]),
    (["12 kg", "500 g", "3 kg", "2.5E-1 kg"], [12, 0.5, 3, 0.25]),
    (["5 km", "300 m", "7 km"], [5, 0.3, 7]),
    (["90 min", "2 h", "30 min"], [90, 120, 30]),
    (["1 room", "2 rooms", "3 Rooms"], [1, 2, 3]),
    (["7 \u00b5g/dL", "8 \u03bcg/dL"], [7, 8]),
    (["100 m\u00b2", "1 200 m\u00b2"], [100, 1200]),
    (["23.4 kmpl", "1248 kmpl"], [23.4, 1248]),
]


@pytest.mark.parametrize(("cells", "values"), NUMBERS)
def test_notations(cells: list[str], values: list[float]) -> None:
    assert read(cells) == pytest.approx(values)


@pytest.mark.parametrize("cells", [["7,404", "1,200"], ["1,5", "7,404"], ["7.404 kg", "1.200 kg"]])
def test_the_decimal_mark_can_be_chosen(cells: list[str]) -> None:
    found = {mark: read(cells, Choices(mark)) for mark in ("comma", "point")}  # type: ignore[arg-type]
    assert found["comma"] != found["point"]
    assert read(cells, Choices(usual_decimal="comma")) == found["comma"]


@pytest.mark.parametrize(
    "cells",
    [["12,34,5"], ["a"], ["1 2"], ["1-2"], ["12.5.1"], ["$"], ["12/5"], ["192.168.1.5"], ["(5"], ["5)"], ["1,2,3"],
     ["12A", "13B"], ["12M", "12L"], ["1st", "2nd"], ["2 cats", "3 dogs"], ["10+ years"]],
)  # fmt: skip
def test_no_numbers(cells: list[str]) -> None:
    assert read_as_numbers(pl.Series(cells)) is None


def test_units_that_cannot_be_converted_are_named() -> None:
    cells = pl.Series([f"{'$€'[i % 2]}{i}" for i in range(30)])
    found = read_as_numbers(cells)
    assert found is not None and "$, €" in found.assumed[0]
    assert parse_numbers(pl.Series(["$5", "5 kg", "5"]), found.form).to_list() == [5, None, 5]


@pytest.mark.parametrize(
    ("strays", "accepted"),
    [(["unknown"] * 45, True), (["n/a"] * 20 + ["TBA"] * 10 + ["---"] * 5, True), (["unknown"] * 60, False),
     (["red"] * 9, True), (["red"] * 12, False)],
)  # fmt: skip
def test_strays_are_tolerated_alike_among_numbers_and_dates(strays: list[str], accepted: bool) -> None:
    """Words for missing in up to half of the cells, others in a tenth."""
    rest = range(100 - len(strays))
    numbers = read_as_numbers(pl.Series([*strays, *(f"{i}.5" for i in rest)]))
    assert (numbers is not None) == accepted
    column = infer_column(pl.Series("d", [*strays, *(f"2021-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in rest)]))
    assert (column.kind == "date") == accepted
    if numbers is not None:
        assert numbers.strays.count == len(strays)
        assert f"{len(strays)} of 100 cells are no dates" in column.assumed[0] and repr(strays[0]) in column.assumed[0]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20), st.sampled_from([",", " ", "'"]))
def test_grouped_numbers_come_back(values: list[int], mark: str) -> None:
    assert read([f"{value:,}".replace(",", mark) for value in values]) == values


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
        (["2020-W53", "2021W01"], datetime.datetime(2020, 12, 28)),
        (["2021Q2", "2020-Q1"], datetime.datetime(2021, 4, 1)),
        (["Q2 2021", "q1/2020"], datetime.datetime(2021, 4, 1)),
        (["2021H2", "H1 2020"], datetime.datetime(2021, 7, 1)),
        (["Feb 2021", "March 2021", "Sep-2020"], datetime.datetime(2021, 2, 1)),
        (["Feb-21", "Mar-22"], datetime.datetime(2021, 2, 1)),
        (["03/2021", "12/2020"], datetime.datetime(2021, 3, 1)),
        (["15 March 2021", "1 Apr 2021", "2nd of May, 2021"], datetime.datetime(2021, 3, 15)),
        (["Mon, 15 Mar 2021 10:30:00 GMT", "Tue, 16 Mar 2021 00:00:00 GMT"], datetime.datetime(2021, 3, 15, 10, 30)),
        (["March 15, 2021", "Apr. 1, 2021"], datetime.datetime(2021, 3, 15)),
        (["15MAR2021", "01APR2021"], datetime.datetime(2021, 3, 15)),
        (["15. März 2021", "1. Dezember 2020"], datetime.datetime(2021, 3, 15)),
        (["15 décembre 2021", "1 août 2021"], datetime.datetime(2021, 12, 15)),
        (["15.03.2021 10:30", "16.03.2021 11:00"], datetime.datetime(2021, 3, 15, 10, 30)),
        (["3/15/2021 5:06 PM", "3/1/2021 5:06 AM"], datetime.datetime(2021, 3, 15, 17, 6)),
        (["2021-03-15T10:30:00.123Z", "2021-03-16T10:30:00Z"], datetime.datetime(2021, 3, 15, 10, 30, 0, 123000)),
        (["5:30 PM", "11:00 AM"], datetime.datetime(1970, 1, 1, 17, 30)),
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


def test_one_order_of_day_and_month_for_the_whole_column() -> None:
    """The first cells leave it open, and a late one decides."""
    cells = pl.Series([f"{1 + i % 9:02d}/{1 + i % 7:02d}/2021" for i in range(300)] + ["25/03/2021"])
    assert find_formats(cells) == ("%d/%m/%Y",)
    assert find_formats(pl.concat([cells, pl.Series(["28/02/2021"] * 9 + ["01/25/2021"])])) == ("%d/%m/%Y",)
    assert find_formats(pl.Series(["01/02/2021"]), "day-first") == ("%d/%m/%Y",)
    assert parse_dates(pl.Series(["02|2021"]), find_formats(pl.Series(["02|2021"]), "%m|%Y"))[0].month == 2


@pytest.mark.parametrize(
    ("numbers", "first"),
    [
        ([1615804200, 1615804260], datetime.datetime(2021, 3, 15, 10, 30)),
        ([1615804200000, 1615804260000], datetime.datetime(2021, 3, 15, 10, 30)),
        ([44270, 44271], datetime.datetime(2021, 3, 15)),
        ([202103, 202104], datetime.datetime(2021, 3, 1)),
        ([2021, 2022], datetime.datetime(2021, 1, 1)),
    ],
)
def test_numbers_are_dates_where_the_user_says_so(numbers: list[int], first: datetime.datetime) -> None:
    cells = pl.Series("d", numbers)
    column = force_column(cells, "date")
    assert parse_dates(cells, column.formats)[0] == first
    assert infer_column(cells).kind != "date"


def test_exchangeable_days_and_months_are_noticed() -> None:
    for cells, unsure in ((["1/2/2020", "3/4/2020"], True), (["1/13/2020"], False), (["2020-01-02"], False)):
        series = pl.Series(cells)
        assert is_ambiguous(series, find_formats(series)) == unsure


def test_one_spelling_a_category() -> None:
    cells = ["1", "1.0", "+1", "1.50", "007", "True", "x ", None, "1e5", "-0.5"]
    assert category_text(pl.Series(cells)).to_list() == ["1", "1", "1", "1.5", "007", "true", "x", None, "1e5", "-0.5"]
    assert category_text(pl.Series([1.0, 1.5, None])).to_list() == ["1", "1.5", None]
    assert vocabulary_of(pl.Series(["b", "10", "9", None, "a"])) == ("9", "10", "a", "b")
