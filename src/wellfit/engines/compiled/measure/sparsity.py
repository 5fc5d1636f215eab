"""How sparse a network is: weights that are exactly zero, inputs that it no longer reads, units that are silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.inputs import bins_of, embeds, passed_columns
from wellfit.engines.contract.layers import ENCODED, OUTPUT, LayerPlan, Node
from wellfit.engines.contract.network import Network
from wellfit.engines.numpy.encode import encode
from wellfit.engines.numpy.forward import OPERATIONS, Parts, forward
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays
from wellfit.tables.encoding import Encoding

SMALL = 1e-6


@dataclass(frozen=True)
class WeightSparsity:
    """zeros: the share of weights that are exactly 0, by layer ("hidden0", ..., "output").

    unread: inputs of the network (after encoding and embedding) whose every weight is 0, by number.
    unread_columns: the same of the columns of `Arrays`: numbers, codes, then sparse numbers one by one and texts as one
        each.
    """

    zeros: dict[str, float]
    unread: tuple[int, ...]
    unread_columns: tuple[int, ...]

    __repr__ = short_repr


@dataclass(frozen=True)
class ActivationSparsity:
    """By hidden layer, over the given rows: the share of activations that are exactly 0, and that are below `small`."""

    zeros: dict[str, float]
    small: dict[str, float]

    __repr__ = short_repr


def weight_sparsity(network: Network) -> WeightSparsity:
    """Exact zeros of a network's weights, residual connections' matrices with their layer's."""
    weights = network.weights()
    layers: dict[str, list[NDArray[np.bool_]]] = {}
    for segment in network.segments:
        if segment.role == "weight":
            layers.setdefault(segment.layer, []).append(weights[segment.name].ravel() == 0)
    silent = _unread(network)
    return WeightSparsity(
        {layer: float(np.concatenate(parts).mean()) for layer, parts in layers.items()},
        tuple(int(j) for j in np.flatnonzero(silent)),
        tuple(k for k, places in enumerate(inputs_of_columns(network)) if silent[places].all()),
    )


def column_weights(network: Network) -> NDArray[np.float64]:
    """The size of the weights by which a network reads each column of `Arrays`, (columns,): the root of their sum of
    squares, over all inputs that the column becomes and all units that read them.

    A column that a single weight reads, as in a linear model of one output, has that weight with its sign.
    """
    embedded = network.plan.of_kind("embed")
    entering = _entering(network.plan, network.weights(), embedded[0].name if embedded else ENCODED)
    read = [entering[places].ravel() for places in inputs_of_columns(network)]
    return np.array([one[0] if len(one) == 1 else np.sqrt(np.square(one).sum()) for one in read])


def _entering(plan: LayerPlan, weights: dict[str, NDArray[np.float32]], name: str) -> NDArray[np.float64]:
    """The weights (columns, units) by which all readers of a node read its columns, a learned scale multiplied in."""
    width = plan.width(name)
    parts = [np.zeros((width, 0))]
    for reader in plan.readers(name):
        begin = sum(plan.width(other) for other in reader.inputs[: reader.inputs.index(name)])
        mine = slice(begin, begin + width)
        if reader.kind == "linear":
            parts.append(weights[reader.arrays["weight"]].astype(np.float64)[mine])
        elif reader.kind == "scale":
            scale = weights[reader.arrays["scale"]].astype(np.float64)[mine, None]
            parts.append(scale * _entering(plan, weights, reader.name)[mine])
        elif reader.kind in ("drop", "join"):
            parts.append(_entering(plan, weights, reader.name)[mine])
    return np.hstack(parts)


def inputs_of_columns(network: Network) -> list[NDArray[np.int64]]:
    """The network's inputs that each column of `Arrays` becomes: a number with its mark, a category's units."""
    return _places(network.recipe, network.encoding)


def _places(recipe: Recipe, encoding: Encoding) -> list[NDArray[np.int64]]:
    numbers = len(encoding.centre)
    marks = {int(column): numbers + k for k, column in enumerate(encoding.marked)}
    encoded = [[j, *([marks[j]] if j in marks else [])] for j in range(numbers)]
    widths = [*encoding.units]
    for factor, kind in zip(encoding.factors, encoding.sparse_kinds, strict=True):
        widths += [len(factor)] if kind == "text" else [1] * len(factor)
    begin = numbers + len(encoding.marked)
    for width in widths:
        encoded.append(list(range(begin, begin + width)))
        begin += width
    inputs = _inputs_of_encoded(recipe, encoding)
    return [np.array([place for column in columns for place in inputs[column]], np.int64) for columns in encoded]


def _inputs_of_encoded(recipe: Recipe, encoding: Encoding) -> list[list[int]]:
    """The network's inputs that each encoded column becomes: itself, or what embeds it."""
    found: list[list[int]] = [[] for _ in range(encoding.width)]
    if not embeds(recipe, encoding.sizes):
        return [[column] for column in range(encoding.width)]
    begin = 0
    for number, bins in enumerate(bins_of(encoding.sizes)):
        width = int(recipe.number_embedding.width(bins))
        found[number] += range(begin, begin + width)
        begin += width
    for column in passed_columns(recipe.number_embedding, encoding):
        found[column].append(begin)
        begin += 1
    for column in encoding.index_columns:
        found[column] += range(begin, begin + recipe.categories.embedding)
        begin += recipe.categories.embedding
    return found


def _unread(network: Network) -> NDArray[np.bool_]:
    """Which inputs (inputs,) have no weight left wherever they enter the network."""
    embedded = network.plan.of_kind("embed")
    return _silent(network.plan, network.weights(), embedded[0].name if embedded else ENCODED)


def _silent(plan: LayerPlan, weights: dict[str, NDArray[np.float32]], name: str) -> NDArray[np.bool_]:
    """Which columns of what a node gives are multiplied by zeros alone, wherever they are read."""
    width = plan.width(name)
    silent = np.ones(width, np.bool_)
    for reader in plan.readers(name):
        begin = sum(plan.width(other) for other in reader.inputs[: reader.inputs.index(name)])
        if reader.kind == "linear":
            unused = (weights[reader.arrays["weight"]] == 0).all(axis=1)
        elif reader.kind == "scale":
            unused = (weights[reader.arrays["scale"]] == 0) | _silent(plan, weights, reader.name)
        elif reader.kind in ("drop", "join"):
            unused = _silent(plan, weights, reader.name)
        else:
            unused = np.zeros(begin + width, np.bool_)
        silent &= unused[begin : begin + width]
    return silent


def activation_sparsity(network: Network, arrays: Arrays, small: float = SMALL) -> ActivationSparsity:
    """Shares of silent activations on all rows, in evaluation mode, right after the activation. small: at least 0."""
    zeros, below = dict[str, float](), dict[str, float]()

    def activate(node: Node, parts: Parts, encoding: Encoding, z: NDArray[Any]) -> NDArray[Any]:
        h = OPERATIONS["activate"](node, parts, encoding, z)
        if node.layer != OUTPUT:
            zeros[node.layer], below[node.layer] = float((h == 0).mean()), float((np.abs(h) < small).mean())
        return h

    with np.errstate(over="ignore", invalid="ignore"):
        encoded = encode(network.encoding, arrays)
        forward(network.plan, network.encoding, network.weights(), encoded, {**OPERATIONS, "activate": activate})
    return ActivationSparsity(zeros, below)
