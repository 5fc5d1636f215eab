"""Which kind a column is: the rules by which a table is understood, each stated where it is applied."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import polars as pl

from wellfit.errors import InputError
from wellfit.tables.columns.categories import category_text, vocabulary_of
from wellfit.tables.columns.columns import Column, as_numbers
from wellfit.tables.columns.text import is_text, mean_words
from wellfit.tables.reading import dates as times
from wellfit.tables.reading.numbers import find_notation, stray_words

_LEAST_ROWS = 20  # with fewer rows, "all distinct" means nothing
_NEARLY_ALL = 0.95
_IDENTIFIER = re.compile(
    r"(?i:^(?:.*[ _.\-])?(?:id|uuid|guid)$|^(?:index|unnamed: ?0|row ?(?:number|id|no)|column 1)$)|[a-z]I[Dd]$"
)
_EXAMPLE = 40
# Where the spread of a column is this small beside its values, float32 keeps fewer than 12 bits of the differences.
_CROWDED = 2.0**12


def infer_column(cells: pl.Series) -> Column:
    """What a column is, judged by its cells and, for identifiers, by its name."""
    name, dtype = cells.name, cells.dtype
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
        return Column(name, "unusable", note=f"left out: its cells are of type {dtype}")
    base = Column(name, "number", cells.n_unique() - bool(cells.null_count()), cells.null_count(), _example(cells))
    if base.distinct == 0:
        return replace(base, kind="constant", note="left out: every value is missing")
    if base.distinct == 1 and base.missing == 0:
        return replace(base, kind="constant", note="left out: the same value in every row")
    if dtype.is_temporal() and dtype != pl.Duration:
        return as_date(cells, base)
    if dtype.is_numeric() or dtype == pl.Duration:
        return _of_numbers(cells, base)
    if dtype != pl.String:
        return as_category(cells, base)
    return _of_text(cells, base)


def force_column(cells: pl.Series, kind: str) -> Column:
    """The column read as the kind that the user wants; InputError where a cell does not allow it."""
    base = Column(
        cells.name, "number", cells.n_unique() - bool(cells.null_count()), cells.null_count(), _example(cells)
    )
    if kind == "number":
        return as_number(cells, base)
    if kind == "category":
        return as_category(cells, base)
    if kind == "date":
        return as_date(cells, base)
    return replace(base, kind="text")


def _as_int64(cells: pl.Series) -> pl.Series:
    return cells.cast(pl.Int64, strict=False)


def _of_numbers(cells: pl.Series, base: Column) -> Column:
    """Identifier, date written as 20240131, or number. Few distinct integers stay numbers."""
    if cells.dtype.is_integer() and base.missing == 0 and base.distinct == len(cells) >= _LEAST_ROWS:
        if _IDENTIFIER.search(base.name):
            return replace(
                base, kind="identifier", note="left out as an identifier: all values differ, and so it is called"
            )
        if cells[0] in (0, 1) and (cells.diff().drop_nulls() == 1).all():
            return replace(base, kind="identifier", note="left out: it counts the rows")
    # As int64: the bounds do not fit in narrow integers, which polars then refuses to compare.
    if cells.dtype.is_integer() and base.distinct > 1 and _as_int64(cells).is_between(19000101, 21001231).all():
        date = _find_date(cells.cast(pl.String), base)
        if date is not None:
            return date
    return as_number(cells, base)


def _of_text(cells: pl.Series, base: Column) -> Column:
    """Number, date, text, identifier or category, in this order."""
    distinct = cells.unique(maintain_order=True).drop_nulls()
    filled = base.missing < len(cells) and len(cells) - base.missing >= _LEAST_ROWS
    nearly_all = filled and base.distinct >= _NEARLY_ALL * (len(cells) - base.missing)
    codes = distinct.str.contains(r"^0\d+$").any() and distinct.str.contains(r"^\d+$").all()
    if not codes:
        number = _find_number(cells, distinct, base)
        if number is not None:
            return number
    date = _find_date(cells, base)
    if date is not None:
        return date
    if is_text(distinct, len(cells) - base.missing):
        return replace(base, kind="text", note=f"{mean_words(distinct):.0f} words in the mean")
    if nearly_all:
        return replace(base, kind="identifier", note="left out as an identifier: nearly all values differ")
    if codes:
        return as_category(cells, replace(base, note="codes with leading zeros, so not numbers"))
    return as_category(cells, base)


def _find_number(cells: pl.Series, distinct: pl.Series, base: Column) -> Column | None:
    notation = find_notation(distinct)
    if notation is not None:
        odd = distinct.filter(distinct.cast(pl.Float64, strict=False).is_null())
        written = "" if notation == ("plain", "") or not len(odd) else f"written as {odd[0]!r}"
        return as_number(cells, replace(base, notation=notation[0], affix=notation[1], note=written))
    strays = stray_words(cells.drop_nulls(), distinct)
    if strays is None:
        return None
    words = ", ".join(repr(word) for word in strays)
    example = _example(cells.filter(~cells.is_in(strays)))
    return as_number(
        cells, replace(base, strays=strays, example=example, note=f"numbers but for {words}, taken as missing")
    )


def _find_date(cells: pl.Series, base: Column) -> Column | None:
    formats = times.find_formats(cells.unique(maintain_order=True).drop_nulls())
    return as_date(cells, replace(base, formats=formats)) if formats else None


def as_number(cells: pl.Series, base: Column) -> Column:
    """A number column, its notation found if it is text; shifted where float32 would merge its values."""
    if cells.dtype == pl.String and base.notation == "plain" and not base.affix and not base.strays:
        notation, affix = find_notation(cells.unique().drop_nulls()) or ("plain", "")
        base = replace(base, notation=notation, affix=affix)
    values = as_numbers(cells, base)
    _refuse_no_value(cells, values, base.name, "number")
    least, most = _range(values)
    return replace(base, kind="number", shift=_shift(values), least=least, most=most)


def _refuse_no_value(cells: pl.Series, values: pl.Series, name: str, wanted: str) -> None:
    """InputError where a column has cells, and none of them could be read as the wanted kind."""
    if values.null_count() < len(values) or cells.null_count() == len(cells):
        return
    first = str(cells.drop_nulls()[0])[:80]
    raise InputError(f"Column {name!r} holds no {wanted} that can be read: read it as a category; got {first!r}.")


def _range(values: pl.Series) -> tuple[float, float]:
    """The least and the largest finite value, 0 and 0 where there is none."""
    finite = values.filter(values.is_finite()) if values.dtype.is_float() else values.drop_nulls()
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
    return float(int(least))


def as_category(cells: pl.Series, base: Column) -> Column:
    """A category column with its vocabulary."""
    vocabulary = vocabulary_of(cells)
    base = replace(base, kind="category", vocabulary=vocabulary, distinct=len(vocabulary))
    share = len(vocabulary) / max(1, len(cells) - base.missing)
    if not base.note and share > 0.5 and len(cells) >= _LEAST_ROWS:
        return replace(base, note=f"{share:.0%} of its values differ: drop it if it identifies rows")
    return base


def as_date(cells: pl.Series, base: Column) -> Column:
    """A date column: formats, origin, and the parts that vary."""
    distinct = category_text(cells).unique(maintain_order=True).drop_nulls() if not cells.dtype.is_temporal() else None
    if distinct is not None and not base.formats:
        base = replace(base, formats=times.find_formats(distinct))
    dates = times.parse_dates(cells, base.formats)
    _refuse_no_value(cells, dates, base.name, "date")
    origin = times.origin_of(dates)
    parts = times.varying_parts(dates, origin)
    if not parts:
        return replace(base, kind="constant", note="left out: the same date in every row")
    unsure = distinct is not None and times.is_ambiguous(distinct, base.formats)
    note = f"read as {' and '.join(base.formats)}, though day and month could be exchanged" if unsure else base.note
    least, most = _range(times.days_of(dates))
    base = replace(base, kind="date", origin=origin, parts=parts, least=least, most=most)
    return replace(base, note=note or "gives " + ", ".join(parts))


def _example(cells: pl.Series) -> str:
    """The first value that is not missing, as text, cut to 40 characters."""
    first = cells.drop_nulls().head(1).to_list()
    if not first:
        return ""
    text = " ".join(str(first[0]).split())
    return text if len(text) <= _EXAMPLE else text[: _EXAMPLE - 3] + "..."


def check_kinds(kinds: dict[str, str]) -> None:
    """Refuse kinds that there are not."""
    allowed = ("number", "category", "date", "text")
    for name, kind in kinds.items():
        if kind not in allowed:
            raise InputError(f"The kind of a column is one of {', '.join(allowed)}; got {kind!r} for {name!r}.")
