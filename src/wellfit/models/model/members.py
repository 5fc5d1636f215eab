"""Outputs of all networks, part by part of the rows: memory holds the outputs of all networks for one part only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import predict_together
from wellfit.engines.contract.network import Network
from wellfit.engines.numpy.forward import numpy_outputs
from wellfit.tables.arrays import Arrays

Float64 = NDArray[np.float64]


def for_all_rows(
    networks: Sequence[Network], arrays: Arrays, combine: Callable[[NDArray[Any]], Float64], n_jobs: int, compiled: bool
) -> Float64:
    """combine(outputs (networks, rows, outputs)) for all rows: (rows, columns).

    combine: gives each row from its own outputs alone, so that the result does not depend on the parts.
    """
    if not compiled:
        return combine(numpy_member_outputs(networks, arrays))
    no_rows = np.zeros((len(networks), 0, networks[0].outputs), np.float32)
    combined = np.zeros((arrays.rows, combine(no_rows).shape[1]))

    def take(begin: int, part: NDArray[np.float32]) -> None:
        combined[begin : begin + part.shape[1]] = combine(part)

    predict_together(networks, arrays, take, n_jobs)
    return combined


def member_outputs(networks: Sequence[Network], arrays: Arrays, n_jobs: int, compiled: bool) -> NDArray[np.float32]:
    """Each network's outputs (networks, rows, outputs), all held in memory."""
    if not compiled:
        return numpy_member_outputs(networks, arrays)
    outputs = np.zeros((len(networks), arrays.rows, networks[0].outputs), np.float32)

    def take(begin: int, part: NDArray[np.float32]) -> None:
        outputs[:, begin : begin + part.shape[1]] = part

    predict_together(networks, arrays, take, n_jobs)
    return outputs


def numpy_member_outputs(networks: Sequence[Network], arrays: Arrays) -> NDArray[np.float32]:
    """The same in NumPy, without compiled code."""
    return np.stack([numpy_outputs(network, arrays) for network in networks])
