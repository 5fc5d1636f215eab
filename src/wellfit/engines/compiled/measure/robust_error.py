"""How a network does on rows that are changed against it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.predicted_loss import clip_outputs
from wellfit.engines.compiled.network.predict import machine_for
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, differentiate, forward_block, run, run_backward
from wellfit.engines.contract.network import Network, output_range
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques import layout as at
from wellfit.techniques.layout import ATTACK, ATTACK_SEAM, ATTACKS, DIFFERENTIATING, FORWARD_SEAM, LOSS_SEAM
from wellfit.techniques.rows.adversarial import Adversarial
from wellfit.techniques.update.schedule import Scheduled


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "float64[:]", "int64", "T[:]", "T[:]")
def evaluate_attacked(machine, data, rows, weights, order, kept, start, low, high):  # type: ignore[no-untyped-def]
    """As `evaluate_clipped`, on inputs changed by the attack. kept: room for a copy of the sums."""
    for begin in range(0, len(rows), BLOCK):
        forward_block(machine, data, rows, weights, order, begin, DIFFERENTIATING)
        kept[:] = machine.sums
        run(machine, LOSS_SEAM, machine.parameters)
        run_backward(machine, FORWARD_SEAM, machine.parameters)
        for k in range(machine.clock[ATTACKS]):
            machine.clock[ATTACK] = k
            run(machine, ATTACK_SEAM, machine.parameters)
            differentiate(machine, machine.parameters)
        machine.sums[:] = kept
        clip_outputs(machine, start, low, high)
        run(machine, LOSS_SEAM, machine.parameters)
    return True


def robust_error(
    network: Network,
    arrays: Arrays,
    target: Target,
    attack: Adversarial,
    rows: NDArray[np.int64] | None = None,
    weight: NDArray[np.float32] | None = None,
    precision: str = "float32",
) -> tuple[float, float]:
    """Mean loss and mean error of what is predicted for rows after the attack: numbers are clipped, as in `predict`.

    arrays, target: as in training. attack: its epsilon, steps, step_size, range and random start; `form` and shares do
    not matter, since every row is attacked. rows: row numbers, default all. weight: (rows of the table,), default 1.

    With an epsilon of 0 no row moves: the loss and error of the rows as they are.

    Raises:
        InputError: the attack's epsilon carries a schedule, the network reads no numeric column, which alone are moved,
            or no row has a positive weight.
    """
    if isinstance(attack.epsilon, Scheduled):
        raise InputError(
            f"An attack needs one epsilon, 0 or more; got one with a schedule, {attack.epsilon!r}: give a number, the "
            "largest move of a column."
        )
    everywhere = attack.model_copy(update={"form": "averaged"})
    attacked = Network(
        network.recipe.model_copy(update={"adversarial": everywhere}), network.encoding, network.kind, network.outputs,
        network.parameters,
    )  # fmt: skip
    if network.kind == "tasks":
        raise InputError("The robust error is that of one target, and this network has several tasks.")
    if not len(network.encoding.centre) and attack.epsilon > 0:
        raise InputError(
            "An attack moves numeric columns, and this network reads none (categories and sparse columns stay): take a "
            "model of numbers."
        )
    chosen = np.arange(arrays.rows) if rows is None else np.asarray(rows, dtype=np.int64)
    weights = np.ones(len(chosen)) if weight is None else weight[chosen]
    if not weights.sum() > 0:
        raise InputError("A robust error is a mean over rows, and no row has a weight above 0: choose other rows.")
    machine, program = machine_for(attacked, precision)
    low, high = (ends.astype(precision) for ends in output_range(network))
    machine = machine._replace(gradient=aligned_zeros(len(machine.parameters), precision))
    machine.clock[at.SEED_KEY] = 0
    compiled = evaluate_attacked.for_precision(precision)
    with single_threaded_blas():
        compiled(
            machine, engine_data(arrays, target), chosen, weights.astype(precision), np.zeros(BLOCK, np.int64),
            np.zeros(at.SUMS_SIZE), program.output, low, high,
        )  # fmt: skip
    return machine.sums[at.LOSS] / machine.sums[at.WEIGHT], machine.sums[at.ERROR] / machine.sums[at.WEIGHT]
