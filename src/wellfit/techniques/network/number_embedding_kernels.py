"""What makes features of single numbers, and maps them; see `embedding_kernels` for what all of them keep to."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant, cosine_of_turns, sine_of_turns
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.layout import (
    ROWS,
)

TURN = 6.283185307179586  # 2 pi


BINS = fields("input input_gradient output output_gradient input_width output_width numbers bins")


@kernel(BINS)
def piecewise_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The share of each bin. The settings hold for each of `numbers` columns where its features begin, its bins and
    where its table begins: the lower edges, then one over each width.
    """
    rows, columns, width, numbers = (
        clock[ROWS],
        row[BINS.input_width],
        row[BINS.output_width],
        row[BINS.numbers],
    )
    heads = settings[row[BINS.bins] : row[BINS.bins] + 3 * numbers].reshape(numbers, 3)
    zero, one = constant(0, heads[0, 0]), constant(1, heads[0, 0])
    for j in range(numbers):  # number by number: a table is looked up once for all rows
        begin, bins = row[BINS.output] + np.int64(heads[j, 0]), np.int64(heads[j, 1])
        table = row[BINS.bins] + np.int64(heads[j, 2])
        low, over = settings[table : table + bins], settings[table + bins : table + 2 * bins]
        for i in range(rows):
            x, y = work[row[BINS.input] + i * columns + j], work[begin + i * width : begin + i * width + bins]
            for t in range(bins):
                y[t] = min(max((x - low[t]) * over[t], zero), one)
            if bins > 0:
                first, last = (x - low[0]) * over[0], (x - low[bins - 1]) * over[bins - 1]
                if first < zero or bins == 1:
                    y[0] = first
                if last > one:
                    y[bins - 1] = last


@kernel(BINS)
def piecewise_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dx: one over the width of the bin that x is in, times its gradient; an edge belongs to the bin above it."""
    rows, columns, width, numbers = (
        clock[ROWS],
        row[BINS.input_width],
        row[BINS.output_width],
        row[BINS.numbers],
    )
    heads = settings[row[BINS.bins] : row[BINS.bins] + 3 * numbers].reshape(numbers, 3)
    zero, one = constant(0, heads[0, 0]), constant(1, heads[0, 0])
    for i in range(rows):
        for j in range(numbers):
            x, bins = work[row[BINS.input] + i * columns + j], np.int64(heads[j, 1])
            edges = settings[row[BINS.bins] + np.int64(heads[j, 2]) :]
            g = work[row[BINS.output_gradient] + i * width + np.int64(heads[j, 0]) :]
            total = zero
            for t in range(bins):
                share = (x - edges[t]) * edges[bins + t]
                if (share >= zero or t == 0) and (share < one or t == bins - 1):
                    total += g[t] * edges[bins + t]
            work[row[BINS.input_gradient] + i * columns + j] += total


WAVES = fields(
    "input input_gradient output output_gradient input_width output_width "
    "frequencies numbers turns phases scratch frozen"
)


@kernel(WAVES)
def periodic_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """cos(2 pi w x + b), or where there are no phases b: cos(2 pi w x), then sin(2 pi w x), at `frequencies` each.

    A buffer holds the angles in turns, a sine's as that of a cosine; one long loop then takes the cosine of all.
    """
    rows, columns, width, count = (
        clock[ROWS],
        row[WAVES.input_width],
        row[WAVES.output_width],
        row[WAVES.frequencies],
    )
    numbers, phases = row[WAVES.numbers], row[WAVES.phases] >= 0
    total = numbers * count * (1 if phases else 2)
    b = parameters[max(row[WAVES.phases], 0) : max(row[WAVES.phases], 0) + numbers * count]
    turn, quarter = constant(1 / TURN, work[0]), constant(0.25, work[0])
    for i in range(rows):
        u = work[row[WAVES.scratch] + i * total : row[WAVES.scratch] + (i + 1) * total]
        for j in range(numbers):
            x = work[row[WAVES.input] + i * columns + j]
            w = parameters[row[WAVES.turns] + j * count : row[WAVES.turns] + (j + 1) * count]
            if phases:
                here = u[j * count : (j + 1) * count]
                for k in range(count):
                    here[k] = w[k] * x
            else:
                here = u[2 * j * count : 2 * (j + 1) * count]
                for k in range(count):
                    here[k] = w[k] * x
                    here[count + k] = w[k] * x - quarter
        if phases:
            for k in range(total):
                u[k] += b[k] * turn
        y = work[row[WAVES.output] + i * width : row[WAVES.output] + i * width + total]
        for k in range(total):
            y[k] = cosine_of_turns(u[k])


@kernel(WAVES)
def periodic_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """With a = 2 pi w x + b and s = dy/da: dw = sum of s g 2 pi x, db = sum of s g, dx += sum of s g 2 pi w."""
    rows, columns, width, count = (
        clock[ROWS],
        row[WAVES.input_width],
        row[WAVES.output_width],
        row[WAVES.frequencies],
    )
    numbers, phases, moves = row[WAVES.numbers], row[WAVES.phases] >= 0, row[WAVES.frozen] == 0
    total = numbers * count * (1 if phases else 2)
    gw = gradient[row[WAVES.turns] : row[WAVES.turns] + numbers * count]
    gb = gradient[max(row[WAVES.phases], 0) : max(row[WAVES.phases], 0) + numbers * count]
    zero, turn = constant(0, work[0]), constant(TURN, work[0])
    if moves:
        gw[:] = zero
        if phases:
            gb[:] = zero
    for i in range(rows):
        u = work[row[WAVES.scratch] + i * total : row[WAVES.scratch] + (i + 1) * total]
        g = work[row[WAVES.output_gradient] + i * width : row[WAVES.output_gradient] + i * width + total]
        for k in range(total):
            u[k] = -sine_of_turns(u[k]) * g[k]
        if moves and phases:
            for k in range(total):
                gb[k] += u[k]
        for j in range(numbers):
            x = work[row[WAVES.input] + i * columns + j] * turn
            along = u[j * count :] if phases else u[2 * j * count :]
            if not phases:
                for k in range(count):
                    along[k] += along[count + k]
            if moves:
                here = gw[j * count : (j + 1) * count]
                for k in range(count):
                    here[k] += along[k] * x
            if row[WAVES.input_gradient] >= 0:
                slope = zero
                for k in range(count):
                    slope += along[k] * parameters[row[WAVES.turns] + j * count + k]
                work[row[WAVES.input_gradient] + i * columns + j] += slope * turn


# The settings of a map by number: 1 if ReLU follows; then for each block where its features begin, how many, where its
# weights begin and where its outputs begin.
BLOCK_HEAD = 4


BLOCKS = fields(
    "input input_gradient output output_gradient input_width output_width size count blocks map offset frozen"
)


@kernel(BLOCKS)
def blocks_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """y = V f + c for each number by itself, with V (size, features); `count` blocks; then ReLU, if so set.

    Four rows at a time: the loops over features are short.
    """
    rows, columns, width, size = clock[ROWS], row[BLOCKS.input_width], row[BLOCKS.output_width], row[BLOCKS.size]
    table = settings[row[BLOCKS.blocks] + 1 : row[BLOCKS.blocks] + 1 + BLOCK_HEAD * row[BLOCKS.count]]
    heads = table.reshape(row[BLOCKS.count], BLOCK_HEAD)
    bends = settings[row[BLOCKS.blocks]] != 0
    zero = constant(0, heads[0, 0])
    for i in range(0, rows, 4):
        i1, i2, i3 = min(i + 1, rows - 1), min(i + 2, rows - 1), min(i + 3, rows - 1)
        for j in range(row[BLOCKS.count]):
            features, out, begin = (
                np.int64(heads[j, 1]),
                np.int64(heads[j, 3]),
                row[BLOCKS.input] + np.int64(heads[j, 0]),
            )
            f0, f1 = work[begin + i * columns :], work[begin + i1 * columns :]
            f2, f3 = work[begin + i2 * columns :], work[begin + i3 * columns :]
            for d in range(size):
                v = parameters[row[BLOCKS.map] + np.int64(heads[j, 2]) + d * features :]
                t0, t1, t2, t3 = zero, zero, zero, zero
                for k in range(features):
                    t0 += v[k] * f0[k]
                    t1 += v[k] * f1[k]
                    t2 += v[k] * f2[k]
                    t3 += v[k] * f3[k]
                c, y = parameters[row[BLOCKS.offset] + out + d], row[BLOCKS.output] + out + d
                t0, t1, t2, t3 = t0 + c, t1 + c, t2 + c, t3 + c
                if bends:
                    t0, t1, t2, t3 = max(t0, zero), max(t1, zero), max(t2, zero), max(t3, zero)
                work[y + i * width] = t0
                work[y + i1 * width] = t1
                work[y + i2 * width] = t2
                work[y + i3 * width] = t3


@kernel(BLOCKS)
def blocks_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dV = sum over rows of g f', dc = sum of g, df = V' g where somebody asks for it. Four rows at a time; of rows
    beyond the last one the gradient counts as 0.
    """
    rows, columns, width, size = clock[ROWS], row[BLOCKS.input_width], row[BLOCKS.output_width], row[BLOCKS.size]
    table = settings[row[BLOCKS.blocks] + 1 : row[BLOCKS.blocks] + 1 + BLOCK_HEAD * row[BLOCKS.count]]
    heads = table.reshape(row[BLOCKS.count], BLOCK_HEAD)
    bends, moves, asked = settings[row[BLOCKS.blocks]] != 0, row[BLOCKS.frozen] == 0, row[BLOCKS.input_gradient] >= 0
    zero = constant(0, heads[0, 0])
    last = heads[row[BLOCKS.count] - 1]
    gv = gradient[row[BLOCKS.map] : row[BLOCKS.map] + np.int64(last[2] + last[1] * size)]
    gc = gradient[row[BLOCKS.offset] : row[BLOCKS.offset] + np.int64(last[3]) + size]
    if moves:
        gv[:] = zero
        gc[:] = zero
    if asked:
        back = work[row[BLOCKS.input_gradient] : row[BLOCKS.input_gradient] + rows * columns]
        back[:] = zero
    if bends:  # in place: nobody reads the gradient by these columns afterwards
        for i in range(rows):
            for k in range(np.int64(last[3]) + size):
                if work[row[BLOCKS.output] + i * width + k] == zero:
                    work[row[BLOCKS.output_gradient] + i * width + k] = zero
    for i in range(0, rows, 4):
        i1, i2, i3 = min(i + 1, rows - 1), min(i + 2, rows - 1), min(i + 3, rows - 1)
        for j in range(row[BLOCKS.count]):
            features, out, begin = (
                np.int64(heads[j, 1]),
                np.int64(heads[j, 3]),
                row[BLOCKS.input] + np.int64(heads[j, 0]),
            )
            f0, f1 = work[begin + i * columns :], work[begin + i1 * columns :]
            f2, f3 = work[begin + i2 * columns :], work[begin + i3 * columns :]
            to = max(row[BLOCKS.input_gradient], 0) + np.int64(heads[j, 0])
            b0, b1 = work[to + i * columns :], work[to + i1 * columns :]
            b2, b3 = work[to + i2 * columns :], work[to + i3 * columns :]
            for d in range(size):
                place, here = row[BLOCKS.output_gradient] + out + d, np.int64(heads[j, 2]) + d * features
                g0, g1 = work[place + i * width], work[place + i1 * width] if i + 1 < rows else zero
                g2 = work[place + i2 * width] if i + 2 < rows else zero
                g3 = work[place + i3 * width] if i + 3 < rows else zero
                if moves:
                    gc[out + d] += (g0 + g1) + (g2 + g3)
                    block = gv[here : here + features]
                    for k in range(features):
                        block[k] += (g0 * f0[k] + g1 * f1[k]) + (g2 * f2[k] + g3 * f3[k])
                if asked:
                    v = parameters[row[BLOCKS.map] + here : row[BLOCKS.map] + here + features]
                    for k in range(features):
                        b0[k] += g0 * v[k]
                    for k in range(features):
                        b1[k] += g1 * v[k]
                    for k in range(features):
                        b2[k] += g2 * v[k]
                    for k in range(features):
                        b3[k] += g3 * v[k]


KERNELS: dict[str, tuple[Any, Any]] = {
    "piecewise": (piecewise_forward, piecewise_backward),
    "periodic": (periodic_forward, periodic_backward),
    "blocks": (blocks_forward, blocks_backward),
}
