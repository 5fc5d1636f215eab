"""Columns of numbers written as text: whether a column is one, and what was assumed to read it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.reading.numbers import (
    Decimal,
    NumberFormat,
    find_decimal,
    find_units,
    parse_numbers,
    take_apart,
    values_of,
)
from wellfit.tables.reading.strays import KEPT, Strays, are_few, count_cells, find_strays
from wellfit.tables.reading.units import MONEY, Units

_SAMPLE = 200
_LEAST_OF_SAMPLE = 0.4
_LEAST_ABOUT = 20  # different numbers beside "<5" and the like: with fewer they are kept apart as categories


@dataclass(frozen=True)
class NumbersAsText:
    """How a column of text is read as numbers.

    form: its notation. strays: cells that are no numbers. example: a cell that had to be taken apart, "" where all are
    plain. assumed: what was assumed, a sentence each.
    """

    form: NumberFormat
    strays: Strays
    example: str
    assumed: tuple[str, ...]


def read_as_numbers(cells: pl.Series, choices: Choices = ANY, forced: bool = False) -> NumbersAsText | None:
    """How text cells are read as numbers, None where they are none.

    forced: cells that are no numbers may be any share.
    """
    counts = count_cells(cells)
    distinct = counts["cell"]
    if not forced and not _likely(distinct):
        return None
    parts = take_apart(distinct)
    if codes_lose_digits(distinct, parts) and not forced:
        return None
    units = find_units(parts)
    if units is None:
        if not forced:
            return None
        units = Units()
    shown, open_example = find_decimal(parts)
    form = NumberFormat(choices.decimal or shown or choices.usual_decimal or _usual_of(open_example, units), units)
    values = _values(distinct, parts, form)
    if not forced and (not are_few(counts, values) or _few_about(parts, values)):
        return None
    strays = find_strays(counts, values.is_not_null())
    odd = distinct.filter(values.is_not_null() & distinct.str.strip_chars().cast(pl.Float64, strict=False).is_null())
    assumed = _assumed(strays, form, parts, "" if shown else open_example)
    return NumbersAsText(form, strays, str(odd[0]) if len(odd) else "", assumed)


def numbers_of(
    cells: pl.Series, name: str, choices: Choices = ANY, advice: str = "read it as a category"
) -> NumbersAsText:
    """As `read_as_numbers`, forced; InputError where no cell at all is a number. name: what the cells are."""
    found = read_as_numbers(cells, choices, forced=True)
    if found is None or found.strays.count == found.strays.filled:
        first = str(cells.drop_nulls()[0])[:80] if cells.null_count() < len(cells) else "nothing"
        raise InputError(f"The {name} holds no number that can be read: {advice}; got {quoted(first)}.")
    return found


def _usual_of(open_example: str, units: Units) -> Decimal:
    """The decimal mark where nothing shows it: 1.234 kg has a fraction, and 1.234 € is over a thousand."""
    return "comma" if "." in open_example and any(name in MONEY for name in units.names) else "point"


def kept_strays(strays: Strays) -> tuple[str, ...]:
    """The words that count as missing in later tables too, without being reported."""
    return strays.words[:KEPT]


def _likely(distinct: pl.Series) -> bool:
    """Whether enough of a sample could be numbers to look at them all."""
    sample = distinct if len(distinct) <= _SAMPLE else distinct.gather_every(len(distinct) // _SAMPLE)
    found = take_apart(sample)["body"].is_not_null().sum()
    return bool(len(sample)) and int(found) >= _LEAST_OF_SAMPLE * len(sample)


def codes_lose_digits(distinct: pl.Series, parts: pl.DataFrame) -> bool:
    """Whether whole numbers are so long that float64 would merge different ones."""
    long = distinct.filter(parts["body"].str.len_chars() > 15)
    whole = long.filter(long.str.contains(r"^\s*[+-]?\d+\s*$")).str.strip_chars()
    return len(whole) > 0 and whole.cast(pl.Float64, strict=False).n_unique() < whole.n_unique()


def _values(distinct: pl.Series, parts: pl.DataFrame, form: NumberFormat) -> pl.Series:
    """The different cells as numbers, null where they are none."""
    if form.decimal == "comma":
        return values_of(parts, form)
    return parse_numbers(distinct, form)


def _few_about(parts: pl.DataFrame, values: pl.Series) -> bool:
    return bool(parts["about"].any()) and values.n_unique() < _LEAST_ABOUT


def _assumed(strays: Strays, form: NumberFormat, parts: pl.DataFrame, open_example: str) -> tuple[str, ...]:
    """What was assumed, a sentence each."""
    said = [strays.sentence("numbers")] if strays.count else []
    if open_example:
        other = "comma" if form.decimal == "point" else "point"
        here, there = (_read_as(open_example, mark) for mark in (form.decimal, other))
        said.append(
            f"{quoted(open_example)} could be read in two ways and was read as {here} (--decimal {other} reads {there})"
        )
    if int(parts["about"].sum()):
        example = str(parts.filter(pl.col("about"))["body"][0])
        said.append(f"'<', '>' and '~' before a number, such as {example}, were left out")
    return (*said, *_about_units(form.units, parts))


def _read_as(body: str, decimal: Decimal | str) -> str:
    mark: Decimal = "comma" if decimal == "comma" else "point"
    value = parse_numbers(pl.Series([body]), NumberFormat(mark))[0]
    return f"{value:.15g}"


def _about_units(units: Units, parts: pl.DataFrame) -> list[str]:
    """What was assumed about units that differ between cells."""
    if not units.names:
        return []
    others = ", ".join(units.names[1:])
    there = parts.filter(pl.col("body").is_not_null())
    bare = int(((there["before"] == "") & (there["after"] == "")).sum())
    said = []
    if units.mixed:
        said.append(
            f"units differ ({', '.join(units.names)}) and cannot be converted: the numbers were read as they are"
        )
    elif others:
        said.append(f"units differ: {others} converted to {units.names[0]}")
    if bare:
        said.append(f"numbers without a unit were read as {units.names[0]}")
    return said
