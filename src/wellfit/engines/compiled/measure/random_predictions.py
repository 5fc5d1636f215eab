"""Outputs of a trained network with what was random in training still random: f(x, z) for draws of z.

Every row meets the same draws: the k-th prediction of each row has the k-th masks and noise, so that a row's outputs
do not depend on the rows beside it, on their number or on threads. Nothing of the network changes: batch normalisation
uses its moving statistics, as in every prediction, and nothing is added to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.step.batches import gather
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine, perturb, run
from wellfit.engines.contract.layers import Node
from wellfit.engines.contract.network import Network
from wellfit.engines.numpy.encode import encode
from wellfit.engines.numpy.forward import OPERATIONS, Operation, Parts, forward, parts_of
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop
from wellfit.numerics.random import seed_key
from wellfit.recipe.combinations import techniques_of
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.encoding import Encoding
from wellfit.techniques import layout as at
from wellfit.techniques.layout import (
    AUGMENT_SEAM,
    DRAWING,
    ENCODE_SEAM,
    EVALUATING,
    FORWARD_SEAM,
    MODE,
    PREDICTING,
    UPDATE,
)

RANDOM_SEAMS = (at.AUGMENT_SEAM, at.PERTURB_SEAM)
MOST_UNITS = 20
ROWS_AT_ONCE = 4096


@compiled_loop(Machine, Data, "int64[:]", "T[:]", "int64[:]", "int64", "int64", "T[:,:,:]")
def draw_outputs(machine, data, rows, weights, order, start, masks, outputs):  # type: ignore[no-untyped-def]
    """Raw outputs (draws, rows, outputs), one row at a time. masks: 1 if dropout is on. Draw k counts as update k."""
    clock, width = machine.clock, outputs.shape[2]
    for k in range(outputs.shape[0]):
        clock[UPDATE] = k
        clock[MODE] = DRAWING
        w = perturb(machine)
        for i in range(len(rows)):
            order[0] = i
            clock[MODE] = DRAWING
            gather(machine, data, rows, weights, order[:1])
            run(machine, ENCODE_SEAM, machine.parameters)
            run(machine, AUGMENT_SEAM, machine.parameters)
            clock[MODE] = DRAWING if masks == 1 else EVALUATING
            run(machine, FORWARD_SEAM, w)
            for j in range(width):
                outputs[k, i, j] = machine.work[start + j]
    clock[MODE] = PREDICTING
    return True


def sources_of(network: Network) -> list[str]:
    """Techniques that draw at random and that the network was trained with, in the order of the recipe's slots."""
    acting = {operation.technique for operation in _compiled(network).operations}
    families = [one.family for one in techniques_of(network.recipe) if one.random_in_prediction]
    return [family for family in families if family in acting]


def check_sources(network: Network, over: Sequence[str]) -> None:
    """InputError unless the network was trained with every one of `over`."""
    has = sources_of(network)
    missing = [source for source in over if source not in has]
    if missing or not over:
        raise InputError(
            "Predictions are averaged over what training drew at random, here "
            f"{', '.join(has) or 'nothing'}; got {repr(missing[0]) if missing else 'none'}."
        )


def drawn_outputs(
    network: Network, arrays: Arrays, over: Sequence[str], draws: int, seed: int = 0, n_jobs: int = 1,
    precision: str = "float32",
) -> NDArray[Any]:  # fmt: skip
    """Raw outputs (draws, rows, outputs); strengths with a schedule take its value, not where it ended.

    over: of `sources_of`. Swapped and mixed rows, which need other rows, and changed labels are left out.

    Raises:
        InputError: the network was trained without one of `over`.
    """
    check_sources(network, over)
    blank = np.zeros((arrays.rows, 1 if network.kind in ("binary", "classes") else network.outputs), np.float32)
    data = engine_data(arrays, Target(network.kind, blank))
    outputs = np.zeros((draws, arrays.rows, network.outputs), precision)
    size = max(1, min(ROWS_AT_ONCE, -(-arrays.rows // max(n_jobs, 1))))
    compiled = draw_outputs.for_precision(precision)

    def one(begin: int) -> None:
        machine, start = _machine(network, over, seed, precision)
        rows = np.arange(begin, min(begin + size, arrays.rows))
        part = np.zeros((draws, len(rows), network.outputs), precision)
        weights = np.ones(len(rows), precision)
        compiled(machine, data, rows, weights, np.zeros(1, np.int64), start, int("dropout" in over), part)
        outputs[:, rows] = part

    with single_threaded_blas(), ThreadPoolExecutor(max(n_jobs, 1)) as pool:
        list(pool.map(one, range(0, arrays.rows, size)))
    return outputs


def _compiled(network: Network, precision: str = "float32") -> Program:
    return compile_program(network.recipe, network.encoding, network.kind, network.outputs, BLOCK, precision)


def _machine(network: Network, over: Sequence[str], seed: int, precision: str) -> tuple[Machine, int]:
    """The network laid out with the wanted operations alone, and where its outputs lie in `work`."""
    compiled = _compiled(network, precision)
    compiled.operations = [one for one in compiled.operations if one.seam not in RANDOM_SEAMS or one.technique in over]
    compiled.clock[at.GRADIENT_FIRST] = 0
    compiled.clock[at.SEED_KEY] = seed_key(seed)
    operations, seams = compiled.lowered()
    parameters = aligned_zeros(compiled.parameter_count, precision)
    parameters[:] = network.parameters
    none = aligned_zeros(0, precision)
    machine = Machine(
        operations, seams, np.array(compiled.settings, dtype=precision), aligned_zeros(compiled.work_size, precision),
        parameters, aligned_zeros(compiled.parameter_count, precision), none, none, compiled.clock,
        np.zeros(at.SUMS_SIZE),
    )  # fmt: skip
    return machine, compiled.output


def every_mask(network: Network, arrays: Arrays) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Raw outputs (masks, rows, outputs) and the masks' probabilities (masks,), in parts, over all dropout masks.

    In NumPy and float64. Raises InputError where more than MOST_UNITS inputs and units may be dropped.
    """
    plan, encoding = network.plan, network.encoding
    drops = plan.of_kind("drop")
    units = sum(drop.width for drop in drops)
    if units > MOST_UNITS:
        raise InputError(
            f"All dropout masks are tried for at most {MOST_UNITS} inputs and units, and {units} may be dropped: "
            "give a number of draws."
        )
    kept = np.array([drop.technique.kept() for drop in drops for _ in range(drop.width)])
    weights: Any = {name: part.astype(np.float64) for name, part in network.weights().items()}
    x = encode(encoding, arrays).astype(np.float64)
    for node in plan.of_kind("embed"):  # once, and not for each mask
        x = OPERATIONS["embed"](node, parts_of(node, weights), encoding, x)
    masks = product((1.0, 0.0), repeat=units)
    at_once = max(1, 65_536 // max(arrays.rows, 1))
    while part := list(islice(masks, at_once)):
        m = np.array(part).reshape(len(part), units)
        repeated = np.tile(x, (len(m), 1))
        operations = {**OPERATIONS, "drop": _masked(drops, m), "embed": lambda *_, given=repeated: given}
        z = forward(plan, encoding, weights, repeated, operations)
        chance = np.prod(np.where(m == 1, kept, 1 - kept), axis=1)
        yield z.reshape(len(m), arrays.rows, network.outputs), chance


def _masked(drops: list[Node], m: NDArray[np.float64]) -> Operation:
    """Dropout with the given masks (masks, units of all drops), of rows that come once for each mask."""
    ends = np.cumsum([drop.width for drop in drops])
    places = {drop.name: slice(end - drop.width, end) for drop, end in zip(drops, ends, strict=True)}

    def drop(node: Node, parts: Parts, encoding: Encoding, h: Any) -> Any:
        scale = 1.0 if node.technique.form == "classic" else 1 / node.technique.kept()
        mask = m[:, None, places[node.name]] * scale
        return (h.reshape(len(m), -1, node.width) * mask).reshape(h.shape)

    return drop
