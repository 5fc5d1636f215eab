"""The forward pass in NumPy: the nodes of the layer plan, a function for each kind.

It follows the compiled operations in float32. The sums inside a matrix product are in another order, so that its
results equal the compiled ones to float32 rounding, not to the bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.folding import folded
from wellfit.engines.contract.layers import ENCODED, OUTPUT, Kind, LayerPlan, Node
from wellfit.engines.contract.network import Network, in_target_units
from wellfit.engines.numpy.embed import embed
from wellfit.engines.numpy.encode import encode
from wellfit.tables.arrays import Arrays, Float32
from wellfit.tables.encoding import Encoding

Array = NDArray[Any]
Parts = dict[str, Array]  # a node's arrays, by use
# What a kind of node computes: from the node, its arrays, the encoding and what its inputs give, each (rows, width).
Operation = Callable[..., Array]


def numpy_outputs(network: Network, arrays: Arrays) -> Float32:
    """Outputs (rows, outputs) in the units of the compiled `predict`, without compiling or loading Numba."""
    network = folded(network)
    with np.errstate(over="ignore", invalid="ignore"):
        z = forward(network.plan, network.encoding, network.weights(), encode(network.encoding, arrays))
    return in_target_units(network, z)


def _embed(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
    return embed(node.technique, encoding, parts, x)


def _scale(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
    return x * parts["scale"]


def _drop(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
    return np.asarray(x * node.technique.kept_share())


def _linear(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
    z = x @ parts["weight"]
    return np.asarray(z + parts["bias"] if "bias" in parts else z)


def _repeat(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
    return np.repeat(x, node.technique.group, axis=-1)[..., : node.width]


def _normalize(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
    """Batch normalisation with its moving statistics, or layer normalisation."""
    epsilon = np.float32(node.technique.epsilon)
    if node.technique.has_statistics:
        mean, variance = parts["statistics"]
    else:
        mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return np.asarray(parts["gain"] * ((x - mean) / np.sqrt(variance + epsilon)) + parts["shift"], x.dtype)


def _activate(node: Node, parts: Parts, encoding: Encoding, z: Array) -> Array:
    """The activation, with what of it is learned."""
    h = node.technique(z, parts.get("slope")).astype(z.dtype)
    mix = parts.get("mix")
    return np.asarray(h if mix is None else (1 - mix) * z + mix * h)


def _penalize(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
    return x


def _add(node: Node, parts: Parts, encoding: Encoding, x: Array, y: Array) -> Array:
    return np.asarray(x + y)


def _join(node: Node, parts: Parts, encoding: Encoding, *inputs: Array) -> Array:
    return np.concatenate(inputs, axis=1)


OPERATIONS: Mapping[Kind, Operation] = {
    "embed": _embed,
    "scale": _scale,
    "drop": _drop,
    "linear": _linear,
    "repeat": _repeat,
    "normalize": _normalize,
    "activate": _activate,
    "penalize": _penalize,
    "add": _add,
    "join": _join,
}


def forward(
    plan: LayerPlan,
    encoding: Encoding,
    weights: Mapping[str, Array],
    encoded: Array,
    operations: Mapping[Kind, Operation] = OPERATIONS,
) -> Array:
    """Raw outputs (rows, outputs) from the encoded input (rows, encoded columns), in evaluation mode.

    weights: the network's arrays by name. operations: the functions of the kinds of nodes; a caller that wants to see
    or to change what a kind gives replaces its entry.
    """
    values = {ENCODED: encoded}
    readers = Counter(name for node in plan.nodes for name in node.inputs)
    for node in plan.nodes:
        inputs = [values[name] for name in node.inputs]
        values[node.name] = operations[node.kind](node, parts_of(node, weights), encoding, *inputs)
        for name in node.inputs:  # what nobody will read again need not stay in memory
            readers[name] -= 1
            if not readers[name]:
                del values[name]
    return values[OUTPUT].astype(encoded.dtype, copy=False)


def parts_of(node: Node, weights: Mapping[str, Array]) -> Parts:
    """A node's arrays by use."""
    return {use: weights[name] for use, name in node.arrays.items()}
