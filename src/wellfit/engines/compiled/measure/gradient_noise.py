"""How noisy a mini-batch's gradient is: measured on many batches, and as sampling theory has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import machine_for
from wellfit.engines.compiled.step.batches import deal, gather
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, run, run_backward
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop, helper
from wellfit.numerics.random import seed_key
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques import layout as at
from wellfit.techniques.layout import DIFFERENTIATING, ENCODE_SEAM, FORWARD_SEAM, LOSS_SEAM, MODE


@dataclass(frozen=True)
class GradientNoise:
    """The root mean squared distance of a batch's gradient from that of all rows, summed over parameters.

    measured: over `draws` batches; uncertainty: the standard error of that figure. expected: s / sqrt(m) with
    replacement, s / sqrt(m) sqrt((N - m) / (N - 1)) without; m = batch_size, N = rows, s^2 the rows' variance of the
    gradient (mean squared distance from the mean), summed over parameters.
    """

    batch_size: int
    replacement: bool
    rows: int
    draws: int
    measured: float
    uncertainty: float
    expected: float

    __repr__ = short_repr


@helper
def mean_gradient(machine: Any, data: Any, rows: Any, weights: Any, order: Any, total: Any) -> None:
    """The gradient of the rows that `order` picks, of the network as it is evaluated, in float64."""
    total[:] = 0
    for begin in range(0, len(order), BLOCK):
        part = order[begin : begin + BLOCK]
        machine.clock[MODE] = DIFFERENTIATING
        gather(machine, data, rows, weights, part)
        run(machine, ENCODE_SEAM, machine.parameters)
        run(machine, FORWARD_SEAM, machine.parameters)
        run(machine, LOSS_SEAM, machine.parameters)
        run_backward(machine, FORWARD_SEAM, machine.parameters)
        for i in range(len(total)):
            total[i] += len(part) / len(order) * np.float64(machine.gradient[i])


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "float64[:]", "float64[:]", "float64[:]")
def row_gradients(machine, data, rows, weights, order, total, mean, squares):  # type: ignore[no-untyped-def]
    """Mean and mean square of the single rows' gradients."""
    for r in range(len(rows)):
        order[0] = r
        mean_gradient(machine, data, rows, weights, order[:1], total)
        for i in range(len(total)):
            mean[i] += total[i] / len(rows)
            squares[i] += total[i] * total[i] / len(rows)
    return True


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64", "float64[:]", "float64[:]", "float64[:]")
def batch_distances(machine, data, rows, weights, order, batch, total, mean, out):  # type: ignore[no-untyped-def]
    """Squared distance from the mean of the first batch of epoch 0, 1, ..., dealt as training deals them."""
    for k in range(len(out)):
        deal(order, machine.clock, k)
        mean_gradient(machine, data, rows, weights, order[:batch], total)
        out[k] = 0
        for i in range(len(total)):
            out[k] += (total[i] - mean[i]) * (total[i] - mean[i])
    return True


def gradient_noise(
    network: Network, arrays: Arrays, target: Target, rows: NDArray[np.int64], batch_sizes: Sequence[int],
    draws: int = 500, seed: int = 0, precision: str = "float32",
) -> list[GradientNoise]:  # fmt: skip
    """For each batch size, drawn without and with replacement, the noise of the gradient of the data loss.

    rows: those from which batches are drawn, each with weight 1. The network as it is evaluated: no masks, batch
    normalisation with its moving statistics, so that a row's gradient does not depend on the others'.

    Raises:
        InputError: a batch size beyond the rows, or no draws.
    """
    bad = [size for size in batch_sizes if not 1 <= size <= len(rows)]
    if bad or draws < 2:
        what = f"batch size {bad[0]}" if bad else f"{draws} draws"
        raise InputError(f"Batches have from 1 to {len(rows)} rows here and are drawn at least twice; got {what}.")
    if network.kind == "tasks":
        raise InputError("The noise of the gradient is measured for one target, and this network has several tasks.")
    machine, _ = machine_for(network, precision)
    machine = machine._replace(gradient=aligned_zeros(len(machine.parameters), precision))
    machine.clock[at.SEED_KEY] = seed_key(seed)
    trained = int(machine.clock[at.TRAINED])
    data, weights = engine_data(arrays, target), np.ones(len(rows), precision)
    total, mean, squares = np.zeros(trained), np.zeros(trained), np.zeros(trained)
    order = np.zeros(len(rows), np.int64)
    found = []
    with single_threaded_blas():
        common = (machine, data, np.ascontiguousarray(rows, np.int64), weights, order)
        row_gradients.for_precision(precision)(*common, total, mean, squares)
        variance = float(np.maximum(squares - mean**2, 0).sum())
        for size in batch_sizes:
            for replacement in (False, True):
                machine.clock[at.SAMPLING] = at.WITH_REPLACEMENT if replacement else at.SHUFFLED
                distances = np.zeros(draws)
                batch_distances.for_precision(precision)(*common, int(size), total, mean, distances)
                found.append(_summary(int(size), replacement, len(rows), distances, variance))
    return found


def _summary(size: int, replacement: bool, rows: int, distances: NDArray[np.float64], variance: float) -> GradientNoise:
    measured = float(np.sqrt(distances.mean()))
    uncertainty = float(distances.std() / np.sqrt(len(distances))) / (2 * measured) if measured > 0 else 0.0
    left = 1.0 if replacement else (rows - size) / max(rows - 1, 1)
    return GradientNoise(
        size, replacement, rows, len(distances), measured, uncertainty, float(np.sqrt(variance / size * left))
    )
