"""Mini-batches: the order in which an epoch deals rows, and the raw columns of the picked ones."""

from __future__ import annotations

from typing import Any

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import helper
from wellfit.numerics.random import SHUFFLE, below, purpose_key, random_bits, u32
from wellfit.techniques.layout import (
    RAW_CODES,
    RAW_NUMBERS,
    RAW_SPARSE,
    ROWS,
    SAMPLING,
    SEED_KEY,
    TARGET_COLUMNS,
    TARGETS,
    WEIGHTS,
    WITH_REPLACEMENT,
)


@helper
def gather(machine: Any, data: Any, rows: Any, weights: Any, order: Any) -> None:
    """Copy raw columns, targets and weights of the picked rows into the workspace."""
    clock, work = machine.clock, machine.work
    numbers, codes, outputs = data.numbers.shape[1], data.codes.shape[1], clock[TARGET_COLUMNS]
    clock[ROWS] = len(order)
    # The places are read once: the compiler cannot know that writing rows leaves the clock as it is.
    x, c = work[clock[RAW_NUMBERS] :], work[clock[RAW_CODES] :]
    y, w = work[clock[TARGETS] :], work[clock[WEIGHTS] :]
    for i in range(len(order)):
        r = rows[order[i]]
        for j in range(numbers):
            x[i * numbers + j] = data.numbers[r, j]
        for j in range(codes):
            c[i * codes + j] = data.codes[r, j]
        for j in range(outputs):
            y[i * outputs + j] = data.targets[r, j]
        w[i] = weights[order[i]]
    if data.columns[0] > 0:
        densify(machine, data, rows, order)


@helper
def densify(machine: Any, data: Any, rows: Any, order: Any) -> None:
    """Write the picked rows' sparse columns out in full."""
    columns, start = data.columns[0], machine.clock[RAW_SPARSE]
    for i in range(len(order)):
        x = machine.work[start + i * columns : start + (i + 1) * columns]
        x[:] = constant(0, x[0])
        r = rows[order[i]]
        for k in range(data.starts[r], data.starts[r + 1]):
            x[data.indices[k]] += data.values[k]


@helper
def deal(order: Any, clock: Any, epoch: Any) -> None:
    """The order in which an epoch deals the view's rows, from seed and epoch alone: shuffled (Fisher and Yates), or
    drawn with replacement.
    """
    key1, n = u32(clock[SEED_KEY]), len(order)
    key2 = purpose_key(u32(SHUFFLE), u32(0), u32(epoch), key1)
    if clock[SAMPLING] == WITH_REPLACEMENT:
        for i in range(n):
            order[i] = below(random_bits(u32(i), key1, key2), n)
        return
    for i in range(n):
        order[i] = i
    for i in range(n - 1, 0, -1):
        j = below(random_bits(u32(i), key1, key2), i + 1)
        order[i], order[j] = order[j], order[i]
