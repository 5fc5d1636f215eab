"""Predictions of a trained network: compiled in blocks of 64 rows, or in NumPy for a few rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.row_pass import blank_target, pass_over_rows
from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.compiled.step.step import BLOCK, Machine
from wellfit.engines.compiled.step.sums import means_of
from wellfit.engines.contract.folding import folded
from wellfit.engines.contract.network import Network, in_target_units
from wellfit.engines.numpy.prepared_view import Rows
from wellfit.numerics.blas import single_threaded_blas
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques import layout as at

__all__ = ["blank_target", "loss_and_error", "predict", "predict_together", "raw_outputs"]


def predict(network: Network, arrays: Arrays, n_jobs: int = 1) -> NDArray[np.float32]:
    """Outputs (rows, outputs): logits for classes and labels (one column for two classes); numbers and counts in their
    own units.

    Numbers are clipped to the range of the training targets. A row's outputs do not depend on the other rows, nor on
    n_jobs.
    """
    return in_target_units(network, raw_outputs(network, arrays, n_jobs))


def predict_together(
    networks: Sequence[Network], arrays: Arrays, take: Callable[[int, NDArray[np.float32]], None], n_jobs: int = 1
) -> None:
    """Call take(begin, outputs (networks, rows, outputs)) for each part of the rows, from several threads.

    The outputs are those of `predict`, to the bit. begin: the part's first row.
    """

    def in_their_units(begin: int, raw: list[NDArray[Any]]) -> None:
        take(begin, np.stack([in_target_units(network, z) for network, z in zip(networks, raw, strict=True)]))

    pass_over_rows([folded(network) for network in networks], arrays, in_their_units, n_jobs)


def raw_outputs(
    network: Network, arrays: Arrays, n_jobs: int = 1, precision: str = "float32", fold: bool = True
) -> NDArray[Any]:
    """The output layer's values (rows, outputs), in the scaled target's units for numbers.

    fold: with batch normalisation folded into the weights where it can be (default).
    """
    network = folded(network) if fold else network
    outputs = np.zeros((arrays.rows, network.outputs), precision)

    def keep(begin: int, predicted: list[NDArray[Any]]) -> None:
        outputs[begin : begin + len(predicted[0])] = predicted[0]

    pass_over_rows([network], arrays, keep, n_jobs, precision)
    return outputs


def loss_and_error(network: Network, arrays: Arrays, target: Target, rows: Rows) -> tuple[float, float]:
    """Weighted mean data loss and error of some rows, in evaluation mode; NaN where there are none.

    Sums are float64; products are BLAS's, as in the evaluations of training.
    """
    if not len(rows.numbers):
        return math.nan, math.nan
    machine, _ = machine_for(network)
    ends, sums = np.array([len(rows.numbers)]), np.zeros((1, at.SUMS_SIZE))
    with single_threaded_blas():
        step.evaluate.for_precision("float32")(
            machine, engine_data(arrays, target), rows.numbers, rows.weights, ends,
            np.zeros(BLOCK, np.int64), np.zeros(1, np.int64), sums,
        )  # fmt: skip
    loss, error, _ = means_of(sums[0])
    return float(loss), float(error)


def machine_for(network: Network, precision: str = "float32") -> tuple[Machine, Program]:
    """A network laid out for evaluation, and its program."""
    program = compile_program(network.recipe, network.encoding, network.kind, network.outputs, BLOCK, precision)
    operations, seams = program.lowered()
    parameters = aligned_zeros(program.parameter_count, precision)
    parameters[:] = network.parameters
    none = aligned_zeros(0, precision)
    machine = Machine(
        operations, seams, np.array(program.settings, dtype=precision), aligned_zeros(program.work_size, precision),
        parameters, none, none, none, program.clock, np.zeros(at.SUMS_SIZE),
    )  # fmt: skip
    return machine, program
