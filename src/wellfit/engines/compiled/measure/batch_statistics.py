"""Exact statistics of batch normalisation: those that a network has over all its training rows as it predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, forward_block
from wellfit.numerics.kernel import compiled_loop
from wellfit.techniques import layout as at
from wellfit.techniques.layout import EVALUATING, WEIGHTS
from wellfit.techniques.network.normalization import batch_forward


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64[:]", "int64", "float64[:,:]")
def moments_of(machine, data, rows, weights, order, stop, start, moments):  # type: ignore[no-untyped-def]
    """Weighted mean and biased variance over rows of the buffer at `start`, into `moments` (2, units), row by row in
    float64 (West 1979). Returns the sum of weights, -1 if `stop` cut it short.
    """
    units = moments.shape[1]
    mean, squares = moments[0], moments[1]
    total = 0.0
    for begin in range(0, len(rows), BLOCK):
        if stop[0] != 0:
            return -1.0
        size = forward_block(machine, data, rows, weights, order, begin, EVALUATING)
        for i in range(size):
            w = np.float64(machine.work[machine.clock[WEIGHTS] + i])
            total += w
            for j in range(units):
                x = np.float64(machine.work[start + i * units + j])
                d = x - mean[j]
                mean[j] += d * (w / total)
                squares[j] += w * d * (x - mean[j])
    for j in range(units):
        squares[j] /= total
    return total


def reestimate_statistics(
    program: Program, machine: Machine, data: Data, rows: NDArray[np.int64], weights: NDArray[Any],
    stop: NDArray[np.int64],
) -> bool:  # fmt: skip
    """Set the moving statistics in machine.parameters to the exact ones of all given rows, in their order.

    program: of which the machine is made. Layer by layer, input side first, since a layer's inputs hang on the
    statistics of those below: mean, and variance times W / (W - 1) with W the sum of weights (where W is at least 2),
    in evaluation mode. With L normalised layers it costs about (L + 1) / 2 forward passes over the rows. False if
    `stop` cut it short.
    """
    precision = machine.work.dtype.name
    compiled = moments_of.for_precision(precision)
    weights, order = weights.astype(precision, copy=False), np.zeros(BLOCK, np.int64)
    first = machine.seams[at.FORWARD_SEAM, 0]
    for k, operation in enumerate(program.at_seam(at.FORWARD_SEAM)):
        if operation.kernel is not batch_forward:
            continue
        seams, places = machine.seams.copy(), operation.places
        seams[at.FORWARD_SEAM, 1] = first + k  # only what comes before this operation runs
        moments = np.zeros((2, places["units"]))
        total = compiled(machine._replace(seams=seams), data, rows, weights, order, stop, places["input"], moments)
        if total < 0:
            return False
        moments[1] *= total / (total - 1) if total >= 2 else 1.0
        begin = places["statistics"]
        machine.parameters[begin : begin + moments.size] = moments.ravel()
    return True
