"""Dates and times: found in text, and turned into numbers that a network can use.

Times with a zone are taken in UTC. What becomes of a date: year, month, day, day of the year, day of the week, hour,
minute, and days since an origin (not seconds since 1970: float32 would round those to two minutes).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%y",
    "%d-%b-%y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S%.f", " %H:%M:%S%.f%z", " %I:%M %p", " %I:%M:%S %p", " %H%M%S")
FORMATS = tuple(day + time for day in _DAYS for time in _TIMES)
ISO_FORMATS = tuple("%Y-%m-%d" + time for time in _TIMES[:3])

PARTS = ("year", "month", "day", "day of year", "day of week", "hour", "minute", "days")
_LIKELY = (
    r"(?i)^(?:\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?\b|\d{8}(?:T|$| )|\d{1,2}:\d{2}"
    r"|\d{1,2}[- ][a-z]{3}|[a-z]{3,9} \d{1,2},? \d{4})"
)
_SAMPLE = 100
_YEARS = (1000, 3000)


def find_formats(distinct: pl.Series) -> tuple[str, ...]:
    """The formats that together read every one of these distinct cells, at most two of them; none if they are no dates.

    Two, for dates with and without a time are often mixed. Where day and month can be exchanged throughout, the month
    comes first with slashes and the day first with dots and dashes.
    """
    if not len(distinct) or not distinct.head(_SAMPLE).str.contains(_LIKELY).all():
        return ()
    found: list[str] = []
    left = _normal(distinct)
    for _ in range(2):
        best = max(FORMATS, key=lambda form: _parsed(left.head(_SAMPLE), form))
        if not _parsed(left, best):
            return ()
        found.append(best)
        left = left.filter(_read(left, best).is_null())
        if not len(left):
            return tuple(found)
    return ()


def parse_dates(column: pl.Series, formats: Sequence[str]) -> pl.Series:
    """A column of dates, times or text as Datetime in microseconds without a zone; null where a cell is no date."""
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        plain = column if dtype.time_zone is None else column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return plain.cast(pl.Datetime("us"))
    if dtype == pl.Date:
        return column.cast(pl.Datetime("us"))
    if dtype == pl.Time:
        column = column.cast(pl.String)
    text = _normal(column.cast(pl.String))
    out = pl.Series(column.name, [None] * len(text), dtype=pl.Datetime("us"))
    for form in dict.fromkeys([*formats, *ISO_FORMATS]):
        if out.null_count() > text.null_count():
            read = _read(text, form)
            out = pl.select(out.is_null().alias("gone"), pl.coalesce(out, read).alias("out")).get_column("out")
    return out.alias(column.name)


def is_ambiguous(distinct: pl.Series, formats: Sequence[str]) -> bool:
    """Whether day and month could be exchanged in all cells."""
    swapped = [form.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m") for form in formats]
    text = _normal(distinct)
    pairs = [(form, other) for form, other in zip(formats, swapped, strict=True) if not form.startswith("%Y")]
    return any("%m" in form and _read(text, other).null_count() == 0 for form, other in pairs)


def origin_of(dates: pl.Series) -> float:
    """Midnight of the first date, in days since 1970."""
    first = dates.dt.epoch("us").min()
    return float(int(first) // 86_400_000_000) if isinstance(first, int) else 0.0


def varying_parts(dates: pl.Series, origin: float) -> tuple[str, ...]:
    """The parts that are not the same in every row."""
    return tuple(part for part in PARTS if part_of(dates, part, origin).n_unique() - bool(dates.null_count()) > 1)


def days_of(dates: pl.Series) -> pl.Series:
    """Days since 1970 as Float64."""
    return dates.dt.epoch("us").cast(pl.Float64) / 86_400e6


def part_of(dates: pl.Series, part: str, origin: float) -> pl.Series:
    """One part of each date as Float64."""
    if part == "days":
        return days_of(dates) - origin
    readers = {
        "year": dates.dt.year,
        "month": dates.dt.month,
        "day": dates.dt.day,
        "day of year": dates.dt.ordinal_day,
        "day of week": dates.dt.weekday,
        "hour": dates.dt.hour,
        "minute": dates.dt.minute,
    }
    return readers[part]().cast(pl.Float64)


def _normal(text: pl.Series) -> pl.Series:
    """Cells with a blank between date and time, without a mark of UTC; months get a first day, times of day a date."""
    text = (
        text.str.strip_chars().str.replace(r"^(\d[\d\-/.]*)T(\d)", "$1 $2").str.replace(r"(?:Z| UTC|[+-]00:?00)$", "")
    )
    text = text.str.replace(r"^(\d{4})[-/](\d{1,2})$", "$1-$2-01")
    return text.str.replace(r"^(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$", "1970-01-01 $1")


def _parsed(text: pl.Series, form: str) -> int:
    return len(text) - _read(text, form).null_count()


def _read(text: pl.Series, form: str) -> pl.Series:
    """Cells read in one format; years that nobody means (a two-digit year read as 0011) are not dates."""
    try:
        if "%z" in form:
            read = text.str.to_datetime(form, strict=False, time_unit="us").dt.replace_time_zone(None)
        elif "%H" in form or "%I" in form:
            read = text.str.to_datetime(form, strict=False, time_unit="us", ambiguous="earliest")
        else:
            read = text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    except pl.exceptions.PolarsError:
        return pl.Series(text.name, [None] * len(text), dtype=pl.Datetime("us"))
    sensible = pl.when(read.dt.year().is_between(*_YEARS)).then(read)
    return pl.select(sensible.alias(text.name)).to_series()
