"""Columns of dates: whether a column is one, and what was assumed to read it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.tables.columns.columns import Column
from wellfit.tables.reading import dates as times
from wellfit.tables.reading.date_formats import exchanged, find_formats, in_words, is_ambiguous
from wellfit.tables.reading.date_text import tidy_dates
from wellfit.tables.reading.strays import KEPT, are_few, count_cells, find_strays


def find_dates(cells: pl.Series, base: Column, dates: str | None) -> Column | None:
    """The date column that text cells are, or None. dates: the order of day and month, see `read_table`."""
    counts = count_cells(cells)
    formats = find_formats(counts["cell"], dates)
    if not formats or not are_few(counts, times.parse_dates(counts["cell"], formats)):
        return None
    return _date_column(cells, base, formats, counts, dates is None)


def as_date(cells: pl.Series, base: Column, dates: str | None) -> Column:
    """The column as dates, as the user wants; InputError where no cell is a date."""
    if cells.dtype.is_temporal():
        return _with_parts(cells, base, ())
    if cells.dtype.is_numeric():
        formats = times.count_of(cells)
        said = (f"read as {_counted_in_words(formats[0])}",) if formats else ()
        return _with_parts(cells, replace(base, assumed=said), formats)
    counts = count_cells(cells.cast(pl.String))
    formats = find_formats(counts["cell"], dates)
    if not formats:
        formats = times.count_of(counts["cell"])
    return _date_column(cells.cast(pl.String), base, formats, counts, dates is None)


def _counted_in_words(form: str) -> str:
    """What numbers are taken as."""
    return form if form in times.COUNTED else f"dates written {form}"


def _date_column(
    cells: pl.Series, base: Column, formats: tuple[str, ...], counts: pl.DataFrame, by_cells: bool
) -> Column:
    """A column of dates in text. by_cells: the order of day and month was not given."""
    distinct = counts["cell"]
    read = times.parse_dates(distinct, formats).is_not_null()
    strays = find_strays(counts, read)
    said = [strays.sentence("dates")] if strays.count else []
    if by_cells and is_ambiguous(distinct.filter(read), formats):
        said.append(_about_order(formats, str(distinct.filter(read)[0])))
    elif tidy_dates(distinct.head(1))[0] != distinct[0] and any(form.startswith("%G") for form in formats):
        said.append("weeks were read as their Mondays")
    column = replace(base, strays=strays.words[:KEPT], assumed=tuple(said), missing=base.missing + strays.count)
    return _with_parts(cells, column, formats)


def _about_order(formats: tuple[str, ...], example: str) -> str:
    """That day and month could be exchanged, how they were read, and how to read them otherwise."""
    form = next(form for form in formats if exchanged(form) != form)
    other = "day-first" if form.index("%m") < form.index("%d") else "month-first"
    moment = times.parse_dates(pl.Series([example]), [form])[0]
    read = f"{moment:%B} {moment.day}" if moment is not None else in_words(form)
    return (
        f"day and month could be exchanged and were read as {in_words(form)}, so that {quoted(example)} is {read} "
        f"(--dates {other} exchanges them)"
    )


def _with_parts(cells: pl.Series, base: Column, formats: tuple[str, ...]) -> Column:
    """The date column with its parts that vary, its origin and its range."""
    moments = times.parse_dates(cells, formats)
    if moments.null_count() == len(moments) and cells.null_count() < len(cells):
        first = str(cells.drop_nulls()[0])[:80]
        raise InputError(
            f"Column {quoted(base.name)} holds no date that can be read: read it as a category; got {quoted(first)}."
        )
    origin = times.origin_of(moments)
    parts = times.varying_parts(moments, origin)
    if not parts:
        return replace(base, kind="constant", note="left out: the same date in every row")
    days = times.days_of(moments)
    least, most = float(days.min()), float(days.max())  # type: ignore[arg-type]
    column = replace(base, kind="date", formats=formats, origin=origin, parts=parts, least=least, most=most)
    return replace(column, note="gives " + ", ".join(parts))
