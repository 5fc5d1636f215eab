"""The compiled probe: what is read of the workspace, the parameters and the gradient after an update."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.engines.compiled.measure.probes.quantiles import quantile, take_sample
from wellfit.engines.compiled.measure.probes.sums import distance_sum, mean_and_spread, product_sum, square_sum
from wellfit.engines.compiled.step.batches import gather
from wellfit.engines.compiled.step.step import Data, Machine, run, run_backward
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import compiled_loop, helper
from wellfit.numerics.product import transposed_product
from wellfit.techniques.layout import DIFFERENTIATING, ENCODE_SEAM, FORWARD_SEAM, LOSS_SEAM, MODE

MOMENTS, NORM = 0, 1  # what is read of a buffer
QUANTILE_VALUES = 512  # of a buffer, from which quantiles are taken
COMPARED = 64  # units of a layer that are compared with all the others
TWINS = 0.9999  # cosine from which on two units are twins


@helper
def read_moments(values: Any, width: Any, scratch: Any, out: Any) -> None:
    """Mean, standard deviation and the 15, 50 and 85 % quantiles of a buffer, into out (5,)."""
    out[0], out[1] = mean_and_spread(values)
    sample = take_sample(values, width, scratch[:QUANTILE_VALUES])
    out[2], out[3], out[4] = quantile(sample, 0.15), quantile(sample, 0.5), quantile(sample, 0.85)


@helper
def add_squares(machine: Any, before: Any, begin: Any, end: Any, at_start: Any, squares: Any) -> None:
    """Add to squares (4,): those of the weights, the gradient, the update and the weights before it."""
    w, b = machine.parameters[begin:end], before[begin:end]
    old = square_sum(b)
    squares[0] += old if at_start != 0 else square_sum(w)
    squares[1] += square_sum(machine.gradient[begin:end])
    squares[2] += distance_sum(w, b)
    squares[3] += old


@helper
def to_sizes(squares: Any) -> None:
    """From sums of squares (4,) to norms of weights, gradient and update, and the update's over the weights before."""
    before = np.sqrt(squares[3])
    for k in range(3):
        squares[k] = np.sqrt(squares[k])
    squares[3] = squares[2] / before if before > 0 else np.nan


@helper
def read_sizes(machine: Any, before: Any, arrays: Any, whole: Any, at_start: Any, squares: Any, out: Any) -> None:
    """Norms of each layer's weights, whose arrays stand side by side, and of all that is trained. squares: (4,)."""
    total = out[whole[0] : whole[0] + 4]
    total[:] = 0.0
    for k in range(len(arrays)):
        if arrays[k, 2] >= 0:
            out[arrays[k, 2] : arrays[k, 2] + 4] = 0.0
    for k in range(len(arrays)):
        begin, end, first, trained = arrays[k, 0], arrays[k, 1], arrays[k, 2], arrays[k, 3]
        squares[:] = 0.0
        add_squares(machine, before, begin, end, at_start, squares)
        for j in range(4):
            if trained != 0:
                total[j] += squares[j]
            if first >= 0:
                out[first + j] += squares[j]
        if first >= 0 and trained == 0:  # a frozen layer has weights and nothing else to show
            out[first + 1] = np.nan
            out[first + 2] = np.nan
    to_sizes(total)
    done = np.int64(-1)
    for k in range(len(arrays)):
        if arrays[k, 2] > done:
            done = arrays[k, 2]
            to_sizes(out[done : done + 4])


@helper
def read_symmetry(parameters: Any, row: Any, scratch: Any, out: Any) -> None:
    """How alike the incoming weights and biases of a layer's units are, into out (2,): the mean over units of their
    largest cosine with another unit, and the share of units with a twin. Of a wide layer `COMPARED` units, evenly
    spaced, are compared with all others.
    """
    inputs, units, bias = row[1], row[2], row[3]
    compared = min(units, np.int64(COMPARED))
    w = parameters[row[0] : row[0] + inputs * units].reshape(inputs, units)
    some = scratch[: inputs * compared].reshape(inputs, compared)
    products = scratch[inputs * compared : (inputs + units) * compared].reshape(compared, units)
    norms = scratch[(inputs + units) * compared : (inputs + units) * compared + units]
    for j in range(units):
        norms[j] = parameters[bias + j] * parameters[bias + j] if bias >= 0 else constant(0, norms[j])
    for i in range(inputs):
        for j in range(units):
            norms[j] += w[i, j] * w[i, j]
        for c in range(compared):
            some[i, c] = w[i, c * units // compared]
    for j in range(units):
        norms[j] = np.sqrt(norms[j])
    transposed_product(some, w, products)
    total, twins = 0.0, 0.0
    for c in range(compared):
        own = c * units // compared
        largest = -1.0
        for j in range(units):
            if j == own:
                continue
            product = np.float64(products[c, j])
            if bias >= 0:
                product += np.float64(parameters[bias + own]) * np.float64(parameters[bias + j])
            both = np.float64(norms[own]) * np.float64(norms[j])
            alike = product / both if both != 0 else (1.0 if norms[own] == norms[j] else 0.0)
            largest = max(alike, largest)
        total += largest
        twins += 1.0 if largest >= TWINS else 0.0
    out[0], out[1] = min(total / compared, 1.0), twins / compared


@helper
def half_gradient(machine: Any, data: Any, rows: Any, weights: Any, order: Any) -> Any:
    """The gradient of some rows' data loss, of the network as it is evaluated. Returns how many rows of equal weight
    tell as much (Kish's effective size).
    """
    machine.clock[MODE] = DIFFERENTIATING
    gather(machine, data, rows, weights, order)
    run(machine, ENCODE_SEAM, machine.parameters)
    run(machine, FORWARD_SEAM, machine.parameters)
    run(machine, LOSS_SEAM, machine.parameters)
    run_backward(machine, FORWARD_SEAM, machine.parameters)
    total, squares = 0.0, 0.0
    for i in range(len(order)):
        w = np.float64(weights[order[i]])
        total += w
        squares += w * w
    return total * total / squares if squares > 0 else 0.0


@helper
def read_noise(first: Any, second: Any, sizes: Any, arrays: Any, out: Any) -> None:
    """Unbiased estimates from the gradients of two halves of a batch, into out (2,): the squared norm of the true
    gradient, and the trace of the covariance of single rows' gradients.
    """
    product, distance = 0.0, 0.0
    for k in range(len(arrays)):
        if arrays[k, 3] != 0:
            a, b = first[arrays[k, 0] : arrays[k, 1]], second[arrays[k, 0] : arrays[k, 1]]
            product += product_sum(a, b)
            distance += distance_sum(a, b)
    out[0] = product
    out[1] = distance / (1.0 / sizes[0] + 1.0 / sizes[1])


@helper
def read_losses(losses: Any, sorted_losses: Any, out: Any) -> None:
    """What the losses of the updates between two evaluations tell, into out (6,), see `LOSSES`: the last one, mean,
    standard deviation, the largest, this over the median in standard deviations, and minus the correlation of
    neighbours. sorted_losses: as many numbers, to calculate in.
    """
    n, last = len(losses), losses[len(losses) - 1]
    total, largest = 0.0, losses[0]
    for i in range(n):
        total += losses[i]
        largest = max(losses[i], largest)
        sorted_losses[i] = losses[i]
    mean, squares, neighbours = total / n, 0.0, 0.0
    for i in range(n):
        d = losses[i] - mean
        squares += d * d
        if i > 0:
            neighbours += d * (losses[i - 1] - mean)
    out[0], out[1], out[2], out[3] = last, mean, np.sqrt(squares / n), largest
    if n > 2 and squares > 0:
        out[4] = (largest - quantile(sorted_losses, 0.5)) / out[2]
        out[5] = -neighbours / squares


@helper
def apart(machine: Any, work: Any, parameters: Any, gradient: Any, sums: Any) -> Any:
    """The machine with other buffers, so that those of the update stay as they are, and with other parameters."""
    return Machine(
        machine.operations, machine.seams, machine.settings, work, parameters, machine.perturbed, gradient,
        machine.state, machine.clock, sums,
    )  # fmt: skip


@compiled_loop(
    Machine, Data, "int64[:]", "T[:]", "int64[:]", "T[:]", "int64[:,:]", "int64[:,:]", "int64[:,:]", "int64[:]",
    "int64", "float64[:,:]", "T[:]", "T[:]", "T[:,:]", "float64[:]", "float64[:]",
)  # fmt: skip
def probe(  # type: ignore[no-untyped-def]
    machine,
    data,
    rows,
    weights,
    order,
    before,
    buffers,
    arrays,
    symmetry,
    whole,
    at_start,
    losses,
    scratch,
    work,
    halves,
    sums,
    out,
):
    """Read what the last update, of the rows that `order` picks, has left in the workspace.

    before: the parameters as they were before that update, at which the halves of its rows are differentiated.
    at_start: 1 for the probe before the first update. losses (2, updates): of the updates since the last evaluation,
    and as many numbers to calculate in. scratch, work, halves, sums: for what nobody reads afterwards.
    """
    count = len(order)
    for k in range(len(buffers)):
        values = machine.work[buffers[k, 1] : buffers[k, 1] + count * buffers[k, 2]]
        if buffers[k, 0] == MOMENTS:
            read_moments(values, buffers[k, 2], scratch, out[buffers[k, 3] : buffers[k, 3] + 5])
        else:
            out[buffers[k, 3]] = np.sqrt(square_sum(values))
    read_sizes(machine, before, arrays, whole, at_start, sums[:4], out)
    parameters = before if at_start != 0 else machine.parameters
    for k in range(len(symmetry)):
        read_symmetry(parameters, symmetry[k], scratch, out[symmetry[k, 4] : symmetry[k, 4] + 2])
    if losses.shape[1] > 0:
        read_losses(losses[0], losses[1], out[whole[2] : whole[2] + 6])
    if count < 2:
        return True
    half = count // 2
    a = half_gradient(apart(machine, work, before, halves[0], sums), data, rows, weights, order[:half])
    b = half_gradient(apart(machine, work, before, halves[1], sums), data, rows, weights, order[half:])
    if a > 0 and b > 0:
        read_noise(halves[0], halves[1], (a, b), arrays, out[whole[1] : whole[1] + 2])
    return True
