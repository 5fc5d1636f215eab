"""The network in operations of ONNX: the nodes of the layer plan, a function for each kind, in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.folding import folded
from wellfit.engines.contract.layers import ENCODED, OUTPUT, Kind, LayerPlan, Node
from wellfit.engines.contract.losses import resolve_loss, task_loss
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.models.export.columns import Raw
from wellfit.models.export.encode import EMBEDDINGS, Encoded, Weights, embed, encode, side_by_side
from wellfit.models.export.graph import Graph
from wellfit.tables.encoding import Encoding
from wellfit.techniques.network.activation import Activation

f32 = np.float32
# What a kind of node computes: from the node, its arrays by use, the encoding and the names of what it reads.
Operation = Callable[..., str]


def check_known(network: Network) -> None:
    """InputError where a network has something that nobody has written as operations."""
    for node in network.plan.nodes:
        if not is_known(node):
            name = getattr(node.technique, "name", "")
            what = f"the {node.technique.family} {name!r}" if name else f"a node of kind {node.kind!r}"
            raise InputError(f"The network has {what}, which cannot be exported to ONNX: use another.")


def is_known(node: Node) -> bool:
    """Whether there are operations for what a node does."""
    own = {"embed": EMBEDDINGS, "normalize": NORMALIZATIONS}.get(node.kind)
    if own is not None and node.technique.name not in own:
        return False
    return node.kind in OPERATIONS and (node.kind != "activate" or type(node.technique).onnx is not Activation.onnx)


def member_outputs(g: Graph, raw: Raw, network: Network) -> str:
    """A network's outputs (rows, outputs): logits, or numbers and counts in the target's units."""
    check_known(network)
    network = folded(network)
    encoding = network.encoding
    z = forward(g, network.plan, encoding, network.weights(), encode(g, raw, encoding))
    if network.kind != "tasks":
        return _in_units(g, network, z, slice(None), network.kind, resolve_loss(network.recipe, network.kind).name)
    parts = []
    for task in encoding.tasks:
        own = g.op("Slice", z, *(np.array([at], np.int64) for at in (*task.outputs, 1)))
        loss = task_loss(network.recipe, task).name
        parts.append(_in_units(g, network, own, slice(*task.outputs), task.kind, loss))
    return g.join(parts)


def _in_units(g: Graph, network: Network, z: str, columns: slice, kind: str, loss: str) -> str:
    if kind not in ("numbers", "counts"):
        return z
    tables = network.encoding
    scale = tables.target_scale[columns].astype(f32)
    if loss == "poisson":
        return g.mul(g.op("Exp", z), scale)
    values = g.add(g.mul(z, scale), tables.target_centre[columns].astype(f32))
    return g.clip(values, tables.target_low[columns].astype(f32), tables.target_high[columns].astype(f32))


def forward(g: Graph, plan: LayerPlan, encoding: Encoding, weights: Weights, encoded: Encoded) -> str:
    """Raw outputs (rows, outputs) from the encoded input. weights: the network's arrays by name."""
    values: dict[str, Any] = {ENCODED: encoded if plan.of_kind("embed") else side_by_side(g, encoded)}
    for node in plan.nodes:
        arrays = {use: weights[name] for use, name in node.arrays.items()}
        values[node.name] = OPERATIONS[node.kind](g, node, arrays, encoding, *(values[name] for name in node.inputs))
    return str(values[OUTPUT])


def _embed(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: Encoded) -> str:
    return embed(g, node.technique, encoding, arrays, x)


def _scale(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: str) -> str:
    return g.mul(x, arrays["scale"])


def _drop(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: str) -> str:
    kept = node.technique.kept_share()
    return x if kept == 1 else g.mul(x, kept)


def _linear(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: str) -> str:
    if "bias" not in arrays:
        return g.op("MatMul", x, arrays["weight"])
    return g.op("Gemm", x, arrays["weight"], arrays["bias"])


def _repeat(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: str) -> str:
    return g.op("Gather", x, np.arange(node.width) // node.technique.group, axis=1)


def _normalize(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: str) -> str:
    return NORMALIZATIONS[node.technique.name](g, node, arrays, x)


def _by_statistics(g: Graph, node: Node, arrays: Weights, x: str) -> str:
    mean, variance = arrays["statistics"]
    even = g.div(g.sub(x, mean), np.sqrt(variance + f32(node.technique.epsilon)))
    return g.add(g.mul(arrays["gain"], even), arrays["shift"])


def _by_row(g: Graph, node: Node, arrays: Weights, x: str) -> str:
    """Not ONNX's LayerNormalization: runtimes take the variance as mean square minus squared mean, which cancels."""
    units, epsilon = f32(node.width), f32(node.technique.epsilon)
    away = g.sub(x, g.div(g.total(x, 1, keep=True), units))
    spread = g.div(g.total(g.mul(away, away), 1, keep=True), units)
    even = g.div(away, g.op("Sqrt", g.add(spread, epsilon)))
    return g.add(g.mul(arrays["gain"], even), arrays["shift"])


NORMALIZATIONS: Mapping[str, Callable[[Graph, Node, Weights, str], str]] = {"batch": _by_statistics, "layer": _by_row}


def _activate(g: Graph, node: Node, arrays: Weights, encoding: Encoding, z: str) -> str:
    """The activation, with what of it is learned."""
    activation: Activation = node.technique
    numbers: NDArray[np.float32] = arrays.get("slope", np.full(1, activation.parameter(), f32))
    f, mix = activation.onnx(g, z, numbers), arrays.get("mix")
    return f if mix is None else g.add(g.mul(1 - mix, z), g.mul(mix, f))


def _penalize(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: str) -> str:
    return x


def _add(g: Graph, node: Node, arrays: Weights, encoding: Encoding, x: str, y: str) -> str:
    return g.add(x, y)


def _join(g: Graph, node: Node, arrays: Weights, encoding: Encoding, *inputs: str) -> str:
    return g.join(list(inputs))


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
