"""Input scaling and encoding: how raw columns become a network's inputs while a batch is gathered.

The tables (centre, scale, knots, which categories are known) are fitted on the member's training rows by
`wellfit.tables.encoding`; the kernels here apply them. Raw numbers lie in `work` as (rows, numeric columns) with NaN
for missing
values, raw codes as (rows, categorical columns) with -1 for missing values.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel, part
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import ENCODE_SEAM, RAW_CODES, RAW_NUMBERS, RAW_SPARSE, ROWS
from wellfit.techniques.operations import Builder


class Scaling(Technique):
    """How numeric columns are scaled. Missing numbers become the column's centre, with a column of their own that says
    so.
    """

    title: ClassVar[str] = "Input scaling"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("does not move", "slow", "explodes")

    name: str
    smooth_clip: ClassVar[bool] = False


@technique("scaling")
class Robust(Scaling):
    """Minus the median, divided by the interquartile range, then x / sqrt(1 + (x / 3)^2), which bounds outliers at 3.

    Where the interquartile range is 0, half the range takes its place.
    Cost: a few operations a number and row. When not: where far values matter as such.
    Source: Holzmueller et al., "Better by default", 2024.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="robust").scaling.smooth_clip
    True
    """

    heading: ClassVar[str] = "Robust scaling"

    name: Literal["robust"] = "robust"
    smooth_clip: ClassVar[bool] = True


@technique("scaling")
class Standard(Scaling):
    """Minus the mean, divided by the standard deviation of the training rows (with their weights).

    Cost: two operations a number and row. When not: with gross outliers, which blow the deviation up and press the rest
    together.
    Source: LeCun, Bottou, Orr & Mueller, "Efficient BackProp", 1998, 4.3.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="standard").scaling.name
    'standard'
    """

    heading: ClassVar[str] = "Standardising"

    name: Literal["standard"] = "standard"


@technique("scaling")
class MinMax(Scaling):
    """The training rows' range becomes [0, 1].

    Cost: two operations a number and row. When not: with outliers, which set the range; where new rows go beyond it.
    Source: the common rule, as in scikit-learn.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="min_max").scaling.name
    'min_max'
    """

    heading: ClassVar[str] = "To the range 0 to 1"

    name: Literal["min_max"] = "min_max"


@technique("scaling")
class QuantileScaling(Scaling):
    """Each column's distribution becomes normal: the weighted share of smaller training values, through the normal
    quantile function.

    knots: points of the table between which values are interpolated, 2 to 1000, default 101.
    Cost: a binary search a number and row. When not: where distances between values matter; it keeps their order alone.
    Source: van der Waerden, "Order tests for the two-sample problem and their power", 1952.

    >>> from wellfit import Recipe
    >>> Recipe(scaling={"name": "quantile", "knots": 51}).scaling.knots
    51
    """

    heading: ClassVar[str] = "Quantile scaling"

    name: Literal["quantile"] = "quantile"
    knots: int = Field(default=101, ge=2, le=1000)


@technique("scaling")
class NoScaling(Scaling):
    """Numbers as they are.

    Cost: none. When not: where columns differ in size, as most do.

    >>> from wellfit import Recipe
    >>> Recipe(scaling="none").scaling.name
    'none'
    """

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


@technique("categories")
class Categories(Technique):
    """Categories become one column each (two categories: one column of -1 and +1, missing 0); unseen ones are 0
    everywhere,
    missing values a category of their own where training rows have them.

    one_hot_up_to: columns a categorical column may get; of the rarer categories beyond, all share the last one.
        From 2, default 64.
    embedding: 0 (default) or the columns, up to 1024, of a learned table that a categorical column with more categories
        than one_hot_up_to gets in place of one-hot columns: a row of the table for each category, missing values where
        training rows have them included, and a row of zeros that stays for what training did not show. Its rows start
        as N(0, 1 / embedding), and learn at the learning rate; they are neither penalised nor decayed unless biases
        are. The paper of "Better by default" (Holzmueller et al. 2024) has one_hot_up_to 8 and embedding 8.
    Cost: as many inputs as categories. When not: with hundreds of categories; most columns are then zero nearly always.
    Source: the usual "dummy" coding, as in scikit-learn.

    >>> from wellfit import Recipe
    >>> Recipe(categories=16).categories.one_hot_up_to
    16
    """

    main: ClassVar[str] = "one_hot_up_to"
    title: ClassVar[str] = "Categories"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("describes the problem",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits",)
    example: ClassVar[dict[str, Any]] = {"categories": {"one_hot_up_to": 16}}

    one_hot_up_to: int = Field(default=64, ge=2)
    embedding: int = Field(default=0, ge=0, le=1024)


def encode(program: Builder) -> int:
    """What makes inputs and targets of raw columns. Returns where the inputs (rows, encoding.width) start in `work`."""
    encoding = program.encoding
    numbers, sparse = len(encoding.centre), sum(len(factor) for factor in encoding.factors)
    raw = program.buffer(numbers)
    codes, dense = program.buffer(len(encoding.units)), program.buffer(sparse)
    program.clock[[RAW_NUMBERS, RAW_CODES, RAW_SPARSE]] = raw, codes, dense
    x = program.buffer(max(encoding.width, 1))
    common = {"raw": raw, "numbers": numbers, "width": encoding.width}
    if numbers:
        _put_numbers(program, {**common, "output": x})
    column = numbers
    if len(encoding.marked):
        where = program.setting(*encoding.marked)
        program.emit(
            ENCODE_SEAM, mark_missing, output=x + column, marked=where, count=len(encoding.marked), **common
        )  # fmt: skip
        column += len(encoding.marked)
    if sum(encoding.units):
        _put_categories(program, codes, x, column)
        column += sum(encoding.units)
    _put_sparse(program, dense, sparse, x, column)
    _put_targets(program)
    return x


def _put_numbers(program: Builder, places: dict[str, Any]) -> None:
    encoding = program.encoding
    if encoding.knots.shape[1]:
        where = program.setting(*encoding.scores, *encoding.knots.ravel())
        program.emit(ENCODE_SEAM, quantile_numbers, settings=where, knots=encoding.knots.shape[1], **places)
    else:
        where = program.setting(*encoding.centre, *encoding.scale)
        program.emit(
            ENCODE_SEAM, encode_numbers, settings=where, smooth_clip=int(encoding.smooth_clip), **places
        )  # fmt: skip


def _put_categories(program: Builder, codes: int, x: int, column: int) -> None:
    encoding = program.encoding
    heads, maps = [], []
    begin = 4 * len(encoding.units)
    for places, units, table_rows in zip(encoding.places, encoding.units, encoding.tables, strict=True):
        heads += [column, -1 if table_rows else units, len(places), begin]
        maps.append(places)
        column, begin = column + units, begin + len(places)
    program.emit(
        ENCODE_SEAM, encode_categories, codes=codes, output=x, columns=len(encoding.units), width=encoding.width,
        places=program.setting(*heads, *np.concatenate(maps)),
    )  # fmt: skip


def _put_sparse(program: Builder, raw: int, raw_width: int, x: int, column: int) -> None:
    encoding, begin = program.encoding, 0
    for factor, kind in zip(encoding.factors, encoding.sparse_kinds, strict=True):
        program.emit(
            ENCODE_SEAM, encode_sparse, raw=raw + begin, output=x + column, columns=len(factor), width=encoding.width,
            raw_width=raw_width, text=int(kind == "text"), factors=program.setting(*factor),
        )  # fmt: skip
        begin, column = begin + len(factor), column + len(factor)


def _put_targets(program: Builder) -> None:
    """Targets of numbers and counts in their own units; of several tasks a missing label stays NaN."""
    encoding = program.encoding
    if program.kind in ("numbers", "counts"):
        centre, scale = [*encoding.target_centre], [*(1 / encoding.target_scale)]
    elif program.kind == "tasks":
        centre, scale = [], []
        for task in encoding.tasks:
            columns = task.columns[1] - task.columns[0]
            plain = task.kind not in ("numbers", "counts")
            centre += [0.0] * columns if plain else encoding.target_centre[slice(*task.outputs)].tolist()
            scale += [1.0] * columns if plain else (1 / encoding.target_scale[slice(*task.outputs)]).tolist()
    else:
        return
    where, _ = program.targets()
    program.emit(
        ENCODE_SEAM, scale_targets, targets=where, columns=len(centre), settings=program.setting(*centre, *scale)
    )  # fmt: skip


# The table of numeric columns: a row of centres, a row of scales.
CENTRE, SCALE, NUMBER_ROWS = 0, 1, 2
# Where a category goes, if not to a column of its own.
NOT_KNOWN, PAIR_LOW, PAIR_HIGH = -1, -2, -3


NUMBERS = fields("raw output numbers width smooth_clip settings")


@kernel(NUMBERS)
def encode_numbers(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """x = (v - centre) scale, softly clipped where smooth_clip is 1."""
    rows, columns, width = clock[ROWS], row[NUMBERS.numbers], row[NUMBERS.width]
    table = part(settings, row[NUMBERS.settings], columns * NUMBER_ROWS).reshape(NUMBER_ROWS, columns)
    centre, scale = table[CENTRE], table[SCALE]
    zero, one = constant(0, centre[0]), constant(1, centre[0])
    ninth, most = one / constant(9, one), constant(1e9, one)
    clip = row[NUMBERS.smooth_clip] == 1
    for i in range(rows):
        v = work[row[NUMBERS.raw] + i * columns : row[NUMBERS.raw] + (i + 1) * columns]
        x = part(work, row[NUMBERS.output] + i * width, columns)
        for j in range(columns):
            x[j] = zero if v[j] != v[j] else (v[j] - centre[j]) * scale[j]
        if clip:
            for j in range(columns):
                far = min(max(x[j], -most), most)  # its square must not overflow
                x[j] = far / np.sqrt(one + far * far * ninth)


MARKS = fields("raw output numbers width count marked")


@kernel(MARKS)
def mark_missing(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """One column for each numeric column that had missing values in training: 1 where the value is missing."""
    rows, columns, width = clock[ROWS], row[MARKS.numbers], row[MARKS.width]
    marked = row[MARKS.count]
    which = part(settings, row[MARKS.marked], marked)
    zero, one = constant(0, which[0]), constant(1, which[0])
    for i in range(rows):
        for j in range(marked):
            v = work[row[MARKS.raw] + i * columns + np.int64(which[j])]
            work[row[MARKS.output] + i * width + j] = one if v != v else zero


QUANTILES = fields("raw output numbers width knots settings")


@kernel(QUANTILES)
def quantile_numbers(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Interpolates in each column's table of knots (values, then scores)."""
    rows, columns, width, knots = clock[ROWS], row[QUANTILES.numbers], row[QUANTILES.width], row[QUANTILES.knots]
    scores = part(settings, row[QUANTILES.settings], knots)
    zero = constant(0, scores[0])
    for j in range(columns):
        start = row[QUANTILES.settings] + knots * (j + 1)
        values = settings[start : start + knots]
        for i in range(rows):
            v = work[row[QUANTILES.raw] + i * columns + j]
            x = row[QUANTILES.output] + i * width + j
            low, high = 0, knots
            while low < high:
                middle = (low + high) // 2
                if values[middle] < v:
                    low = middle + 1
                else:
                    high = middle
            last = low
            while last < knots and values[last] == v:
                last += 1
            if v != v:
                work[x] = zero
            elif last > low:  # on one or several equal knots: the middle of their scores
                work[x] = (scores[low] + scores[last - 1]) * constant(0.5, v)
            elif low == 0:
                work[x] = scores[0]
            elif low == knots:
                work[x] = scores[knots - 1]
            else:
                share = (v - values[low - 1]) / (values[low] - values[low - 1])
                work[x] = scores[low - 1] + share * (scores[low] - scores[low - 1])


CATEGORIES = fields("codes output columns width places")


@kernel(CATEGORIES)
def encode_categories(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """One-hot. A column's map gives each code's place: from 0, NOT_KNOWN, or PAIR_LOW and PAIR_HIGH (-1 and +1).

    The table: per categorical column its first input column, its width, the length of its map and where that starts.
    The
    map's first entry stands for missing values, so code c has entry c + 1. A width below 0 asks for one column with the
    place itself, counted from 1, and 0 for what is not known.
    """
    rows, columns, width = clock[ROWS], row[CATEGORIES.columns], row[CATEGORIES.width]
    heads = part(settings, row[CATEGORIES.places], 4 * columns).reshape(columns, 4)
    zero, one = constant(0, heads[0, 0]), constant(1, heads[0, 0])
    for i in range(rows):
        x = work[row[CATEGORIES.output] + i * width : row[CATEGORIES.output] + (i + 1) * width]
        for j in range(columns):
            code = np.int64(work[row[CATEGORIES.codes] + i * columns + j]) + 1
            first, units, codes = np.int64(heads[j, 0]), np.int64(heads[j, 1]), np.int64(heads[j, 2])
            if units < 0:
                x[first] = zero
                if code >= 0 and code < codes:
                    x[first] = max(settings[row[CATEGORIES.places] + np.int64(heads[j, 3]) + code] + one, zero)
                continue
            for k in range(units):
                x[first + k] = zero
            if code < 0 or code >= codes:
                continue
            place = np.int64(settings[row[CATEGORIES.places] + np.int64(heads[j, 3]) + code])
            if place >= 0:
                x[first + place] = one
            elif place == PAIR_LOW:
                x[first] = -one
            elif place == PAIR_HIGH:
                x[first] = one


SPARSE = fields("raw output columns width raw_width text factors")


@kernel(SPARSE)
def encode_sparse(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Dense columns of a group: times the column's factor; for text (WIDTH_2 = 1) then divided by the row's length."""
    rows, columns, width = clock[ROWS], row[SPARSE.columns], row[SPARSE.width]
    factor = part(settings, row[SPARSE.factors], columns)
    for i in range(rows):
        v = work[row[SPARSE.raw] + i * row[SPARSE.raw_width] : row[SPARSE.raw] + i * row[SPARSE.raw_width] + columns]
        x = part(work, row[SPARSE.output] + i * width, columns)
        total = constant(0, factor[0])
        for j in range(columns):
            x[j] = v[j] * factor[j]
            total += x[j] * x[j]
        if row[SPARSE.text] == 1 and total > 0:
            scale = constant(1, total) / np.sqrt(total)
            for j in range(columns):
                x[j] *= scale


TARGETS = fields("targets columns settings")


@kernel(TARGETS)
def scale_targets(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """y = (y - centre) scale, column by column, in place."""
    rows, columns = clock[ROWS], row[TARGETS.columns]
    centre = part(settings, row[TARGETS.settings], columns)
    scale = settings[row[TARGETS.settings] + columns : row[TARGETS.settings] + 2 * columns]
    for i in range(rows):
        y = work[row[TARGETS.targets] + i * columns : row[TARGETS.targets] + (i + 1) * columns]
        for j in range(columns):
            y[j] = (y[j] - centre[j]) * scale[j]
