"""The dense layer and the two ways of joining layers: kernels of the network's skeleton, which every recipe has."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import helper, kernel
from wellfit.numerics.product import rowwise_product
from wellfit.techniques.layout import (
    ACCUMULATE,
    FROZEN,
    INPUT,
    INPUT_2,
    INPUT_2_GRADIENT,
    INPUT_GRADIENT,
    MODE,
    OUTPUT,
    OUTPUT_GRADIENT,
    PARAMETERS,
    PARAMETERS_2,
    PREDICTING,
    ROWS,
    SCRATCH,
    WIDTH,
    WIDTH_2,
    WIDTH_IN,
)


@helper
def matrix(buffer: Any, start: Any, rows: Any, columns: Any) -> Any:
    """A (rows, columns) view of a flat buffer."""
    return buffer[start : start + rows * columns].reshape(rows, columns)


@kernel
def linear_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Y = X W + b, with X (rows, fan_in), W (fan_in, fan_out)."""
    rows, fan_in, fan_out = clock[ROWS], row[WIDTH_IN], row[WIDTH]
    y = matrix(work, row[OUTPUT], rows, fan_out)
    x, w = matrix(work, row[INPUT], rows, fan_in), matrix(parameters, row[PARAMETERS], fan_in, fan_out)
    if clock[MODE] == PREDICTING:
        rowwise_product(x, w, y)
    else:
        np.dot(x, w, y)
    if row[PARAMETERS_2] >= 0:
        b = parameters[row[PARAMETERS_2] : row[PARAMETERS_2] + fan_out]
        for i in range(rows):
            for j in range(fan_out):
                y[i, j] += b[j]


@kernel
def linear_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dW = X' dY, db = column sums of dY, dX = dY W'."""
    rows, fan_in, fan_out = clock[ROWS], row[WIDTH_IN], row[WIDTH]
    g = matrix(work, row[OUTPUT_GRADIENT], rows, fan_out)
    x = matrix(work, row[INPUT], rows, fan_in)
    if row[FROZEN] & 1 == 0:
        np.dot(x.T, g, matrix(gradient, row[PARAMETERS], fan_in, fan_out))
    if row[FROZEN] & 2 == 0 and row[PARAMETERS_2] >= 0:
        gb = gradient[row[PARAMETERS_2] : row[PARAMETERS_2] + fan_out]
        gb[:] = constant(0, gb[0])
        for i in range(rows):
            for j in range(fan_out):
                gb[j] += g[i, j]
    if row[INPUT_GRADIENT] >= 0:
        w = matrix(parameters, row[PARAMETERS], fan_in, fan_out)
        if row[ACCUMULATE] == 0:
            np.dot(g, w.T, matrix(work, row[INPUT_GRADIENT], rows, fan_in))
        else:
            np.dot(g, w.T, matrix(work, row[SCRATCH], rows, fan_in))
            n = rows * fan_in
            gx, new = work[row[INPUT_GRADIENT] :], work[row[SCRATCH] :]
            for i in range(n):
                gx[i] += new[i]


@kernel
def add_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Residual connection: the sum of two buffers of one width."""
    n = clock[ROWS] * row[WIDTH]
    a, b, y = work[row[INPUT] :], work[row[INPUT_2] :], work[row[OUTPUT] :]
    for i in range(n):
        y[i] = a[i] + b[i]


@kernel
def add_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The first input's gradient is the output's own buffer; the second gets a copy or a sum."""
    n = clock[ROWS] * row[WIDTH]
    g, gb = work[row[OUTPUT_GRADIENT] :], work[row[INPUT_2_GRADIENT] :]
    if row[ACCUMULATE] == 0:
        for i in range(n):
            gb[i] = g[i]
    else:
        for i in range(n):
            gb[i] += g[i]


@kernel
def join_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Concatenation: [A, B] side by side, A of WIDTH_IN and B of WIDTH_2 columns."""
    rows, first, second = clock[ROWS], row[WIDTH_IN], row[WIDTH_2]
    a, b = matrix(work, row[INPUT], rows, first), matrix(work, row[INPUT_2], rows, second)
    y = matrix(work, row[OUTPUT], rows, first + second)
    for i in range(rows):
        y[i, :first] = a[i]
        y[i, first:] = b[i]


@kernel
def join_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A's gradient is written; B's, where somebody asks for it, written or added to."""
    rows, first, second = clock[ROWS], row[WIDTH_IN], row[WIDTH_2]
    g = matrix(work, row[OUTPUT_GRADIENT], rows, first + second)
    ga = matrix(work, row[INPUT_GRADIENT], rows, first)
    for i in range(rows):
        ga[i] = g[i, :first]
    if row[INPUT_2_GRADIENT] >= 0:
        gb = matrix(work, row[INPUT_2_GRADIENT], rows, second)
        for i in range(rows):
            for j in range(second):
                gb[i, j] = g[i, first + j] if row[ACCUMULATE] == 0 else gb[i, j] + g[i, first + j]
