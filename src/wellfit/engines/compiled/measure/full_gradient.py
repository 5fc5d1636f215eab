"""The gradient of the data loss over many rows, of the network as it is evaluated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import machine_for
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, forward_block, run, run_backward
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.segments import TRAINED_ROLES
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
    error: weighted means, in the units that are reported. objective: the mean loss as it is minimised.
    """

    gradient: NDArray[np.float64]
    loss: float
    error: float
    objective: float


class LossSurface:
    """A network's data loss over many rows as a function of its parameters.

    No penalty is in it, and nothing is drawn at random: dropout is off, and batch normalisation uses its moving
    statistics.

    network: where it is taken first. arrays, target: of all rows. rows: which of them count; None (default): all.
    weight: (rows of the table,); None (default): 1 each. precision: of the passes, "float32" or "float64" (default).

    Raises:
        InputError: a network of several tasks.
    """

    def __init__(
        self,
        network: Network,
        arrays: Arrays,
        target: Target,
        rows: NDArray[np.int64] | None = None,
        weight: NDArray[np.float32] | None = None,
        precision: str = "float64",
    ) -> None:
        if network.kind == "tasks":
            raise InputError("The gradient over many rows is that of one target, and this network has several tasks.")
        machine, program = machine_for(network, precision)
        chosen = np.arange(arrays.rows) if rows is None else np.asarray(rows, dtype=np.int64)
        weights = np.ones(len(chosen)) if weight is None else weight[chosen]
        self._machine = machine._replace(gradient=aligned_zeros(len(machine.parameters), precision))
        self._data = engine_data(arrays, target)
        self._rows = chosen, weights.astype(precision)
        self._compiled = add_gradients.for_precision(precision)
        self.start = network.parameters.astype(np.float64)
        self.trained = np.concatenate(
            [np.arange(s.begin, s.end) for s in program.segments if s.role in TRAINED_ROLES and not s.frozen]
        )

    def at(self, parameters: NDArray[np.float64]) -> Slope:
        """Loss and gradient at parameters, laid out as the network's."""
        machine, sums = self._machine, self._machine.sums
        machine.parameters[:] = parameters
        machine.gradient[:] = 0
        sums[:] = 0
        total = np.zeros(len(machine.parameters))
        with single_threaded_blas():
            self._compiled(machine, self._data, *self._rows, np.zeros(BLOCK, np.int64), total, np.zeros(1, np.int64))
        means = (float(sums[place] / sums[at.WEIGHT]) for place in (at.LOSS, at.ERROR, at.OBJECTIVE))
        return Slope(total / sums[at.WEIGHT], *means)


def full_gradient(
    network: Network,
    arrays: Arrays,
    target: Target,
    rows: NDArray[np.int64] | None = None,
    weight: NDArray[np.float32] | None = None,
    precision: str = "float32",
) -> Slope:
    """Loss and gradient at the network's own parameters, see `LossSurface`."""
    return LossSurface(network, arrays, target, rows, weight, precision).at(network.parameters.astype(np.float64))
