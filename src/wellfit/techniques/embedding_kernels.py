"""What embeds encoded inputs: rows of X (rows, encoded columns) become rows of Y (rows, network inputs).

Each operation writes its own columns of Y. The one that hands columns on comes last, so that on the way back it is
first, and sets the gradient by X to which the others add, where somebody asks for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant, cosine_of_turns, sine_of_turns
from wellfit.numerics.kernel import helper, kernel
from wellfit.techniques.layout import (
    EXTRA,
    FROZEN,
    INPUT,
    INPUT_GRADIENT,
    OUTPUT,
    OUTPUT_GRADIENT,
    PARAMETERS,
    PARAMETERS_2,
    ROWS,
    SETTINGS,
    WIDTH,
    WIDTH_2,
    WIDTH_IN,
)

TURN = 6.283185307179586  # 2 pi


@kernel
def pass_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Hand WIDTH_2 columns on; the settings say which."""
    rows, columns, width, count = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[WIDTH_2]
    for i in range(rows):
        for k in range(count):
            column = np.int64(settings[row[SETTINGS] + k])
            work[row[OUTPUT] + i * width + k] = work[row[INPUT] + i * columns + column]


@kernel
def pass_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The gradient by X: that of the columns handed on, 0 elsewhere."""
    rows, columns, width, count = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[WIDTH_2]
    gx = work[row[INPUT_GRADIENT] : row[INPUT_GRADIENT] + rows * columns]
    gx[:] = constant(0, gx[0])
    for i in range(rows):
        for k in range(count):
            column = np.int64(settings[row[SETTINGS] + k])
            gx[i * columns + column] = work[row[OUTPUT_GRADIENT] + i * width + k]


@helper
def table_row(place: Any, first: Any, rows: Any) -> Any:
    """The row of all tables side by side that a place in one of them means."""
    index = np.int64(place)
    if index < 0 or index >= np.int64(rows):  # never, unless somebody else changed the column
        index = np.int64(0)
    return index + np.int64(first)


@kernel
def lookup_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Rows of the tables of categories. EXTRA: columns of a table; WIDTH_2: how many tables, of each of which the
    settings hold the column with its index, its first row and its number of rows.
    """
    rows, columns, width, size = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[EXTRA]
    heads = settings[row[SETTINGS] : row[SETTINGS] + 3 * row[WIDTH_2]].reshape(row[WIDTH_2], 3)
    for i in range(rows):
        for k in range(row[WIDTH_2]):
            index = table_row(work[row[INPUT] + i * columns + np.int64(heads[k, 0])], heads[k, 1], heads[k, 2])
            source = row[PARAMETERS] + index * size
            for d in range(size):
                work[row[OUTPUT] + i * width + k * size + d] = parameters[source + d]


@kernel
def lookup_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Each row of the batch adds to the table's row that it read, in the order of the batch."""
    rows, columns, width, size = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[EXTRA]
    if row[FROZEN] != 0:
        return
    heads = settings[row[SETTINGS] : row[SETTINGS] + 3 * row[WIDTH_2]].reshape(row[WIDTH_2], 3)
    last = heads[row[WIDTH_2] - 1]
    table = gradient[row[PARAMETERS] : row[PARAMETERS] + np.int64(last[1] + last[2]) * size]
    table[:] = constant(0, table[0])
    for i in range(rows):
        for k in range(row[WIDTH_2]):
            index = table_row(work[row[INPUT] + i * columns + np.int64(heads[k, 0])], heads[k, 1], heads[k, 2])
            for d in range(size):
                table[index * size + d] += work[row[OUTPUT_GRADIENT] + i * width + k * size + d]


@kernel
def piecewise_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The share of each bin. The settings hold for each of WIDTH_2 numbers where its features begin, its bins and where
    its table begins: the lower edges, then one over each width.
    """
    rows, columns, width, numbers = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[WIDTH_2]
    heads = settings[row[SETTINGS] : row[SETTINGS] + 3 * numbers].reshape(numbers, 3)
    zero, one = constant(0, heads[0, 0]), constant(1, heads[0, 0])
    for i in range(rows):
        for j in range(numbers):
            x, bins = work[row[INPUT] + i * columns + j], np.int64(heads[j, 1])
            edges = settings[row[SETTINGS] + np.int64(heads[j, 2]) :]
            y = work[row[OUTPUT] + i * width + np.int64(heads[j, 0]) :]
            for t in range(bins):
                y[t] = min(max((x - edges[t]) * edges[bins + t], zero), one)
            if bins > 0:
                first, last = (x - edges[0]) * edges[bins], (x - edges[bins - 1]) * edges[2 * bins - 1]
                if first < zero or bins == 1:
                    y[0] = first
                if last > one:
                    y[bins - 1] = last


@kernel
def piecewise_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dx: one over the width of the bin that x is in, times its gradient; an edge belongs to the bin above it."""
    rows, columns, width, numbers = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[WIDTH_2]
    heads = settings[row[SETTINGS] : row[SETTINGS] + 3 * numbers].reshape(numbers, 3)
    zero, one = constant(0, heads[0, 0]), constant(1, heads[0, 0])
    for i in range(rows):
        for j in range(numbers):
            x, bins = work[row[INPUT] + i * columns + j], np.int64(heads[j, 1])
            edges = settings[row[SETTINGS] + np.int64(heads[j, 2]) :]
            g = work[row[OUTPUT_GRADIENT] + i * width + np.int64(heads[j, 0]) :]
            total = zero
            for t in range(bins):
                share = (x - edges[t]) * edges[bins + t]
                if (share >= zero or t == 0) and (share < one or t == bins - 1):
                    total += g[t] * edges[bins + t]
            work[row[INPUT_GRADIENT] + i * columns + j] += total


@kernel
def periodic_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """cos(2 pi w x + b), or where there are no phases b: cos(2 pi w x), then sin(2 pi w x). EXTRA: frequencies."""
    rows, columns, width, count = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[EXTRA]
    for i in range(rows):
        for j in range(row[WIDTH_2]):
            x = work[row[INPUT] + i * columns + j]
            w = parameters[row[PARAMETERS] + j * count : row[PARAMETERS] + (j + 1) * count]
            if row[PARAMETERS_2] >= 0:
                b = parameters[row[PARAMETERS_2] + j * count : row[PARAMETERS_2] + (j + 1) * count]
                y = work[row[OUTPUT] + i * width + j * count :]
                for k in range(count):
                    y[k] = cosine_of_turns(w[k] * x + b[k] * constant(1 / TURN, x))
            else:
                y = work[row[OUTPUT] + i * width + 2 * j * count :]
                for k in range(count):
                    y[k] = cosine_of_turns(w[k] * x)
                for k in range(count):
                    y[count + k] = sine_of_turns(w[k] * x)


@kernel
def periodic_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """With a = 2 pi w x + b and s = dy/da: dw = sum of s g 2 pi x, db = sum of s g, dx += sum of s g 2 pi w."""
    rows, columns, width, count = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[EXTRA]
    numbers, phases, moves = row[WIDTH_2], row[PARAMETERS_2] >= 0, row[FROZEN] == 0
    gw = gradient[row[PARAMETERS] : row[PARAMETERS] + numbers * count]
    gb = gradient[row[PARAMETERS_2] : row[PARAMETERS_2] + numbers * count]
    zero, turn = constant(0, work[0]), constant(TURN, work[0])
    if moves:
        gw[:] = zero
        if phases:
            gb[:] = zero
    for i in range(rows):
        for j in range(numbers):
            x, here = work[row[INPUT] + i * columns + j], j * count
            w, b = parameters[row[PARAMETERS] + here :], parameters[max(row[PARAMETERS_2], 0) + here :]
            g = work[row[OUTPUT_GRADIENT] + i * width + (here if phases else 2 * here) :]
            total = zero
            for k in range(count):
                if phases:
                    along = -sine_of_turns(w[k] * x + b[k] * constant(1 / TURN, x)) * g[k]
                else:
                    u = w[k] * x
                    along = cosine_of_turns(u) * g[count + k] - sine_of_turns(u) * g[k]
                total += along * w[k]
                if moves:
                    gw[here + k] += along * x * turn
                    if phases:
                        gb[here + k] += along
            if row[INPUT_GRADIENT] >= 0:
                work[row[INPUT_GRADIENT] + i * columns + j] += total * turn


# The settings of a map by number: 1 if ReLU follows; then for each block where its features begin, how many, where its
# weights begin and where its outputs begin.
BLOCK_HEAD = 4


@kernel
def blocks_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """y = V f + c for each number by itself, with V (EXTRA, features); WIDTH_2 blocks; then ReLU, if so set."""
    rows, columns, width, size = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[EXTRA]
    table = settings[row[SETTINGS] + 1 : row[SETTINGS] + 1 + BLOCK_HEAD * row[WIDTH_2]]
    heads = table.reshape(row[WIDTH_2], BLOCK_HEAD)
    bends = settings[row[SETTINGS]] != 0
    zero = constant(0, heads[0, 0])
    for i in range(rows):
        for j in range(row[WIDTH_2]):
            features, out = np.int64(heads[j, 1]), np.int64(heads[j, 3])
            f = work[row[INPUT] + i * columns + np.int64(heads[j, 0]) :]
            v = parameters[row[PARAMETERS] + np.int64(heads[j, 2]) :]
            for d in range(size):
                total = zero
                for k in range(features):
                    total += v[d * features + k] * f[k]
                total += parameters[row[PARAMETERS_2] + out + d]
                work[row[OUTPUT] + i * width + out + d] = max(total, zero) if bends else total


@kernel
def blocks_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dV = sum over rows of g f', dc = sum of g, df = V' g where somebody asks for it."""
    rows, columns, width, size = clock[ROWS], row[WIDTH_IN], row[WIDTH], row[EXTRA]
    table = settings[row[SETTINGS] + 1 : row[SETTINGS] + 1 + BLOCK_HEAD * row[WIDTH_2]]
    heads = table.reshape(row[WIDTH_2], BLOCK_HEAD)
    bends, moves = settings[row[SETTINGS]] != 0, row[FROZEN] == 0
    zero = constant(0, heads[0, 0])
    last = heads[row[WIDTH_2] - 1]
    gv = gradient[row[PARAMETERS] : row[PARAMETERS] + np.int64(last[2] + last[1] * size)]
    gc = gradient[row[PARAMETERS_2] : row[PARAMETERS_2] + np.int64(last[3]) + size]
    if moves:
        gv[:] = zero
        gc[:] = zero
    for i in range(rows):
        for j in range(row[WIDTH_2]):
            features, out, begin = np.int64(heads[j, 1]), np.int64(heads[j, 3]), np.int64(heads[j, 2])
            f = work[row[INPUT] + i * columns + np.int64(heads[j, 0]) :]
            v = parameters[row[PARAMETERS] + begin :]
            here = row[INPUT_GRADIENT] + i * columns + np.int64(heads[j, 0])
            if row[INPUT_GRADIENT] >= 0:
                for k in range(features):
                    work[here + k] = zero
            for d in range(size):
                place = i * width + out + d
                g = work[row[OUTPUT_GRADIENT] + place]
                if bends and work[row[OUTPUT] + place] == zero:
                    g = zero
                if moves:
                    gc[out + d] += g
                    for k in range(features):
                        gv[begin + d * features + k] += g * f[k]
                if row[INPUT_GRADIENT] >= 0:
                    for k in range(features):
                        work[here + k] += g * v[d * features + k]


KERNELS: dict[str, tuple[Any, Any]] = {
    "pass": (pass_forward, pass_backward),
    "lookup": (lookup_forward, lookup_backward),
    "piecewise": (piecewise_forward, piecewise_backward),
    "periodic": (periodic_forward, periodic_backward),
    "blocks": (blocks_forward, blocks_backward),
}
