"""Loss and error of what a network predicts: numbers are clipped to the range of the training targets before."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wellfit.engines.compiled.network.predict import machine_for
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, forward_block, run
from wellfit.engines.compiled.step.sums import means_of
from wellfit.engines.contract.network import Network, output_range
from wellfit.engines.numpy.prepared_view import Rows
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop, helper
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques.layout import EVALUATING, LOSS_SEAM


@helper
def clip_outputs(machine: Any, start: Any, low: Any, high: Any) -> None:
    """Clip the raw outputs (rows, outputs), which lie at `start`, column by column; NaN stays."""
    width = len(low)
    for i in range(BLOCK):
        for j in range(width):
            k = start + i * width + j
            machine.work[k] = min(max(machine.work[k], low[j]), high[j])


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64", "T[:]", "T[:]")
def evaluate_clipped(machine, data, rows, weights, order, start, low, high):  # type: ignore[no-untyped-def]
    """As `step.evaluate`, of clipped outputs."""
    for begin in range(0, len(rows), BLOCK):
        forward_block(machine, data, rows, weights, order, begin, EVALUATING)
        clip_outputs(machine, start, low, high)
        run(machine, LOSS_SEAM, machine.parameters)
    return True


def predicted_loss_and_error(network: Network, arrays: Arrays, target: Target, rows: Rows) -> tuple[float, float]:
    """Weighted mean data loss and error of what the network predicts for some rows; NaN where there are none.

    For classes, labels and Poisson counts it is what the history holds of these weights, to the bit; for numbers the
    history's losses are those of the outputs before they are clipped, by which training stops.
    """
    if not len(rows.numbers):
        return math.nan, math.nan
    machine, program = machine_for(network)
    low, high = (ends.astype(np.float32) for ends in output_range(network))
    with single_threaded_blas():
        evaluate_clipped.for_precision("float32")(
            machine, engine_data(arrays, target), rows.numbers, rows.weights, np.zeros(BLOCK, np.int64),
            program.output, low, high,
        )  # fmt: skip
    loss, error, _ = means_of(machine.sums)
    return float(loss), float(error)
