"""Numbers written as text: thousands marks, a decimal comma, currencies, units, accounting signs.

A cell is taken apart by one pattern into sign, digits, exponent and what stands around them; the digits are read with a
decimal point or a decimal comma, where both are possible as most of the column is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.tables.reading.compound import join_parts
from wellfit.tables.reading.units import Units, units_among

Decimal = Literal["point", "comma"]

_MINUS = r"[\x{2212}\x{2010}-\x{2015}\x{fe58}\x{fe63}\x{ff0d}]"
_APOSTROPHES = r"[\x{2018}\x{2019}\x{02bc}\x{00b4}\x{0060}\x{2032}\x{ff07}]"
_INVISIBLE = r"[\x{00ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"
_ZEROS = (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50)  # Arabic, Persian, Devanagari, Bengali, Thai
_DIGITS = {chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)}
_CODES = "EUR|USD|GBP|JPY|CNY|RMB|INR|CHF|SEK|NOK|DKK|CAD|AUD|NZD|SGD|HKD|KRW|BRL|MXN|ZAR|RUB|TRY|PLN|CZK|HUF|ILS"
_CURRENCY = rf"[A-Za-z]{{0,3}}\.?\p{{Sc}}|{_CODES}|[Kk]r\.?|Rs\.?|S?Fr\.?|zł"
_UNIT = r"(?:\p{L}|\p{Sc}|[%‰°]|[\"'][ )]*$)[^<>~()\n\t]*?"
_PATTERN = (
    r"^(?P<open>\()? ?(?P<about>[<>~≤≥≈]=?|ca\.?|approx\.?)? ?(?P<sign>[+-])? ?"
    rf"(?P<before>{_CURRENCY})? ?(?P<inner>\()? ?(?P<minus>[+-])? ?"
    rf"(?P<body>\d(?:[\d .,'_]*\d)?[.,]?|[.,]\d+)(?P<power>[eE][+-]?\d+)? ?(?P<after>{_UNIT})?"
    r" ?(?P<tail>-)?(?P<close>\))?$"
)
# The digits with a decimal point: 12, 12.5, .5, 1,234.5 or 1 234.5 or 1'234.5, and the Indian 1,23,456.
_POINT = r"^(?:\d+\.?\d*|\.\d+|[1-9]\d{0,2}(?:[ ,'_]\d{3})+(?:\.\d*)?|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d*)?)$"
_COMMA = r"^(?:\d+,?\d*|,\d+|[1-9]\d{0,2}(?:[ .'_]\d{3})+(?:,\d*)?)$"
_GROUPS = "[ '_{}]"


@dataclass(frozen=True)
class NumberFormat:
    """How a column's numbers are written.

    decimal: the mark of fractions where a cell could be read in two ways (7,404). units: what stands beside them.
    """

    decimal: Decimal = "point"
    units: Units = Units()


def check_decimal(decimal: str | None) -> None:
    """InputError for a decimal mark that is none."""
    if decimal not in (None, *get_args(Decimal)):
        raise InputError(f"The decimal mark is comma or point; got {quoted(decimal)}.")


def parse_numbers(cells: pl.Series, form: NumberFormat | None = None) -> pl.Series:
    """Text cells as Float64, null where a cell is not a number in this format. Plain numbers are read in each."""
    form = form or NumberFormat()
    plain = cells.str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None)
    if form.decimal == "comma":  # 1.234 is not plain
        plain = plain.set(cells.str.contains(".", literal=True), None)
    places = (plain.is_null() & cells.is_not_null()).arg_true()
    if len(places):
        parts = take_apart(cells.gather(places))
        plain = plain.scatter(places, values_of(parts, form))
    return plain.alias(cells.name)


def tidy_text(cells: pl.Series) -> pl.Series:
    """Cells with plain blanks, minus signs, apostrophes and digits, without blanks around them."""
    text = cells
    if text.str.contains(r"[^\x00-\x7f]").any():
        text = text.str.normalize("NFKC").str.replace_all(_INVISIBLE, "").str.replace_all(_MINUS, "-")
        text = text.str.replace_all(_APOSTROPHES, "'").str.replace_many(_DIGITS)
    return text.str.strip_chars()


def take_apart(cells: pl.Series) -> pl.DataFrame:
    """The parts of each cell: body (the digits), power, before, after, negative; nulls where a cell is no number."""
    text = tidy_text(cells).str.replace_all(r"\s+", " ").str.replace(r"(\d)[.,]-{1,2}", "$1")  # 12,- has no cents
    parts = join_parts(text).str.extract_groups(_PATTERN).struct.unnest()
    opened = pl.col("open").is_not_null() | pl.col("inner").is_not_null()
    negative = opened ^ (pl.col("sign").eq("-") | pl.col("minus").eq("-") | pl.col("tail").eq("-")).fill_null(False)
    fits = (opened == pl.col("close").is_not_null()) & pl.col("body").is_not_null()
    return parts.select(
        pl.when(fits).then(pl.col("body")).alias("body"),
        pl.col("power").fill_null(""),
        pl.col("before", "after").fill_null(""),
        pl.col("about").is_not_null(),
        negative.alias("negative"),
    )


def values_of(parts: pl.DataFrame, form: NumberFormat) -> pl.Series:
    """The parts as Float64, null where the digits or the unit do not fit the format."""
    beside = parts.select("before", "after").unique()
    factors = [form.units.factor(before, after) for before, after in beside.iter_rows()]
    table = beside.with_columns(pl.Series("factor", factors, dtype=pl.Float64))
    point, comma = _with_mark(_POINT, ",", "."), _with_mark(_COMMA, ".", ",")
    first, second = (point, comma) if form.decimal == "point" else (comma, point)
    digits = pl.coalesce(first, second) + pl.col("power")
    value = digits.cast(pl.Float64, strict=False) * pl.col("factor")
    joined = parts.join(table, on=["before", "after"], how="left", maintain_order="left")
    return joined.select(pl.when(pl.col("negative")).then(-value).otherwise(value).alias("value"))["value"]


def _with_mark(pattern: str, group: str, mark: str) -> pl.Expr:
    """The digits as Python writes them, null where they do not fit the pattern."""
    body = pl.col("body")
    tidy = body.str.replace_all(_GROUPS.format(group), "").str.replace(mark, ".", literal=True)
    return pl.when(body.str.contains(pattern)).then(tidy)


def find_decimal(parts: pl.DataFrame) -> tuple[Decimal | None, str]:
    """The decimal mark that the cells show, None where they leave it open; and a cell that could be read both ways.

    A cell shows it where it can be read in one way only, such as 12,5 or 1.234,5. The majority decides.
    """
    body = parts["body"].drop_nulls().unique(maintain_order=True)
    body = body.filter(body.str.contains("[.,]"))
    point, comma = body.str.contains(_POINT), body.str.contains(_COMMA)
    for_point, for_comma = int((point & ~comma).sum()), int((comma & ~point).sum())
    open_ones = body.filter(point & comma)
    example = str(open_ones[0]) if len(open_ones) else ""
    if for_point == for_comma:
        return None, example
    return ("comma" if for_comma > for_point else "point"), example


def find_units(parts: pl.DataFrame) -> Units | None:
    """The units beside the numbers; None where the words there are no units."""
    counts = parts.filter(pl.col("body").is_not_null()).group_by("before", "after", maintain_order=True).len()
    if len(counts) > 200:  # pairs, before they are spelled alike
        return None
    return units_among({(before, after): times for before, after, times in counts.iter_rows()})
