"""THE training step, and the compiled loops around it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wellfit.engines.compiled.step.batches import deal, gather
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import BACKWARD, FORWARD, call, compiled_loop, declare_fields, helper
from wellfit.numerics.pairwise import sum_of_squares
from wellfit.techniques.layout import (
    ATTACK,
    ATTACK_SEAM,
    ATTACKS,
    AUGMENT_SEAM,
    AVERAGE_SEAM,
    CLIP_SEAM,
    CONSTRAIN_SEAM,
    DROPS_LAST,
    ENCODE_SEAM,
    EVALUATING,
    FORWARD_SEAM,
    GRADIENT_FIRST,
    LOSS,
    LOSS_SEAM,
    MODE,
    PENALTY_SEAM,
    PERTURB_SEAM,
    PREDICTING,
    RETRAINING,
    TARGET_SEAM,
    TASK_FACTOR,
    TASK_OBJECTIVE,
    TASK_SIZE,
    TASK_SUMS,
    TASK_WEIGHT,
    TRAINED,
    TRAINING,
    UPDATE,
    UPDATE_SEAM,
    UPDATES,
    WEIGHT,
    WEIGHTS,
)

BLOCK = 64  # rows of one block in evaluation and prediction
PART = 16  # rows by which a last block grows; a whole number of any processor's vectors


class Machine(NamedTuple):
    """One member laid out on a thread's workspace (see wellfit.numerics.kernel for the arrays)."""

    operations: Any  # (operations, longest row), grouped by seam
    seams: Any  # (SEAMS, 2): first and end operation of each seam
    settings: Any
    work: Any
    parameters: Any
    perturbed: Any  # the parameters at which the gradient is taken, where a technique perturbs them
    gradient: Any
    state: Any
    clock: Any
    sums: Any


class Data(NamedTuple):
    """The raw columns, stored once for all members."""

    numbers: Any  # (rows, numeric columns)
    codes: Any  # (rows, categorical columns)
    starts: Any  # sparse columns by row
    indices: Any
    values: Any
    columns: Any  # (1,): how many sparse columns
    targets: Any  # (rows, target columns)


declare_fields(Machine, "int64[:,:] int64[:,:] T[:] T[:] T[:] T[:] T[:] T[:] int64[:] float64[:]")
declare_fields(Data, "float32[:,:] int32[:,:] int64[:] int32[:] float32[:] int64[:] float32[:,:]")


@helper
def run(machine: Any, seam: Any, parameters: Any) -> None:
    """Call a seam's kernels in order."""
    for k in range(machine.seams[seam, 0], machine.seams[seam, 1]):
        row = machine.operations[k]
        call(
            row[FORWARD], row, machine.settings, machine.work, parameters, machine.gradient, machine.state,
            machine.clock, machine.sums,
        )  # fmt: skip


@helper
def run_backward(machine: Any, seam: Any, parameters: Any) -> None:
    """A seam's backward kernels, last operation first."""
    for k in range(machine.seams[seam, 1] - 1, machine.seams[seam, 0] - 1, -1):
        row = machine.operations[k]
        if row[BACKWARD] != 0:
            call(
                row[BACKWARD], row, machine.settings, machine.work, parameters, machine.gradient, machine.state,
                machine.clock, machine.sums,
            )  # fmt: skip


@helper
def differentiate(machine: Any, parameters: Any) -> None:
    """The gradient of the batch's data loss: forward, loss, backward."""
    run(machine, FORWARD_SEAM, parameters)
    run(machine, LOSS_SEAM, parameters)
    run_backward(machine, FORWARD_SEAM, parameters)


@helper
def perturb(machine: Any) -> Any:
    """The parameters at which the gradient is taken: the plain ones, unless a technique looks elsewhere."""
    if machine.seams[PERTURB_SEAM, 0] == machine.seams[PERTURB_SEAM, 1]:
        return machine.parameters
    if machine.clock[GRADIENT_FIRST] != 0:
        differentiate(machine, machine.parameters)
        machine.clock[MODE] = RETRAINING
    for i in range(len(machine.parameters)):
        machine.perturbed[i] = machine.parameters[i]
    run(machine, PERTURB_SEAM, machine.perturbed)
    return machine.perturbed


@helper
def attack(machine: Any, parameters: Any) -> None:
    """Adversarial rows: change the inputs against the network and differentiate again, then mix both gradients."""
    for k in range(machine.clock[ATTACKS]):
        machine.clock[MODE], machine.clock[ATTACK] = RETRAINING, k
        run(machine, ATTACK_SEAM, parameters)
        differentiate(machine, parameters)
    run_backward(machine, ATTACK_SEAM, parameters)


@helper
def step(machine: Any, data: Any, rows: Any, weights: Any, order: Any) -> None:
    """One update of one member on the rows that `order` picks from its view.

    Behind each line stands what it writes and what it reads; the documentation takes its text from here. W: the
    member's parameters, w: those at which the gradient is taken, g: the gradient.
    """
    machine.clock[MODE] = TRAINING
    gather(machine, data, rows, weights, order)  # rows, y <- the view's rows of this update
    run(machine, ENCODE_SEAM, machine.parameters)  # x, y <- encode(rows)
    run(machine, AUGMENT_SEAM, machine.parameters)  # x <- augment(x)
    run(machine, TARGET_SEAM, machine.parameters)  # x, y <- targets(x, y)
    w = perturb(machine)  # w <- perturb(W)
    differentiate(machine, w)  # z <- forward(x, w); loss <- loss(z, y); g <- backward(loss)
    attack(machine, w)  # x' <- x + epsilon sign(dloss/dx); g <- a g + (1 - a) g(x')
    run(machine, PENALTY_SEAM, w)  # g <- g + penalty gradient(w)
    keep_statistics(machine, w)  # W's moving statistics <- those that were seen at w
    run(machine, CLIP_SEAM, machine.parameters)  # g <- clip(g)
    run(machine, UPDATE_SEAM, machine.parameters)  # W <- (1 - rate(t) decay) W + optimizer(g, state, rate(t))
    run(machine, CONSTRAIN_SEAM, machine.parameters)  # W <- constrain(W)
    run(machine, AVERAGE_SEAM, machine.parameters)  # average <- average(W)
    machine.sums[UPDATES] += 1


@helper
def keep_statistics(machine: Any, seen: Any) -> None:
    """Moving statistics collected at perturbed parameters belong to the member."""
    if machine.seams[PERTURB_SEAM, 0] != machine.seams[PERTURB_SEAM, 1]:
        for i in range(machine.clock[TRAINED], len(seen)):
            machine.parameters[i] = seen[i]


@helper
def loss_since(sums: Any, before: Any) -> Any:
    """The mean loss of what was added to the sums since `before`; of several tasks the weighted sum of their means."""
    weight = sums[WEIGHT] - before[WEIGHT]
    if weight > 0:
        return (sums[LOSS] - before[LOSS]) / weight
    total = 0.0
    for begin in range(TASK_SUMS, len(before), TASK_SIZE):
        labelled = sums[begin + TASK_WEIGHT] - before[begin + TASK_WEIGHT]
        if labelled > 0:
            objective = sums[begin + TASK_OBJECTIVE] - before[begin + TASK_OBJECTIVE]
            total += sums[begin + TASK_FACTOR] * objective / labelled
    return total


@compiled_loop(
    Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64[:]", "T[:,:]", "int64[:]", "int64", "int64", "int64",
    "int64", "float64[:]", "T[:]", "float64[:]",
)  # fmt: skip
def train(  # type: ignore[no-untyped-def]
    machine, data, rows, weights, order, scheduled, timeline, stop, first, batch, per_epoch, dealt, before, kept, losses
):
    """Run the updates first, first + 1, ... for which `timeline` (updates, scheduled settings) has values.

    dealt: the epoch whose order `order` already holds, -1 for none.
    before: gets the first sums as they were before the last update. kept: gets the parameters as they were before the
    last of these updates. losses: gets the loss of each. Empty where nobody asks for them.

    Ends early, between two updates, when `stop` is set or the loss is no longer finite. Returns how many were run.
    """
    clock = machine.clock
    for k in range(len(timeline)):
        if stop[0] != 0:
            return k
        t = first + k
        if t // per_epoch != dealt:
            dealt = t // per_epoch
            deal(order, clock, dealt)
        for j in range(len(scheduled)):
            machine.settings[scheduled[j]] = timeline[k, j]
        begin = (t % per_epoch) * batch
        whole = (t + 1) % per_epoch != 0 or clock[DROPS_LAST] != 0
        end = begin + batch if whole else len(order)
        clock[UPDATE] = t
        for j in range(len(before)):
            before[j] = machine.sums[j]
        if k + 1 == len(timeline):
            for j in range(len(kept)):
                kept[j] = machine.parameters[j]
        step(machine, data, rows, weights, order[begin:end])
        if len(losses) > 0:
            losses[k] = loss_since(machine.sums, before)
        if not np.isfinite(machine.sums[LOSS]):
            return k + 1
    return len(timeline)


@helper
def forward_block(machine: Any, data: Any, rows: Any, weights: Any, order: Any, begin: Any, mode: Any) -> Any:
    """Forward pass in a mode without training of the block that starts at `begin`. A last block is padded with its
    first row at weight 0: to whole parts, or in prediction, where a row's place must not be seen, to a whole block.
    """
    size = min(BLOCK, len(rows) - begin)
    padded = BLOCK if mode == PREDICTING else -(-size // PART) * PART
    for i in range(padded):
        order[i] = begin + (i if i < size else 0)
    machine.clock[MODE] = mode
    gather(machine, data, rows, weights, order[:padded])
    for i in range(size, padded):
        machine.work[machine.clock[WEIGHTS] + i] = constant(0, machine.work[0])
    run(machine, ENCODE_SEAM, machine.parameters)
    run(machine, FORWARD_SEAM, machine.parameters)
    return size


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64[:]", "int64[:]", "float64[:,:]")
def evaluate(machine, data, rows, weights, ends, order, stop, sums):  # type: ignore[no-untyped-def]
    """Loss and error in evaluation mode of several sets of rows, which lie one after another.

    ends (sets,): where each set ends. sums (sets, SUMS_SIZE): gets what the kernels add up over each of them.

    Returns False if `stop` cut it short.
    """
    first = 0
    for k in range(len(ends)):
        machine.sums[:] = 0
        for begin in range(first, ends[k], BLOCK):
            if stop[0] != 0:
                return False
            forward_block(machine, data, rows[: ends[k]], weights, order, begin, EVALUATING)
            run(machine, LOSS_SEAM, machine.parameters)
        sums[k] = machine.sums
        first = ends[k]
    return True


@compiled_loop("T[:]")
def all_finite(values):  # type: ignore[no-untyped-def]
    """Whether none of the values is infinite or NaN. All are read, which takes less time than asking one by one."""
    others = 0
    for i in range(len(values)):
        others += not np.isfinite(values[i])
    return others == 0


@compiled_loop("T[:]")
def norm(values):  # type: ignore[no-untyped-def]
    """The root of the sum of squares, in float64, in an order that depends on the length alone."""
    return np.sqrt(sum_of_squares(values))


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64", "T[:,:]")
def predict(machine, data, rows, weights, order, start, outputs):  # type: ignore[no-untyped-def]
    """Write each row's raw outputs (rows, outputs); `start` is where the output buffer lies in `work`.

    A row's output does not depend on its neighbours nor on its place among them.
    """
    width = outputs.shape[1]
    for begin in range(0, len(rows), BLOCK):
        size = forward_block(machine, data, rows, weights, order, begin, PREDICTING)
        for i in range(size):
            for j in range(width):
                outputs[begin + i, j] = machine.work[start + i * width + j]
    return True
