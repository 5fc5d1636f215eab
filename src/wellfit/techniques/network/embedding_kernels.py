"""What embeds encoded inputs: rows of X (rows, encoded columns) become rows of Y (rows, network inputs).

Each operation writes its own columns of Y. The one that hands columns on comes last, so that on the way back it is
first, and sets the gradient by X to which the others add, where somebody asks for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, helper, kernel
from wellfit.techniques.layout import (
    ROWS,
)

PASS = fields("input input_gradient output output_gradient input_width output_width count columns")


@kernel(PASS)
def pass_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Hand `count` columns on; the settings say which."""
    rows, columns, width, count = clock[ROWS], row[PASS.input_width], row[PASS.output_width], row[PASS.count]
    for i in range(rows):
        for k in range(count):
            column = np.int64(settings[row[PASS.columns] + k])
            work[row[PASS.output] + i * width + k] = work[row[PASS.input] + i * columns + column]


@kernel(PASS)
def pass_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The gradient by X: that of the columns handed on, 0 elsewhere."""
    rows, columns, width, count = clock[ROWS], row[PASS.input_width], row[PASS.output_width], row[PASS.count]
    gx = work[row[PASS.input_gradient] : row[PASS.input_gradient] + rows * columns]
    gx[:] = constant(0, gx[0])
    for i in range(rows):
        for k in range(count):
            column = np.int64(settings[row[PASS.columns] + k])
            gx[i * columns + column] = work[row[PASS.output_gradient] + i * width + k]


@helper
def table_row(place: Any, first: Any, rows: Any) -> Any:
    """The row of all tables side by side that a place in one of them means."""
    index = np.int64(place)
    if index < 0 or index >= np.int64(rows):  # never, unless somebody else changed the column
        index = np.int64(0)
    return index + np.int64(first)


LOOKUP = fields("input output output_gradient input_width output_width size count tables table frozen")


@kernel(LOOKUP)
def lookup_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Rows of the tables of categories. size: columns of a table; count: how many tables, of each of which the
    settings hold the column with its index, its first row and its number of rows.
    """
    rows, columns, width, size = clock[ROWS], row[LOOKUP.input_width], row[LOOKUP.output_width], row[LOOKUP.size]
    heads = settings[row[LOOKUP.tables] : row[LOOKUP.tables] + 3 * row[LOOKUP.count]].reshape(row[LOOKUP.count], 3)
    for i in range(rows):
        for k in range(row[LOOKUP.count]):
            index = table_row(work[row[LOOKUP.input] + i * columns + np.int64(heads[k, 0])], heads[k, 1], heads[k, 2])
            source = row[LOOKUP.table] + index * size
            for d in range(size):
                work[row[LOOKUP.output] + i * width + k * size + d] = parameters[source + d]


@kernel(LOOKUP)
def lookup_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Each row of the batch adds to the table's row that it read, in the order of the batch."""
    rows, columns, width, size = clock[ROWS], row[LOOKUP.input_width], row[LOOKUP.output_width], row[LOOKUP.size]
    if row[LOOKUP.frozen] != 0:
        return
    heads = settings[row[LOOKUP.tables] : row[LOOKUP.tables] + 3 * row[LOOKUP.count]].reshape(row[LOOKUP.count], 3)
    last = heads[row[LOOKUP.count] - 1]
    table = gradient[row[LOOKUP.table] : row[LOOKUP.table] + np.int64(last[1] + last[2]) * size]
    table[:] = constant(0, table[0])
    for i in range(rows):
        for k in range(row[LOOKUP.count]):
            index = table_row(work[row[LOOKUP.input] + i * columns + np.int64(heads[k, 0])], heads[k, 1], heads[k, 2])
            for d in range(size):
                table[index * size + d] += work[row[LOOKUP.output_gradient] + i * width + k * size + d]


KERNELS: dict[str, tuple[Any, Any]] = {
    "pass": (pass_forward, pass_backward),
    "lookup": (lookup_forward, lookup_backward),
}
