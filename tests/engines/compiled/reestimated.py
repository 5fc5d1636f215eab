"""A network with its statistics of batch normalisation taken exactly over rows, as averaging takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.batch_statistics import reestimate_statistics
from wellfit.engines.compiled.network.predict import blank_target, machine_for
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.contract.network import Network
from wellfit.numerics.blas import single_threaded_blas
from wellfit.tables.arrays import Arrays


def reestimate(
    network: Network,
    arrays: Arrays,
    rows: NDArray[np.int64] | None = None,
    weights: NDArray[Any] | None = None,
    precision: str = "float32",
) -> Network:
    """rows: default all. weights: one for each of them, above 0; default 1."""
    rows = np.arange(arrays.rows) if rows is None else np.ascontiguousarray(rows, dtype=np.int64)
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights)
    data = engine_data(arrays, blank_target(network, arrays.rows))
    machine, program = machine_for(network, precision)
    with single_threaded_blas():
        reestimate_statistics(program, machine, data, rows, weights, np.zeros(1, np.int64))
    return replace(network, parameters=machine.parameters.astype(network.parameters.dtype))
