"""Which kind a column is: the rules by which a table is understood, each stated where it is applied."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.tables.columns.categories import vocabulary_of
from wellfit.tables.columns.columns import Column, as_numbers
from wellfit.tables.columns.date_kind import as_date, find_dates
from wellfit.tables.columns.identifiers import (
    LEAST_ROWS,
    NEARLY_ALL,
    about_whole_numbers,
    are_short_codes,
    counts_the_rows,
    holds_several_numbers,
    is_code,
    is_named_identifier,
)
from wellfit.tables.columns.number_kind import NumbersAsText, kept_strays, numbers_of, read_as_numbers
from wellfit.tables.columns.other_unit import middle_of
from wellfit.tables.columns.text import CHARACTERS, WORDS, is_text, mean_words, written_without_blanks
from wellfit.tables.reading.choices import ANY, Choices

_EXAMPLE = 40
# Where the spread of a column is this small beside its values, float32 keeps fewer than 12 bits of the differences.
_CROWDED = 2.0**12
_FAR = 2.0**60  # whose square float32 still holds, and the square of whose inverse
_MOST_EXPONENT = 1020  # of a factor: 2 ** 1074, which the smallest numbers would need, is infinite


def infer_column(cells: pl.Series, choices: Choices = ANY) -> Column:
    """What a column is, judged by its cells and, for identifiers, by its name."""
    name, dtype = cells.name, cells.dtype
    if dtype == pl.Object:
        cells = pl.Series(name, [None if cell is None else str(cell) for cell in cells.to_list()], dtype=pl.String)
        dtype = cells.dtype
    if dtype.is_nested() or dtype == pl.Binary:
        return Column(name, "unusable", note=f"left out: its cells are of type {dtype}")
    base = _base(cells)
    if base.distinct == 0:
        return replace(base, kind="constant", note="left out: every value is missing")
    if base.distinct == 1 and base.missing == 0:
        return replace(base, kind="constant", note="left out: the same value in every row")
    if dtype.is_temporal() and dtype != pl.Duration:
        return as_date(cells, base, choices.dates)
    if dtype.is_numeric() or dtype == pl.Duration:
        return _of_numbers(cells, base)
    if dtype != pl.String:
        return as_category(cells, base)
    return _of_text(cells, base, choices)


def force_column(cells: pl.Series, kind: str, choices: Choices = ANY) -> Column:
    """The column read as the kind that the user wants; InputError where no cell allows it."""
    base = _base(cells)
    if kind == "number":
        return as_number(cells, base, choices)
    if kind == "category":
        return as_category(cells, base)
    if kind == "date":
        return as_date(cells, base, choices.dates)
    distinct = cells.cast(pl.String).unique().drop_nulls()
    return replace(base, kind="text", tokens=CHARACTERS if written_without_blanks(distinct) else WORDS)


def _base(cells: pl.Series) -> Column:
    missing = cells.null_count()
    return Column(cells.name, "number", cells.n_unique() - bool(missing), missing, _example(cells))


def _of_numbers(cells: pl.Series, base: Column) -> Column:
    """Identifier, date written as 20240131, code, or number. Few distinct integers stay numbers."""
    if not cells.dtype.is_integer():
        return as_number(cells, base)
    if base.missing == 0 and base.distinct == len(cells) >= LEAST_ROWS:
        rescue = f"(--kind {base.name}=number keeps it)"
        if is_named_identifier(base.name):
            note = f"left out as an identifier: all values differ, and so it is called {rescue}"
            return replace(base, kind="identifier", note=note)
        if counts_the_rows(cells):
            return replace(base, kind="identifier", note=f"left out: it counts the rows {rescue}")
    # As int64: the bounds do not fit in narrow integers, which polars then refuses to compare.
    wide = cells.cast(pl.Int64, strict=False)
    if base.distinct > 1 and wide.is_between(19000101, 21001231).all():
        date = find_dates(cells.cast(pl.String), base, None)
        if date is not None:
            return date
    are_codes, said = about_whole_numbers(cells, base.name, base.distinct)
    base = replace(base, assumed=(said,) if said else ())
    return as_category(cells, base) if are_codes else as_number(cells, base)


def _of_text(cells: pl.Series, base: Column, choices: Choices) -> Column:
    """Date, number, text, identifier or category, in this order."""
    date = find_dates(cells, base, choices.dates)
    if date is not None:
        return date
    distinct = cells.unique(maintain_order=True).drop_nulls()
    filled = len(cells) - base.missing
    nearly_all = filled >= LEAST_ROWS and base.distinct >= NEARLY_ALL * filled
    if _has_leading_zeros(distinct):
        if nearly_all and are_short_codes(distinct) and not is_named_identifier(base.name):
            said = f"codes with leading zeros were read as amounts (--kind {base.name}=category otherwise)"
            return as_number(cells, replace(base, assumed=(said,)), choices)
    else:
        found = read_as_numbers(cells, choices)
        if found is not None:
            return _number_column(cells, base, found)
    if is_text(distinct, filled):
        return _text_column(base, distinct)
    if nearly_all:
        if holds_several_numbers(distinct):
            said = f"each cell holds several numbers, such as {quoted(distinct[0])}: give each a column of its own"
            return _text_column(replace(base, assumed=(said,)), distinct)
        if is_code(distinct) or is_named_identifier(base.name):
            note = f"left out as an identifier: nearly all values differ (--kind {base.name}=text keeps it)"
            return replace(base, kind="identifier", note=note)
        return _text_column(base, distinct)
    return as_category(cells, base)


def _has_leading_zeros(distinct: pl.Series) -> bool:
    """Whether cells of digits alone begin with zeros, as codes do, and half of the cells are of digits alone."""
    digits = distinct.str.contains(r"^\d+$")
    zeros = distinct.str.contains(r"^0\d+$")
    return bool(zeros.any()) and int(digits.sum()) >= 0.5 * len(distinct)


def _text_column(base: Column, distinct: pl.Series) -> Column:
    """A column of texts, counted by words, or by characters where words are not set apart."""
    if written_without_blanks(distinct):
        return replace(base, kind="text", tokens=CHARACTERS, note="pairs and triples of characters")
    return replace(base, kind="text", note=f"{mean_words(distinct):.0f} words in the mean")


def as_number(cells: pl.Series, base: Column, choices: Choices = ANY) -> Column:
    """A number column, its notation found if it is text; shifted where float32 would merge its values."""
    if cells.dtype == pl.String:
        if cells.null_count() == len(cells):
            return replace(base, kind="number")
        return _number_column(cells, base, numbers_of(cells, f"column {quoted(base.name)}", choices))
    return _measured(replace(base, kind="number"), as_numbers(cells, base))


def _number_column(cells: pl.Series, base: Column, found: NumbersAsText) -> Column:
    """A column of numbers in text."""
    base = replace(
        base,
        kind="number",
        decimal=found.form.decimal,
        units=found.form.units.names,
        scaled=found.form.units.scaled,
        strays=kept_strays(found.strays),
        missing=base.missing + found.strays.count,
        distinct=base.distinct - len(found.strays.words),
        assumed=(*base.assumed, *found.assumed),
        note=f"written as {found.example[:_EXAMPLE]!r}" if found.example else "",
        example=_example(cells.filter(~cells.is_in(list(found.strays.words)))),
    )
    return _measured(base, as_numbers(cells, base))


def _measured(base: Column, values: pl.Series) -> Column:
    """A column of numbers with its range, and a shift where float32 would merge its values."""
    least, most = _range(values)
    low, high = middle_of(values)
    shift = _shift(values)
    return replace(
        base, shift=shift, factor=_factor(least - shift, most - shift), least=least, most=most, low=low, high=high
    )


def _range(values: pl.Series) -> tuple[float, float]:
    """The least and the largest finite value, 0 and 0 where there is none."""
    least: Any = values.min()
    most: Any = values.max()
    if least is None or most is None:
        return 0.0, 0.0
    if math.isfinite(least) and math.isfinite(most):
        return float(least), float(most)
    finite = values.filter(values.is_finite())
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)  # type: ignore[arg-type]


def _shift(values: pl.Series) -> float:
    """A whole number near the middle of values that lie close together and far from zero, else 0."""
    least: Any = values.min()
    most: Any = values.max()
    if least is None or most is None:
        return 0.0
    size = max(abs(float(least)), abs(float(most)))
    spread = float(most - least)
    if spread == 0 or size <= _CROWDED * spread or size == float("inf"):
        return 0.0
    whole = float(int(least))
    return whole if max(abs(float(least) - whole), abs(float(most) - whole)) <= _CROWDED * spread else float(least)


def _factor(least: float, most: float) -> float:
    """A power of 2 that brings the largest value near 1, where it is too small or too large for float32; else 1."""
    size = max(abs(least), abs(most))
    if size == 0 or not math.isfinite(size) or 1 / _FAR < size < _FAR:
        return 1.0
    return 2.0 ** -max(min(math.frexp(size)[1], _MOST_EXPONENT), -_MOST_EXPONENT)


def as_category(cells: pl.Series, base: Column) -> Column:
    """A category column with its vocabulary."""
    vocabulary = vocabulary_of(cells)
    base = replace(base, kind="category", vocabulary=vocabulary, distinct=len(vocabulary))
    share = len(vocabulary) / max(1, len(cells) - base.missing)
    if not base.note and share > 0.5 and len(cells) >= LEAST_ROWS:
        return replace(base, note=f"{share:.0%} of its values differ: drop it if it identifies rows")
    return base


def _example(cells: pl.Series) -> str:
    """The first value that is not missing, as text, cut to 40 characters."""
    first = (cells.drop_nulls() if cells.null_count() else cells).head(1).to_list()
    if not first:
        return ""
    text = " ".join(str(first[0]).split())
    return text if len(text) <= _EXAMPLE else text[: _EXAMPLE - 3] + "..."


def check_kinds(kinds: dict[str, str]) -> None:
    """Refuse kinds that there are not."""
    allowed = ("number", "category", "date", "text")
    for name, kind in kinds.items():
        if kind not in allowed:
            raise InputError(
                f"The kind of a column is one of {', '.join(allowed)}; got {quoted(kind)} for {quoted(name)}."
            )
