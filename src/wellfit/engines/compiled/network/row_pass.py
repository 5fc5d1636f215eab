"""One pass over the rows for all networks: rows are cut into parts once, and a thread takes a part with every network.

What the networks say of a part is handed on while it lies in the cache, so that memory never holds the outputs of all
networks for all rows. The networks of a thread share one workspace, which stays in the cache, too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.compiling import compile_program, target_columns
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.compiled.step.step import BLOCK, Machine
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques import layout as at
from wellfit.techniques.network.dropout import Dropout

if TYPE_CHECKING:
    from wellfit.engines.contract.network import Network

Take = Callable[[int, list[NDArray[Any]]], None]

PART_BLOCKS = 32  # of a part: enough that a network's weights, once read, serve many rows
PART_FLOATS = 1 << 19  # outputs of all networks for a part, at most


@dataclass(frozen=True)
class Layout:
    """A network's program for prediction, without its parameters."""

    operations: NDArray[np.int64]
    seams: NDArray[np.int64]
    settings: NDArray[Any]
    clock: NDArray[np.int64]
    work_size: int
    parameter_count: int
    output: int  # where the outputs start in `work`


def lay_out(network: Network, precision: str = "float32") -> Layout:
    """Compile a network's program for blocks of rows. Inverted dropout, which would only copy, is left out."""
    recipe = network.recipe
    if recipe.dropout.form == "inverted":
        recipe = recipe.model_copy(update={"dropout": Dropout()})
    program = compile_program(recipe, network.encoding, network.kind, network.outputs, BLOCK, precision)
    operations, seams = program.lowered()
    settings = np.array(program.settings, dtype=precision)
    return Layout(
        operations, seams, settings, program.clock, program.work_size, program.parameter_count, program.output
    )


def _layout(network: Network, precision: str) -> Layout:
    """Made once: it takes longer than predicting some hundred rows."""
    return network.prepared("layout", lay_out) if precision == "float32" else lay_out(network, precision)


def pass_over_rows(
    networks: Sequence[Network], arrays: Arrays, take: Take, n_jobs: int = 1, precision: str = "float32"
) -> None:
    """Call take(begin, [raw outputs (rows, outputs) of each network]) for each part of the rows, from several threads.

    A row's outputs do not depend on the other rows, on the parts, nor on n_jobs. The networks have one kind of target
    and one set of columns.
    """
    layouts = [_layout(network, precision) for network in networks]
    parameters = [_aligned_copy(*both, precision) for both in zip(networks, layouts, strict=True)]
    data = engine_data(arrays, blank_target(networks[0], arrays.rows))
    compiled = step.predict.for_precision(precision)
    widths = [network.outputs for network in networks]
    size = part_rows(arrays.rows, sum(widths), n_jobs)
    begins = deque(range(0, arrays.rows, size))

    def work_off() -> None:
        machines = _machines(layouts, parameters, precision)
        order = np.zeros(BLOCK, np.int64)
        while begins:
            try:
                begin = begins.popleft()
            except IndexError:  # another thread took the last one
                return
            rows = np.arange(begin, min(begin + size, arrays.rows))
            weights = np.ones(len(rows), precision)
            predicted = [np.zeros((len(rows), width), precision) for width in widths]
            for machine, layout, outputs in zip(machines, layouts, predicted, strict=True):
                machine.work[:] = 0
                compiled(machine, data, rows, weights, order, layout.output, outputs)
            take(begin, predicted)

    threads = max(1, min(n_jobs, len(begins)))
    if threads == 1:
        work_off()
        return
    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(work_off) for _ in range(threads)]
        try:
            for one in running:
                one.result()
        finally:
            begins.clear()  # whatever went wrong in one thread, the others need not go on


def part_rows(rows: int, floats: int, n_jobs: int) -> int:
    """Rows of a part: whole blocks, so that the parts cannot be seen in the result. floats: outputs of a row."""
    for_all_threads = -(-rows // (BLOCK * max(n_jobs, 1)))
    that_fit = PART_FLOATS // (max(floats, 1) * BLOCK)
    return BLOCK * max(1, min(PART_BLOCKS, for_all_threads, that_fit))


def _aligned_copy(network: Network, layout: Layout, precision: str) -> NDArray[Any]:
    from wellfit.engines.compiled.step.buffers import aligned_zeros

    parameters = aligned_zeros(layout.parameter_count, precision)
    parameters[:] = network.parameters
    return parameters


def _machines(layouts: Sequence[Layout], parameters: Sequence[NDArray[Any]], precision: str) -> list[Machine]:
    """The networks on one thread's workspace."""
    from wellfit.engines.compiled.step.buffers import aligned_zeros

    work, none = aligned_zeros(max(layout.work_size for layout in layouts), precision), aligned_zeros(0, precision)
    return [
        Machine(
            layout.operations, layout.seams, layout.settings, work[: layout.work_size], own, none, none, none,
            layout.clock.copy(), np.zeros(at.SUMS_SIZE),
        )
        for layout, own in zip(layouts, parameters, strict=True)
    ]  # fmt: skip


def blank_target(network: Network, rows: int) -> Target:
    """A target of zeros, where what is to be predicted is not known."""
    columns = target_columns(network.kind, network.outputs, network.encoding)
    return Target(network.kind, np.zeros((rows, columns), np.float32), tasks=network.encoding.tasks)
