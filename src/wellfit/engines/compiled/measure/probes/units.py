"""Units counted while the clean rows are evaluated: dead, saturated and near-linear ones; and what batch normalisation
reads there beside its moving statistics.

Of each unit and row the slope f'(z) of the activation decides, in shares of its steady slope: 1/4 for the sigmoid, the
scale for SELU, 1 for all others (of a learned mix (1 - m) z + m f(z), its slope).

saturated   |f'(z)| below 5 %: sigmoid |z| > 4.4, tanh |z| > 2.2, ReLU z <= 0, ELU (alpha 1) z < -3.0, softplus
            z < -2.9; leaky ReLU and PReLU for z <= 0 where their slope there is below 0.05; the identity never.
near-linear |f'(z) - steady| at most 5 % of it: sigmoid |z| < 0.46, tanh |z| < 0.23, ReLU, leaky ReLU and ELU z > 0,
            the identity always.
dead        a unit whose |f'(z)| is below 0.1 % on every counted row: nothing that it could learn from gets through.

Of a unit it is said that it is saturated or near-linear where it is so on at least 95 % of the counted rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, forward_block, run
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import BACKWARD, call, compiled_loop, helper
from wellfit.techniques.layout import EVALUATING, LOSS_SEAM, WEIGHTS

DEAD, SATURATED, LINEAR = 0.001, 0.05, 0.05  # shares of the steady slope
MOST_ROWS = 0.95  # on which a unit is called saturated or near-linear
COUNTED_BLOCKS = 16  # of 64 rows, evenly spaced, on which units are counted where there are more


@helper
def write_slopes(machine: Any, row: Any, start: Any, width: Any, sums: Any) -> None:
    """f'(z) of the activation's block, (rows, width) from `start`: its backward kernel on a gradient of ones."""
    slopes = machine.work[start : start + BLOCK * width]
    slopes[:] = constant(1, slopes[0])
    call(
        row[BACKWARD], row, machine.settings, machine.work, machine.parameters, machine.gradient, machine.state,
        machine.clock, sums,
    )  # fmt: skip


@helper
def count_units(slopes: Any, size: Any, width: Any, steady: Any, counters: Any) -> None:
    """Add to counters (3, width) how many of the rows find each unit dead, saturated and near-linear."""
    dead, saturated = constant(DEAD, steady) * steady, constant(SATURATED, steady) * steady
    linear = constant(LINEAR, steady) * steady
    for i in range(size):
        for j in range(width):
            slope = slopes[i * width + j]
            counters[j] += abs(slope) < dead
            counters[width + j] += abs(slope) < saturated
            counters[2 * width + j] += abs(slope - steady) <= linear


@helper
def add_moments(work: Any, weights: Any, start: Any, size: Any, moving: Any, counters: Any) -> None:
    """Add to counters: the rows' weights, and by unit their weighted distances from the moving mean and its square."""
    width = len(moving)
    for i in range(size):
        w = np.float64(work[weights + i])
        counters[0] += w
        for j in range(width):
            d = np.float64(work[start + i * width + j]) - np.float64(moving[j])
            counters[1 + j] += w * d
            counters[1 + width + j] += w * d * d


@helper
def shares_of_units(counters: Any, rows: Any, width: Any, out: Any) -> None:
    """From counters (3, width) to the quantities of `UNITS`, into out (5,)."""
    dead, saturated, linear, flat, straight = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(width):
        dead += counters[j] == rows
        saturated += counters[width + j] >= MOST_ROWS * rows
        linear += counters[2 * width + j] >= MOST_ROWS * rows
        flat += counters[width + j] / rows
        straight += counters[2 * width + j] / rows
    out[0], out[1], out[2] = dead / width, saturated / width, linear / width
    out[3], out[4] = flat / width, straight / width


@helper
def distances(counters: Any, moving: Any, width: Any, out: Any) -> None:
    """How far moving statistics (2, width) are from those of the counted rows, into out (2,): root mean squares over
    units of the distance of the means in standard deviations, and of the log of the ratio of standard deviations.
    """
    total, means, spreads, units = counters[0], 0.0, 0.0, 0
    unbiased = total / (total - 1) if total >= 2 else 1.0
    for j in range(width):
        shift = counters[1 + j] / total
        variance = unbiased * (counters[1 + width + j] / total - shift * shift)
        held = np.float64(moving[width + j])
        if variance > 0 and held > 0:
            means += shift * shift / variance
            spreads += (0.5 * np.log(held / variance)) ** 2
            units += 1
    if units > 0:
        out[0], out[1] = np.sqrt(means / units), np.sqrt(spreads / units)


@helper
def summarise(parameters: Any, rows: Any, units: Any, statistics: Any, counters: Any, out: Any) -> None:
    """From the counters of so many rows to quantities, into out (quantities,)."""
    for k in range(len(units)):
        width, first, place = units[k, 1], units[k, 2], units[k, 3]
        shares_of_units(counters[first : first + 3 * width], rows, width, out[place : place + 5])
    for k in range(len(statistics)):
        width, begin, first, place = statistics[k, 1], statistics[k, 2], statistics[k, 3], statistics[k, 4]
        distances(counters[first:], parameters[begin : begin + 2 * width], width, out[place : place + 2])


@helper
def count_block(machine: Any, size: Any, slopes: Any, units: Any, steady: Any, statistics: Any, counters: Any) -> None:
    """Count the block of rows that has just been evaluated."""
    for k in range(len(units)):
        start, width, first = units[k, 0], units[k, 1], units[k, 2]
        write_slopes(machine, slopes[k], start, width, machine.sums)
        count_units(machine.work[start:], size, width, steady[k], counters[first : first + 3 * width])
    for k in range(len(statistics)):
        width, begin, first = statistics[k, 1], statistics[k, 2], statistics[k, 3]
        moving = machine.parameters[begin : begin + width]
        add_moments(machine.work, machine.clock[WEIGHTS], statistics[k, 0], size, moving, counters[first:])


@compiled_loop(
    Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64[:]", "int64[:]", "float64[:,:]", "int64[:,:]", "int64[:,:]",
    "T[:]", "int64[:,:]", "float64[:]", "float64[:]",
)  # fmt: skip
def evaluate_and_count(  # type: ignore[no-untyped-def]
    machine, data, rows, weights, ends, order, stop, sums, slopes, units, steady, statistics, counters, out
):
    """As `step.evaluate`, to the same bits; of the first set of rows units and moments are counted, on up to
    `COUNTED_BLOCKS` of its blocks.
    """
    counters[:] = 0.0
    stride = (ends[0] + BLOCK * COUNTED_BLOCKS - 1) // (BLOCK * COUNTED_BLOCKS)
    first, counted = 0, 0
    for k in range(len(ends)):
        machine.sums[:] = 0
        for begin in range(first, ends[k], BLOCK):
            if stop[0] != 0:
                return False
            size = forward_block(machine, data, rows[: ends[k]], weights, order, begin, EVALUATING)
            run(machine, LOSS_SEAM, machine.parameters)
            if k == 0 and (begin // BLOCK) % stride == 0:
                counted += size
                count_block(machine, size, slopes, units, steady, statistics, counters)
        sums[k] = machine.sums
        first = ends[k]
    summarise(machine.parameters, counted, units, statistics, counters, out)
    return True
