"""Batch normalisation folded into the weights beside it: the same function with one operation fewer a layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.layers import OUTPUT, LayerPlan, Node
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.segments import ALIGNMENT
from wellfit.techniques.network.normalization import NoNormalization

Array = NDArray[np.float64]


def folded(network: Network) -> Network:
    """What predicts: `fold` of the network, made once."""
    return network.prepared("folded", _another) or network


def _another(network: Network) -> Network | None:
    made = fold(network)
    return None if made is network else made  # a reference to itself would keep it in memory


def fold(network: Network) -> Network:
    """The network with its batch normalisation folded into its weights; itself, where that cannot be done, and where
    layers or units share weights.

    With s = gamma / sqrt(variance + epsilon) and c = beta - mean s of the moving statistics, by unit: before the
    activation W <- W s and b <- b s + c in the layer's own columns; after it, in the next layer, row j of its W is
    multiplied by s_j and b <- b + c W. Computed in float64 and rounded once. Its outputs are the same to rounding.
    """
    pairs = foldable(network.plan)
    if not pairs or network.recipe.sharing.hard:
        return network
    with np.errstate(all="ignore"):  # a diverged network stays one
        return _fold(network, pairs)


def foldable(plan: LayerPlan) -> list[tuple[Node, Node]]:
    """Each normalisation of a plan and the linear node that can take it over; none unless every one has such a node.

    One that reads a linear node goes into that node's columns. Another goes into the rows of the one linear node that
    reads it, dropout and a join between them, where it comes first; a residual connection that carries it past that
    node keeps it. A linear node whose weights another one uses cannot take any, and the heads of tasks take none.
    """
    found = [(node, _taker(plan, node)) for node in plan.of_kind("normalize")]
    pairs = [(node, taker) for node, taker in found if taker is not None]
    return pairs if len(pairs) == len(found) else []


def _taker(plan: LayerPlan, node: Node) -> Node | None:
    if not node.technique.has_statistics:
        return None
    before = plan.node(node.inputs[0])
    linear = before if before.kind == "linear" else _only_reader(plan, node)
    if linear is None or linear.kind != "linear" or _used_again(plan, linear):
        return None
    return None if linear.layer == OUTPUT != linear.name else linear


def _only_reader(plan: LayerPlan, node: Node) -> Node | None:
    """The one linear node that gets what a node gives as its first columns."""
    readers = plan.readers(node.name)
    if len(readers) != 1 or readers[0].inputs[0] != node.name:
        return None
    return _only_reader(plan, readers[0]) if readers[0].kind in ("drop", "join") else readers[0]


def _used_again(plan: LayerPlan, linear: Node) -> bool:
    users = [node for node in plan.nodes if linear.arrays["weight"] in node.arrays.values()]
    return len(users) > 1


def _fold(network: Network, pairs: list[tuple[Node, Node]]) -> Network:
    old, parts = network.segments, network.parameters.astype(np.float64)
    weights = {s.name: parts[s.begin : s.end].reshape(s.shape) for s in old}
    plain = network.recipe.model_copy(update={"normalization": NoNormalization()})
    bare = replace(network, recipe=plain)  # whose parameters are yet to be laid out
    segments = bare.segments
    found = {s.name: weights[s.name].copy() if s.name in weights else np.zeros(s.shape) for s in segments}
    for node, linear in pairs:
        scale, offset = _line(node, weights)
        arrays = bare.plan.node(linear.name).arrays
        weight, bias = found[arrays["weight"]], found[arrays["bias"]]
        if linear.name in node.inputs:
            weight *= scale
            bias[:] = bias * scale + offset
            continue
        rows = weight[: node.width]
        bias += (offset * _kept(network.plan, node)) @ rows
        rows *= scale[:, None]
    end = max(segment.end for segment in segments)
    parameters = np.zeros(-(-end // ALIGNMENT) * ALIGNMENT, network.parameters.dtype)
    for segment in segments:
        parameters[segment.begin : segment.end] = found[segment.name].ravel()
    return replace(bare, parameters=parameters)


def _line(node: Node, weights: dict[str, Array]) -> tuple[Array, Array]:
    """What a normalisation does to each unit in evaluation: times, plus."""
    mean, variance = weights[node.arrays["statistics"]]
    scale = weights[node.arrays["gain"]] / np.sqrt(variance + node.technique.epsilon)
    return scale, weights[node.arrays["shift"]] - mean * scale


def _kept(plan: LayerPlan, node: Node) -> float:
    """What evaluation multiplies by after a normalisation, before the next layer."""
    drops: list[Any] = [reader.technique for reader in plan.readers(node.name) if reader.kind == "drop"]
    return float(drops[0].kept_share()) if drops else 1.0
