"""The first typing of cells: the type of a column of text by its cells alone, with missing marks turned to null.

A column becomes numbers here only when every cell that is not missing is a plain number. Everything else (dates,
thousands separators, codes with leading zeros, whole numbers that float64 would round) stays text, and the schema
decides what it is.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.reading.missing_marks import numbers_among
from wellfit.tables.reading.numbers import Decimal
from wellfit.tables.threads import for_each

_SAMPLE = 200
_WIDE = tuple(getattr(pl, name) for name in ("Int128", "UInt128") if hasattr(pl, name))
_CODE = r"^\s*[+-]?0[0-9]"  # such as 007: written by people who mean a code, not a quantity
_LONG = r"^\s*[+-]?\d{16,}\s*$"
_EXACT = 2.0**53
_SHOWS_COMMA = r"^\s*[+-]?(?:\d{1,3}(?:[. ]\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})|0+,\d+)\s*$"
_SHOWS_POINT = r"^\s*[+-]?(?:\d{1,3}(?:[, ]\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,})|0+\.\d+)\s*$"
_DOTTED_GROUPS = r"^\s*[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d{1,3})\s*$"
_FREED = pl.Series()
_A_DAY = {None: 1, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}  # units of a date or time
_CALENDAR = -719_162, 2_932_896  # days since 1970 of the first and the last of the years 1 to 9999
_FEW = 3  # cells, which may be mistakes

Taken = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Rules:
    """How cells are typed.

    marks: cells taken as missing. choices: how cells are read that could be read in several ways.
    as_text: names of columns that are not to become numbers here, because their format is known.
    """

    marks: tuple[str, ...]
    choices: Choices = ANY
    as_text: Collection[str] = ()


def tidy_columns(columns: list[pl.Series], rules: Rules) -> tuple[pl.DataFrame, Taken]:
    """Type every column and turn its missing marks to null; and which marks were taken, by column.

    The list is emptied on the way, which frees each text.
    """
    rows = len(columns[0]) if columns else 0

    def tidy(place: int) -> tuple[pl.Series, dict[str, int]]:
        column, columns[place] = columns[place], _FREED
        return tidy_column(column, rules)

    tidied = for_each(range(len(columns)), tidy, rows)
    columns.clear()
    return pl.DataFrame([column for column, _ in tidied]), {column.name: marks for column, marks in tidied if marks}


def tidy_column(column: pl.Series, rules: Rules) -> tuple[pl.Series, dict[str, int]]:
    """One column with its missing marks turned to null, and numbers where it holds nothing else; and how often each
    mark was taken (empty cells are not counted).
    """
    marks = ("", *rules.marks)
    if column.dtype in _WIDE:
        column = _narrowed(column)
    if column.dtype == pl.String:
        return _type_text(column, marks, rules)
    if column.dtype.is_decimal():
        column = column.cast(pl.Float64)
    if column.dtype.is_float():
        column = column.fill_nan(None) if column.is_nan().any() else column
    if column.dtype.is_numeric():
        return _without_numbers(column, marks)
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        text, taken = _without_marks(column.cast(pl.String), marks)
        return text.cast(pl.Categorical), taken
    if isinstance(column.dtype, pl.Date | pl.Datetime):
        return _without_far_dates(column)
    return column, {}


def usual_decimal(columns: list[pl.Series]) -> Decimal | None:
    """The mark of fractions that columns of text show: "comma" where some show it and none a point, else None."""
    found = False
    for column in columns:
        if column.dtype != pl.String:
            continue
        sample = column.head(_SAMPLE).drop_nulls()
        for_point, for_comma = (int(sample.str.contains(shown).sum()) for shown in (_SHOWS_POINT, _SHOWS_COMMA))
        if for_point > max(_FEW, for_comma):
            return None
        found = found or for_comma > max(_FEW, 4 * for_point)
    return "comma" if found else None


def _narrowed(column: pl.Series) -> pl.Series:
    """Whole numbers of more than 64 bits as 64 bits where all fit, else as text, which keeps every digit."""
    narrow = column.cast(pl.Int64, strict=False)
    return narrow if narrow.null_count() == column.null_count() else column.cast(pl.String)


def _without_numbers(column: pl.Series, marks: tuple[str, ...]) -> tuple[pl.Series, dict[str, int]]:
    """Numbers without those that are marks."""
    values = numbers_among(marks)
    if not values:
        return column, {}
    wide = column.cast(pl.Float64)
    taken = wide.is_in(values)
    if not taken.any():
        return column, {}
    return column.set(taken, None), {f"{value:g}": n for value in values if (n := int((wide == value).sum()))}


def _without_far_dates(column: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    """Dates without those of no calendar, at which polars would panic."""
    a_day = _A_DAY[getattr(column.dtype, "time_unit", None)]
    days = column.to_physical() // a_day
    far = ~days.is_between(*_CALENDAR).fill_null(True)
    return (column.set(far, None), {"dates beyond the years 1 to 9999": int(far.sum())}) if far.any() else (column, {})


def _without_marks(text: pl.Series, marks: tuple[str, ...]) -> tuple[pl.Series, dict[str, int]]:
    """Text without blanks around the cells and without marks."""
    text = text.str.strip_chars()
    gone = text.is_in(marks)
    return text.set(gone, None), _counted(text.filter(gone))


def _counted(marks: pl.Series) -> dict[str, int]:
    """How often each mark occurs; empty cells need no telling."""
    if not len(marks):
        return {}
    counts = marks.alias("mark").to_frame().group_by("mark", maintain_order=True).len()
    return {mark: int(times) for mark, times in counts.iter_rows() if mark}


def _type_text(column: pl.Series, marks: tuple[str, ...], rules: Rules) -> tuple[pl.Series, dict[str, int]]:
    """Integers, else numbers, else the text itself without blanks around it.

    Of thousands of columns each expression of polars counts, so that most columns are told without one.
    """
    sample = (column.drop_nulls() if column.null_count() else column).head(_SAMPLE)
    for dtype in (pl.Int64, pl.Float64):
        if column.name in rules.as_text or _begins_otherwise(sample, dtype, marks) or not _cast(sample, dtype, marks):
            continue
        cast = _cast(column, dtype, marks)
        if cast is None:
            continue
        numbers, taken = cast
        if _keeps_text(column, numbers, rules):
            break
        if dtype == pl.Float64 and math.isnan(numbers.sum()):  # a NaN, or infinities of both signs
            numbers = numbers.fill_nan(None)
        numbers, further = _without_numbers(numbers, marks)
        return numbers, taken | further
    return _without_marks(column, marks)


def _keeps_text(column: pl.Series, numbers: pl.Series, rules: Rules) -> bool:
    """Whether numbers would lose what the text says: leading zeros, digits beyond float64, thousands marked by dots."""
    if numbers.dtype == pl.Int64:
        return bool(column.str.contains(_CODE).any())
    if (rules.choices.decimal or rules.choices.usual_decimal) == "comma":
        dotted = column.filter(column.str.contains(".", literal=True))
        if len(dotted) and bool(dotted.str.contains(_DOTTED_GROUPS).all()):
            return True
    least, most = numbers.min(), numbers.max()
    if not isinstance(least, float) or not isinstance(most, float) or max(-least, most) < _EXACT:
        return False
    long = column.filter(column.str.contains(_LONG)).str.strip_chars()
    return long.cast(pl.Float64).n_unique() < long.n_unique()


def _begins_otherwise(sample: pl.Series, dtype: type[pl.DataType], marks: tuple[str, ...]) -> bool:
    """Whether the first cell is neither a number of this type nor a mark."""
    word = sample[0].strip() if len(sample) else ""
    return word not in marks and pl.Series([word]).cast(dtype, strict=False).null_count() == 1


def _cast(
    column: pl.Series, dtype: type[pl.DataType], marks: tuple[str, ...]
) -> tuple[pl.Series, dict[str, int]] | None:
    """Numbers of this type and the marks among the cells, or None where a cell is neither. Only cells that fail are
    read twice.
    """
    numbers = column.cast(dtype, strict=False)
    if numbers.null_count() == column.null_count():
        return numbers, {}
    text = column.filter(numbers.is_null() & column.is_not_null()).str.strip_chars()
    known = text.is_in(marks)
    words = text.filter(~known).unique()
    if words.cast(dtype, strict=False).null_count():
        return None
    taken = _counted(text.filter(known))
    return (column.str.strip_chars().cast(dtype, strict=False) if len(words) else numbers), taken
