"""The gradient of the data loss over many rows, of the network as it is evaluated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import machine_for
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, forward_block, run, run_backward
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques import layout as at
from wellfit.techniques.layout import DIFFERENTIATING, FORWARD_SEAM, LOSS_SEAM, WEIGHT


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "float64[:]", "int64[:]")
def add_gradients(machine, data, rows, weights, order, total, stop):  # type: ignore[no-untyped-def]
    """Add up in `total` each row's weight times its gradient of the data loss, of the network as it is evaluated.

    Loss and error are added to the sums, as in `step.evaluate`. Returns False if `stop` cut it short.
    """
    for begin in range(0, len(rows), BLOCK):
        if stop[0] != 0:
            return False
        forward_block(machine, data, rows, weights, order, begin, DIFFERENTIATING)
        before = machine.sums[WEIGHT]
        run(machine, LOSS_SEAM, machine.parameters)
        run_backward(machine, FORWARD_SEAM, machine.parameters)
        for i in range(len(total)):
            total[i] += (machine.sums[WEIGHT] - before) * np.float64(machine.gradient[i])
    return True


class Slope(NamedTuple):
    """gradient: of the mean loss as it is minimised, laid out as the network's parameters (statistics: 0). loss and
    error: weighted means, in the units that are reported.
    """

    gradient: NDArray[np.float64]
    loss: float
    error: float


def full_gradient(
    network: Network,
    arrays: Arrays,
    target: Target,
    rows: NDArray[np.int64] | None = None,
    weight: NDArray[np.float32] | None = None,
    precision: str = "float32",
) -> Slope:
    """Over the given rows (default: all), with weights (rows of the table,), default 1. No penalty is in it, and
    nothing is drawn at random: dropout is off, and batch normalisation uses its moving statistics.
    """
    if network.kind == "tasks":
        raise InputError("The gradient over many rows is that of one target, and this network has several tasks.")
    machine, _ = machine_for(network, precision)
    chosen = np.arange(arrays.rows) if rows is None else np.asarray(rows, dtype=np.int64)
    weights = np.ones(len(chosen)) if weight is None else weight[chosen]
    machine = machine._replace(gradient=aligned_zeros(len(machine.parameters), precision))
    total = np.zeros(len(machine.parameters))
    compiled = add_gradients.for_precision(precision)
    with single_threaded_blas():
        compiled(
            machine, engine_data(arrays, target), chosen, weights.astype(precision), np.zeros(BLOCK, np.int64), total,
            np.zeros(1, np.int64),
        )  # fmt: skip
    sums = machine.sums
    return Slope(total / sums[at.WEIGHT], sums[at.LOSS] / sums[at.WEIGHT], sums[at.ERROR] / sums[at.WEIGHT])
