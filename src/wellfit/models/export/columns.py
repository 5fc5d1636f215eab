"""The inputs of the graph, one for each column of the schema, and the raw arrays that they become.

As `Schema.arrays` makes them of a table, where the reading of text (dates, thousands separators) is the caller's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from wellfit.errors import InputError, quoted
from wellfit.models.export.graph import DOUBLE, FLOAT, INT64, ML, STRING, Graph
from wellfit.tables import Schema
from wellfit.tables.columns.columns import Column
from wellfit.tables.reading.missing_marks import numbers_among

DAY = 86_400_000_000  # microseconds
_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)")
_TRUTH = {"true": ("True", "TRUE"), "false": ("False", "FALSE")}


@dataclass(frozen=True)
class Raw:
    """Names of the raw arrays: `numbers` (rows, numeric columns) float32 with NaN where missing, `codes` (rows, 1)
    int64 each: 0 where missing, code + 1, or the vocabulary's length + 1 where unknown; `sparse` (rows, columns); ""
    for none. first: any input.
    """

    numbers: str
    codes: tuple[str, ...]
    sparse: str
    first: str


def input_columns(schema: Schema) -> list[Column]:
    """The columns that become an input each.

    Raises:
        InputError: a column cannot be exported.
    """
    used = [column for column in schema.columns if column.used]
    for column in used:
        if column.kind == "text":
            raise InputError(
                f"ONNX has no operation that counts hashed words, and column {quoted(column.name)} is text: train "
                "without it (drop), or make numbers of it before training."
            )
        if not column.name:
            raise InputError("An ONNX input needs a name, and a column has none: name it before training.")
    return used


def raw_inputs(g: Graph, schema: Schema) -> Raw:
    """Inputs for all columns of a schema."""
    if schema.image is not None:
        x = g.input("image", FLOAT, schema.image, "pixels as in training: height, width, channels; none missing")
        return Raw(g.reshape(x, 0, int(np.prod(schema.image))), (), "", x)
    if schema.sparse:
        x = g.input("table", FLOAT, (len(schema.sparse),), "the columns of the training table in their order")
        return Raw("", (), g.op("Where", g.op("IsNaN", x), np.float32(0), x), x)
    marks = numbers_among(schema.missing)
    numbers: list[str] = []
    codes: list[str] = []
    columns = input_columns(schema)
    for column in columns:
        if column.kind == "number":
            numbers.append(_number(g, column, marks))
        elif column.kind == "date":
            numbers += _date(g, column)
        else:
            codes.append(_category(g, column, schema.missing))
    return Raw(g.join(numbers) if numbers else "", tuple(codes), "", columns[0].name)


def _number(g: Graph, column: Column, marks: list[float]) -> str:
    """(rows, 1). Where float32 could not hold them, values come as float64 and are shifted and scaled first."""
    wide = np.float64 if column.needs_float64 else np.float32
    meaning = "number; NaN where missing"
    x = g.input(column.name, DOUBLE if column.needs_float64 else FLOAT, (1,), meaning)
    for mark in marks:
        x = g.op("Where", g.op("Equal", x, wide(mark)), wide(np.nan), x)
    if not column.needs_float64:
        return x
    return g.cast(g.mul(g.sub(x, wide(column.shift)), wide(column.factor)), FLOAT)


def _category(g: Graph, column: Column, marks: tuple[str, ...]) -> str:
    x = g.input(column.name, STRING, (1,), 'category; "" where missing')
    places = category_keys(column.vocabulary, marks)
    keys, values = list(places), list(places.values())
    unknown = len(column.vocabulary) + 1
    return g.op("LabelEncoder", x, domain=ML, keys_strings=keys, values_int64s=values, default_int64=unknown)


def category_keys(vocabulary: tuple[str, ...], marks: tuple[str, ...]) -> dict[str, int]:
    """What each spelling of a category means: 0 missing, else its place in the vocabulary, counted from 1.

    Truth values may be spelled "True" and "TRUE" too, whole numbers "3.0" and "+3".
    """
    keys = {word: k for k, word in enumerate(vocabulary, start=1)}
    for k, word in enumerate(vocabulary, start=1):
        others = [*_TRUTH.get(word, ())]
        if _WHOLE.fullmatch(word):
            others += [f"{word}.0"] + ([] if word.startswith("-") else [f"+{word}", f"+{word}.0"])
        for other in others:
            keys.setdefault(other, k)
    return keys | dict.fromkeys(["", *marks], 0)


def _date(g: Graph, column: Column) -> list[str]:
    """The parts of a date, (rows, 1) each, from its seconds since 1970; NaN where it is missing."""
    x = g.input(column.name, DOUBLE, (1,), "date and time: seconds since 1970-01-01 00:00 UTC; NaN where missing")
    missing = g.op("IsNaN", x)
    micro = g.op("Round", g.mul(g.op("Where", missing, np.float64(0), x), np.float64(1e6)))
    parts = []
    for part in column.parts:
        if part == "days":
            value = g.cast(g.sub(g.div(micro, np.float64(DAY)), np.float64(column.origin)), FLOAT)
        else:
            value = g.cast(_part(g, g.cast(micro, INT64), part), FLOAT)
        parts.append(g.op("Where", missing, np.float32(np.nan), value))
    return parts


def _part(g: Graph, micro: str, part: str) -> str:
    """A whole part of a time in microseconds since 1970."""
    within = g.op("Mod", micro, np.int64(DAY))  # 0 or more, also before 1970
    if part == "hour":
        return g.div(within, np.int64(3_600_000_000))
    if part == "minute":
        return g.op("Mod", g.div(within, np.int64(60_000_000)), np.int64(60))
    days = g.div(g.sub(micro, within), np.int64(DAY))
    if part == "day of week":  # Monday is 1, and 1970 began on a Thursday
        return g.add(g.op("Mod", g.add(days, np.int64(3)), np.int64(7)), np.int64(1))
    return _calendar(g, days, part)


def _calendar(g: Graph, days: str, part: str) -> str:
    """Year, month, day or day of the year of days since 1970, in whole numbers (H. Hinnant, "chrono-compatible
    low-level date algorithms", 2013): years are counted from March, so that the leap day is a year's last one.
    """

    def whole(value: str | np.int64, by: int) -> str:
        return g.div(value, np.int64(by))

    shifted = g.add(days, np.int64(719_468))  # days since 0000-03-01
    era = whole(shifted, 146_097)  # of 400 years
    in_era = g.sub(shifted, g.mul(era, np.int64(146_097)))
    leaps = g.sub(g.add(g.sub(in_era, whole(in_era, 1_460)), whole(in_era, 36_524)), whole(in_era, 146_096))
    of_era = whole(leaps, 365)
    before = g.sub(g.add(g.mul(of_era, np.int64(365)), whole(of_era, 4)), whole(of_era, 100))
    since_march = g.sub(in_era, before)
    month = whole(g.add(g.mul(since_march, np.int64(5)), np.int64(2)), 153)  # 0 is March
    late = g.cast(g.op("Less", np.int64(9), month), INT64)  # January and February, of the next year
    year = g.add(g.add(of_era, g.mul(era, np.int64(400))), late)
    if part == "year":
        return year
    if part == "month":
        return g.add(month, g.sub(np.int64(3), g.mul(late, np.int64(12))))
    if part == "day":
        begin = whole(g.add(g.mul(month, np.int64(153)), np.int64(2)), 5)
        return g.add(g.sub(since_march, begin), np.int64(1))
    return _day_of_year(g, year, since_march, late)


def _day_of_year(g: Graph, year: str, since_march: str, late: str) -> str:
    """March 1 is day 60, or 61 in a leap year; January 1 is 306 days after March 1."""

    def divides(by: int) -> str:
        return g.cast(g.op("Equal", g.op("Mod", year, np.int64(by)), np.int64(0)), INT64)

    leap = g.add(g.sub(divides(4), divides(100)), divides(400))
    spring = g.add(g.add(since_march, np.int64(60)), leap)
    return g.op("Where", g.op("Equal", late, np.int64(1)), g.sub(since_march, np.int64(305)), spring)
