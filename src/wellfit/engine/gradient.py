"""The gradient of the data loss over many rows, of the network as it is evaluated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Arrays, Target
from wellfit.engine import step
from wellfit.engine.evaluate import machine_for
from wellfit.engine.member import Network, aligned_zeros
from wellfit.engine.step import BLOCK
from wellfit.engine.views import engine_data
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.techniques import layout as at


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
    compiled = step.full_gradient.for_precision(precision)
    with single_threaded_blas():
        compiled(
            machine, engine_data(arrays, target), chosen, weights.astype(precision), np.zeros(BLOCK, np.int64), total,
            np.zeros(1, np.int64),
        )  # fmt: skip
    sums = machine.sums
    return Slope(total / sums[at.WEIGHT], sums[at.LOSS] / sums[at.WEIGHT], sums[at.ERROR] / sums[at.WEIGHT])
