"""The kernels of input scaling and encoding: raw columns of a gathered batch to the network's inputs and targets.

Raw numbers lie in `work` as (rows, numeric columns) with NaN for missing values, raw codes as (rows, categorical
columns) with -1 for missing values, raw sparse columns densely. The tables that the settings hold are fitted on the
member's training rows by `wellfit.tables.encoding`.
"""

from __future__ import annotations

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.layout import ROWS

# The table of numeric columns: a row of centres, a row of scales.
CENTRE, SCALE, NUMBER_ROWS = 0, 1, 2
# Where a category goes, if not to a column of its own.
NOT_KNOWN, PAIR_LOW, PAIR_HIGH = -1, -2, -3


NUMBERS = fields("raw output numbers width smooth_clip settings")


@kernel(NUMBERS)
def encode_numbers(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """x = (v - centre) scale, softly clipped where smooth_clip is 1."""
    rows, columns, width = clock[ROWS], row[NUMBERS.numbers], row[NUMBERS.width]
    table = settings[row[NUMBERS.settings] : row[NUMBERS.settings] + columns * NUMBER_ROWS].reshape(
        NUMBER_ROWS, columns
    )
    centre, scale = table[CENTRE], table[SCALE]
    zero, one = constant(0, centre[0]), constant(1, centre[0])
    ninth, most = one / constant(9, one), constant(1e9, one)
    clip = row[NUMBERS.smooth_clip] == 1
    for i in range(rows):
        v = work[row[NUMBERS.raw] + i * columns : row[NUMBERS.raw] + (i + 1) * columns]
        x = work[row[NUMBERS.output] + i * width : row[NUMBERS.output] + i * width + columns]
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
    which = settings[row[MARKS.marked] : row[MARKS.marked] + marked]
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
    scores = settings[row[QUANTILES.settings] : row[QUANTILES.settings] + knots]
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
    The map's first entry stands for missing values, so code c has entry c + 1. A width below 0 asks for one column with
    the place itself, counted from 1, and 0 for what is not known.
    """
    rows, columns, width = clock[ROWS], row[CATEGORIES.columns], row[CATEGORIES.width]
    heads = settings[row[CATEGORIES.places] : row[CATEGORIES.places] + 4 * columns].reshape(columns, 4)
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
    """Dense columns of a group: times the column's factor; for text then divided by the row's length."""
    rows, columns, width = clock[ROWS], row[SPARSE.columns], row[SPARSE.width]
    factor = settings[row[SPARSE.factors] : row[SPARSE.factors] + columns]
    for i in range(rows):
        v = work[row[SPARSE.raw] + i * row[SPARSE.raw_width] : row[SPARSE.raw] + i * row[SPARSE.raw_width] + columns]
        x = work[row[SPARSE.output] + i * width : row[SPARSE.output] + i * width + columns]
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
    centre = settings[row[TARGETS.settings] : row[TARGETS.settings] + columns]
    scale = settings[row[TARGETS.settings] + columns : row[TARGETS.settings] + 2 * columns]
    for i in range(rows):
        y = work[row[TARGETS.targets] + i * columns : row[TARGETS.targets] + (i + 1) * columns]
        for j in range(columns):
            y[j] = (y[j] - centre[j]) * scale[j]
