"""Dates as people write them, brought to one form: weeks, quarters, months by name, times of day, zones."""

from __future__ import annotations

import polars as pl

from wellfit.tables.reading.numbers import tidy_text

_YEARS = (1000, 3000)
_MONTHS = {
    "January": "januar|jänner|janvier|enero|gennaio|januari|janeiro|styczeń|janv",
    "February": "februar|feber|février|fevrier|febrero|febbraio|februari|fevereiro|févr|fév",
    "March": "märz|maerz|mars|marzo|maart|março|mär|mrz|mrt",
    "April": "avril|abril|aprile|avr|abr",
    "May": "mai|mayo|maggio|mei|maio|mag",
    "June": "juni|juin|junio|giugno|junho|giu",
    "July": "juli|juillet|julio|luglio|julho|juil|lug",
    "August": "août|aout|agosto|augustus|augusti|ago",
    "September": "septembre|septiembre|setiembre|settembre|setembro|sept|set",
    "October": "oktober|octobre|octubre|ottobre|outubro|okt|out|ott",
    "November": "novembre|noviembre|novembro",
    "December": "dezember|décembre|decembre|diciembre|dicembre|dezembro|desember|dez|déc|dic|des",
}
_NAME = r"[A-Za-z]{3,9}"
# In this order: each is brought to what the later ones and the formats expect.
_REWRITES = (
    (r"\s+", " "),
    (r"^(\d[\d\-/.]*)T(\d)", "${1} ${2}"),
    (r"(:\d{2}),(\d+)", "${1}.${2}"),
    (r"\s*(?:Z|UTC|GMT|[+-]00:?00)$", ""),
    (r"^(\d{4})-?W(\d{2})$", "${1}-W${2}-1"),
    (r"^(\d{4})-?W(\d{2})-?([1-7])$", "${1}-W${2}-${3}"),
    (r"(?i)^(?:week|kw|w) ?(\d{2})[ /-]+(\d{4})$", "${2}-W${1}-1"),
    (r"(?i)^q([1-4])[ /.'-]*(\d{4})$", "${2}Q${1}"),
    (r"(?i)^([1-4])q[ /.'-]*(\d{4})$", "${2}Q${1}"),
    (r"(?i)^h([12])[ /.'-]*(\d{4})$", "${2}H${1}"),
    (r"(?i)^(\d{4})[ /.-]*(?:q1|h1)$", "${1}-01-01"),
    (r"(?i)^(\d{4})[ /.-]*q2$", "${1}-04-01"),
    (r"(?i)^(\d{4})[ /.-]*(?:q3|h2)$", "${1}-07-01"),
    (r"(?i)^(\d{4})[ /.-]*q4$", "${1}-10-01"),
    (r"(?i)^(\d{4})[ -]?m(\d{1,2})$", "${1}-${2}-01"),
    (r"^(\d{4})[-/.](\d{1,2})$", "${1}-${2}-01"),
    (r"^(\d{1,2})[-/.](\d{4})$", "${2}-${1}-01"),
    (r"(?i)^(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?)$", "1970-01-01 ${1}"),
)  # fmt: skip
_WITH_NAMES = (
    (r"(?i)^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +", ""),
    (r"(?i)\b(\d{1,2})(?:st|nd|rd|th)\b", "${1}"),
    (r"(?i)\b(?:of|de|del) ", ""),
    (r"^(\d{1,2})\. ?([A-Za-z])", "${1} ${2}"),
    (rf"\b({_NAME})\.", "${1} "),
    (r",\s*", " "),
    (rf"^(\d{{1,4}})[ /.-]?({_NAME})[ /.-]?(\d{{1,4}})\b", "${1} ${2} ${3}"),
    (rf"^({_NAME})[ /.'-]*(\d{{4}})$", "01 ${1} ${2}"),
    (rf"^(\d{{4}})[ /.-]*({_NAME})$", "01 ${2} ${1}"),
    (rf"^({_NAME})[ /.'-]+(\d{{2}})$", "01 ${1} ${2}"),
    (rf"^({_NAME})[ /-](\d{{1,2}})[ /-](\d{{4}})\b", "${1} ${2} ${3}"),
    (r"(\d{4}):(\d{2}:\d{2})", "${1} ${2}"),
    (r"\s+", " "),
)


_SAY_DAY = ("%d", "%j", "%u", "%e", "%F", "%D")
_SAY_MONTH = ("%m", "%B", "%b", "%j", "%u", "%F", "%D")


def tidy_dates(cells: pl.Series) -> pl.Series:
    """Cells in the forms that the formats read: weeks begin on Monday; months, quarters and half-years on their first
    day; times of day get a date; UTC is left out.
    """
    text = tidy_text(cells)
    for pattern, written in _REWRITES:
        text = text.str.replace(pattern, written)
    named = text.str.contains(r"\p{L}{3}")
    if not named.any():
        return text
    for english, others in _MONTHS.items():
        text = text.str.replace(rf"(?i)\b(?:{others})\b", english)
    for pattern, written in _WITH_NAMES:
        text = text.str.replace(pattern, written)
    return text.str.strip_chars()


def read_dates(text: pl.Series, form: str) -> pl.Series:
    """Tidy cells as Datetime (microseconds, no zone), null where they are not in the format.

    Years that nobody means (a two-digit year read as 0011) are not dates. A format without a day or month means the
    first.
    """
    for parts, first in ((_SAY_DAY, " %d"), (_SAY_MONTH, " %m")):
        if not any(part in form for part in parts):
            text, form = text + " 01", form + first
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
