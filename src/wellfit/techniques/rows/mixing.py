"""Rows mixed with other rows, targets and weights included: mixup and cutmix."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from wellfit.numerics.draws import larger_share
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import helper, kernel
from wellfit.numerics.random import CUTMIX, MIXUP, purpose_key, u32
from wellfit.techniques.base import Technique, technique
from wellfit.techniques.layout import (
    EXTRA,
    INPUT,
    INPUT_2,
    ROWS,
    SEED_KEY,
    SETTINGS,
    SETTINGS_2,
    UPDATE,
    WEIGHTS,
    WIDTH,
    WIDTH_2,
    WIDTH_IN,
)
from wellfit.techniques.rows.cells import take_cells
from wellfit.techniques.update.schedule import Strength, strength


@technique("mixup")
class Mixup(Technique):
    """Trains on mixtures of two rows and of their targets, so that the network goes straight from one to the other.

    x~ = s x_i + (1 - s) x_j,  y~ = s y_i + (1 - s) y_j,  w~ = s w_i + (1 - s) w_j, with s = max(b, 1 - b) and b drawn
    from Beta(alpha, alpha). Row j is the next one in the batch, after the last one the first: batches are shuffled, so
    it is any other row. x (rows, inputs), y (rows, outputs): 0 and 1 for classes, scaled numbers, counts.

    alpha: at least 0, default 0 (off); 0.2 mixes little, 1 evenly; may carry a schedule. draw: one share a "batch"
        (default) or a "row".
    Departs: s is the larger share, so that a row stays mainly itself; as pairs are drawn without order,
    the mixed rows have the same distribution. Row weights w are mixed like the rows. Columns that hold no quantity
    (the number of an embedded category) stay the row's own.
    Cost: about 2 ns an input and row. Not for counts or numbers that jump between neighbouring rows.
    Source: Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: beyond empirical risk minimization", 2018.

    >>> from wellfit import Recipe
    >>> Recipe(mixup=0.2).mixup.draw
    'batch'
    """

    alpha: Strength = strength(default=0.0)
    draw: Literal["batch", "row"] = Field(default="batch")


@technique("cutmix")
class Cutmix(Technique):
    """Puts cells of another row into a row, and mixes the targets by the share of cells that each gave.

    Each cell c is taken from row j with probability 1 - s: x~_ic = x_jc, else x_ic; with k of C cells taken,
    y~ = (1 - k/C) y_i + (k/C) y_j and w~ likewise (row weights). s = max(b, 1 - b), b drawn from Beta(alpha, alpha);
    row j is the next one in the batch, after the last one the first. x (rows, inputs), y (rows, outputs).

    alpha: at least 0, default 0 (off), 1 in the paper; may carry a schedule. draw: one share s a "batch" (default) or a
        "row"; cells are drawn for each row.
    Departs: a table has no rectangles, so cells are drawn one by one; every cell (a number with its
    mark of a missing value, all columns of a category, a sparse number, a text) counts the same. After mixup, the
    mixed rows are cut and mixed.
    Cost: about 5 ns a cell and row. Not where columns only make sense together; refused for images.
    Source: Yun, Han, Oh, Chun, Choe & Yoo, "CutMix", 2019.

    >>> from wellfit import Recipe
    >>> Recipe(cutmix=1.0).cutmix.alpha
    1.0
    """

    alpha: Strength = strength(default=0.0)
    draw: Literal["batch", "row"] = Field(default="batch")


@helper
def blend(values: Any, others: Any, begin: Any, end: Any, share: Any) -> None:
    """values[begin:end] <- share of their own, the rest of the others'; untouched at share 1."""
    own = constant(share, values[0])
    rest = constant(1 - share, values[0])
    for j in range(begin, end):
        values[j] = own * values[j] + rest * others[j]


@kernel
def mix_rows(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Settings: alpha, 1 for a share a row; at SETTINGS_2 WIDTH_IN runs of columns that mix (begin, end). EXTRA
    takes the first row, with which the last one is mixed: (inputs and targets,).
    """
    rows, width, outputs = clock[ROWS], row[WIDTH], row[WIDTH_2]
    alpha, by_row = settings[row[SETTINGS]], settings[row[SETTINGS] + 1]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(MIXUP), u32(0), u32(clock[UPDATE]), key1)
    x, y = work[row[INPUT] : row[INPUT] + rows * width], work[row[INPUT_2] : row[INPUT_2] + rows * outputs]
    w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    first_x, first_y = work[row[EXTRA] : row[EXTRA] + width], work[row[EXTRA] + width : row[EXTRA] + width + outputs]
    first_x[:] = x[:width]
    first_y[:] = y[:outputs]
    first_w = w[0]
    for i in range(rows):
        share = larger_share(alpha, i if by_row > 0 else 0, key1, key2)
        if share == 1:
            continue
        last = i + 1 == rows
        other_x = first_x if last else x[(i + 1) * width : (i + 2) * width]
        other_y = first_y if last else y[(i + 1) * outputs : (i + 2) * outputs]
        for k in range(row[WIDTH_IN]):
            begin, end = settings[row[SETTINGS_2] + 2 * k], settings[row[SETTINGS_2] + 2 * k + 1]
            blend(x[i * width : (i + 1) * width], other_x, int(begin), int(end), share)
        blend(y[i * outputs : (i + 1) * outputs], other_y, 0, outputs, share)
        other_w = first_w if last else w[i + 1]
        w[i] = constant(share, alpha) * w[i] + constant(1 - share, alpha) * other_w


@kernel
def cut_and_mix_rows(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Settings: alpha, 1 for a share a row; at SETTINGS_2 bounds of WIDTH_IN cells. EXTRA as in `mix_rows`. Shares have
    salt 0, cells salt 1 and the counter row x cells + cell.
    """
    rows, cells, width, outputs = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[WIDTH_2]
    alpha, by_row = settings[row[SETTINGS]], settings[row[SETTINGS] + 1]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(CUTMIX), u32(0), u32(clock[UPDATE]), key1)
    key3 = purpose_key(u32(CUTMIX), u32(1), u32(clock[UPDATE]), key1)
    x, y = work[row[INPUT] : row[INPUT] + rows * width], work[row[INPUT_2] : row[INPUT_2] + rows * outputs]
    w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    first_x, first_y = work[row[EXTRA] : row[EXTRA] + width], work[row[EXTRA] + width : row[EXTRA] + width + outputs]
    first_x[:] = x[:width]
    first_y[:] = y[:outputs]
    first_w = w[0]
    for i in range(rows):
        given = 1 - larger_share(alpha, i if by_row > 0 else 0, key1, key2)
        last = i + 1 == rows
        other_x = first_x if last else x[(i + 1) * width : (i + 2) * width]
        own_x = x[i * width : (i + 1) * width]
        taken = take_cells(own_x, other_x, settings, row[SETTINGS_2], cells, i * cells, given, (key1, key3))
        if taken == 0:
            continue
        share = 1 - taken / cells
        other_y = first_y if last else y[(i + 1) * outputs : (i + 2) * outputs]
        blend(y[i * outputs : (i + 1) * outputs], other_y, 0, outputs, share)
        other_w = first_w if last else w[i + 1]
        w[i] = constant(share, alpha) * w[i] + constant(1 - share, alpha) * other_w
