"""The formats of dates in text: which a column has, and whether day and month could be exchanged."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.tables.reading.date_text import read_dates, tidy_dates

# The month comes first with slashes and the day first with dots and dashes, where both are possible throughout.
_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%m.%d.%Y", "%d %B %Y", "%B %d %Y", "%Y %B %d", "%G-W%V-%u", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%m.%d.%y",
    "%d-%m-%y", "%m-%d-%y", "%d %B %y", "%B %d %y", "%y-%m-%d", "%y/%m/%d", "%Y-%d-%m", "%Y/%d/%m",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S%.f", " %H:%M:%S%.f%z", " %I:%M %p", " %I:%M:%S %p", " %H%M%S")
FORMATS = tuple(day + time for day in _DAYS for time in _TIMES)
ISO_FORMATS = tuple("%Y-%m-%d" + time for time in _TIMES[:4])

_LIKELY = (
    r"(?i)^(?:\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?\b|\d{8}(?:$| )|\d{4}-W\d|\d{1,2} [a-z]{3,9} \d{2,4}"
    r"|[a-z]{3,9} \d{1,2} \d{2,4}|\d{4} [a-z]{3,9} \d)"
)
_SAMPLE = 100
_LEAST_LIKELY = 0.4
_MOST_TRIED = 20_000
_MOST_FORMATS = 3  # dates with and without a time are often mixed
ORDERS = {"day-first": ("%d", "%m"), "month-first": ("%m", "%d")}
_WORDS = {"%Y": "year", "%y": "year", "%m": "month", "%B": "month", "%d": "day", "%G": "year", "%V": "week"}


def check_date_order(dates: str | None) -> None:
    """InputError for an order of dates that is none."""
    if dates is None or dates in ORDERS or ("%" in dates and any(f"%{part}" in dates for part in "YyGj")):
        return
    raise InputError(
        f'Dates are "day-first", "month-first" or a format with the year, such as "%d/%m/%y"; got {quoted(dates)}.'
    )


def find_formats(distinct: pl.Series, dates: str | None = None) -> tuple[str, ...]:
    """The formats, at most three, that together read most of these different cells; none where few look like dates.

    dates: "day-first", "month-first", or a format, where the user knows; None: as they look.
    """
    if not len(distinct) or not _look_like_dates(tidy_dates(_sample(distinct, _SAMPLE))):
        if dates is None or dates in ORDERS:
            return ()
    left = tidy_dates(_sample(distinct, _MOST_TRIED)) if dates is None or dates in ORDERS else distinct
    found: list[str] = []
    for _ in range(_MOST_FORMATS):
        best = _best_format(left, _allowed(dates, found))
        if not best:
            break
        found.append(best)
        left = left.filter(read_dates(left, best).is_null())
        if not len(left):
            break
    return tuple(found)


def is_ambiguous(distinct: pl.Series, formats: Sequence[str]) -> bool:
    """Whether day and month could be exchanged in all cells that one of the formats reads."""
    text = tidy_dates(distinct)
    for form in formats:
        if not _has_order(form):
            continue
        read = text.filter(read_dates(text, form).is_not_null())
        if len(read) and read_dates(read, exchanged(form)).null_count() == 0:
            return True
    return False


def exchanged(form: str) -> str:
    """The format with day and month exchanged."""
    return form.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")


def in_words(form: str) -> str:
    """The order of a format, such as "day/month/year"."""
    day = form.split(" %H")[0].split(" %I")[0]
    for part, word in _WORDS.items():
        day = day.replace(part, word)
    return day.replace("-W", " ").replace("-%u", "")


def _has_order(form: str) -> bool:
    return "%m" in form and "%d" in form and not form.startswith(("%Y-%m", "%Y/%m", "%Y.%m", "%Y%m"))


def _allowed(dates: str | None, found: list[str]) -> tuple[str, ...]:
    """Formats that may be tried: in the user's order, and never the exchange of one that was found."""
    if dates is not None and dates not in ORDERS:
        return (dates, *ISO_FORMATS)
    kept = [form for form in FORMATS if form not in found and exchanged(form) not in found]
    if dates is None:
        return tuple(kept)
    first, second = ORDERS[dates]
    return tuple(form for form in kept if not _has_order(form) or form.index(first) < form.index(second))


def _best_format(left: pl.Series, forms: Sequence[str]) -> str:
    """The format that reads the most cells; the first of equals; "" where none reads any."""
    sample = _sample(left, _SAMPLE)
    parsed = {form: _parsed(sample, form) for form in forms}
    most = max(parsed.values(), default=0)
    if len(sample) == len(left) or most == 0:
        return max(parsed, key=lambda form: parsed[form]) if most else ""
    close = [form for form in forms if parsed[form] >= 0.8 * most]
    return max(close, key=lambda form: _parsed(left, form))


def _parsed(text: pl.Series, form: str) -> int:
    return len(text) - read_dates(text, form).null_count()


def _sample(cells: pl.Series, most: int) -> pl.Series:
    """So many cells from all over the column, in order."""
    return cells if len(cells) <= most else cells.gather_every(len(cells) // most)


def _look_like_dates(text: pl.Series) -> bool:
    return bool(len(text)) and int(text.str.contains(_LIKELY).sum()) >= _LEAST_LIKELY * len(text)
