"""Dates and times as values, and the numbers that a network can use of them.

Times with a zone are taken in UTC. What becomes of a date: year, month, day, day of the year, day of the week, hour,
minute, and days since an origin (not seconds since 1970: float32 would round those to two minutes).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from wellfit.tables.reading.date_formats import FORMATS, ISO_FORMATS
from wellfit.tables.reading.date_text import read_dates, tidy_dates

PARTS = ("year", "month", "day", "day of year", "day of week", "hour", "minute", "days")
_MICROSECONDS = {"seconds since 1970": 1e6, "milliseconds since 1970": 1e3, "microseconds since 1970": 1.0,
                 "nanoseconds since 1970": 1e-3, "days since 1900": 86_400e6}  # fmt: skip
_EXCEL_ORIGIN = -25_569 * 86_400e6  # 1899-12-30, from which spreadsheets count days
MOST_DISTINCT = 0.5  # of the rows: where more dates differ, each is read by itself
COUNTED = tuple(_MICROSECONDS)


def parse_dates(column: pl.Series, formats: Sequence[str]) -> pl.Series:
    """A column of dates, times or text as Datetime in microseconds without a zone; null where a cell is no date."""
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        plain = column if dtype.time_zone is None else column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return plain.cast(pl.Datetime("us"))
    if dtype == pl.Date:
        return column.cast(pl.Datetime("us"))
    if formats and formats[0] in _MICROSECONDS:
        return _counted(column, formats[0])
    if dtype == pl.Time or not isinstance(dtype, pl.String):
        column = column.cast(pl.String)
    distinct = column.unique()
    if len(distinct) > MOST_DISTINCT * len(column):
        return _read(column, formats)
    # Rewriting text is dear, and of many rows most have the day of others.
    known = pl.DataFrame([distinct.alias("cell"), _read(distinct, formats).alias("read")])
    return (
        column.alias("cell")
        .to_frame()
        .join(known, on="cell", how="left", maintain_order="left")["read"]
        .alias(column.name)
    )


def _read(column: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Text as Datetime, null where a cell is no date in any of the formats."""
    raw, tidy = column, tidy_dates(column)
    out = pl.Series(column.name, [None] * len(tidy), dtype=pl.Datetime("us"))
    for form in dict.fromkeys([*formats, *ISO_FORMATS]):
        if out.null_count() > raw.null_count():
            read = read_dates(tidy if form in FORMATS else raw, form)
            out = pl.select(pl.coalesce(out, read).alias("out")).get_column("out")
    return out.alias(column.name)


def count_of(values: pl.Series) -> tuple[str, ...]:
    """What numbers count that a user calls dates, by their size: seconds since 1970, days of a spreadsheet, or digits
    such as 20240131 as a format; none where they can be none.
    """
    wide = values.cast(pl.Float64, strict=False).drop_nulls()
    if not len(wide):
        return ()
    least, middle = float(wide.min()), float(wide.median())  # type: ignore[arg-type]
    for low, high, form in ((1000, 3000, "%Y"), (100_001, 300_012, "%Y%m"), (10_000_101, 30_001_231, "%Y%m%d"),
                            (1e13, 3.1e13, "%Y%m%d%H%M%S")):  # fmt: skip
        if low <= least and bool(wide.is_between(low, high).all()):
            return (form,)
    sizes = ((1e17, "nanoseconds since 1970"), (1e14, "microseconds since 1970"), (1e11, "milliseconds since 1970"),
             (1e7, "seconds since 1970"), (1.0, "days since 1900"))  # fmt: skip
    return next(((form,) for size, form in sizes if middle >= size), ())


def _counted(column: pl.Series, form: str) -> pl.Series:
    """Numbers that count from an origin as Datetime."""
    wide = column.cast(pl.String).cast(pl.Float64, strict=False) if column.dtype == pl.String else column
    micro = wide.cast(pl.Float64, strict=False) * _MICROSECONDS[form]
    micro = micro + (_EXCEL_ORIGIN if form == "days since 1900" else 0.0)
    sensible = micro.abs() < 6e16  # years 70 to 3870
    return micro.set(~sensible.fill_null(False), None).round().cast(pl.Int64).cast(pl.Datetime("us")).alias(column.name)


def origin_of(dates: pl.Series) -> float:
    """Midnight of the first date, in days since 1970."""
    first = dates.dt.epoch("us").min()
    return float(int(first) // 86_400_000_000) if isinstance(first, int) else 0.0


def varying_parts(dates: pl.Series, origin: float) -> tuple[str, ...]:
    """The parts that are not the same in every row."""
    distinct = dates.unique()
    return tuple(part for part in PARTS if part_of(distinct, part, origin).n_unique() - bool(dates.null_count()) > 1)


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
