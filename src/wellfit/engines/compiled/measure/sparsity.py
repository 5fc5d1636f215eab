"""How sparse a network is: weights that are exactly zero, inputs that it no longer reads, units that are silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.embedding import embed
from wellfit.engines.compiled.network.numpy_forward import encode, forward
from wellfit.engines.compiled.program.layers import head_layers
from wellfit.engines.contract.inputs import bins_of, embeds, network_inputs, passed_columns
from wellfit.engines.contract.network import Network
from wellfit.recipe import Recipe
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


@dataclass(frozen=True)
class ActivationSparsity:
    """By hidden layer, over the given rows: the share of activations that are exactly 0, and that are below `small`."""

    zeros: dict[str, float]
    small: dict[str, float]


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
        tuple(k for k, places in enumerate(_places(network.recipe, network.encoding)) if silent[places].all()),
    )


def _places(recipe: Recipe, encoding: Encoding) -> list[NDArray[np.int64]]:
    """The network's inputs that each column of `Arrays` becomes: a number with its mark, a category's units."""
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
    for column in passed_columns(recipe, encoding):
        found[column].append(begin)
        begin += 1
    for column in encoding.index_columns:
        found[column] += range(begin, begin + recipe.categories.embedding)
        begin += recipe.categories.embedding
    return found


def _unread(network: Network) -> NDArray[np.bool_]:
    """Which inputs (inputs,) have no weight left wherever they enter the network."""
    recipe, weights = network.recipe, network.weights()
    inputs = network_inputs(recipe, network.encoding.sizes)
    hidden = [f"hidden{k}" for k in range(len(recipe.hidden))]
    # Of a head only the first layer can see inputs.
    heads = [name for name, *_ in head_layers(recipe, 0, network.outputs, network.encoding.tasks)]
    outputs = [name for name in heads if not name[-1].isdigit() or name.endswith("hidden0") or not recipe.tasks.hidden]
    if recipe.skip == "concatenate" and hidden:
        readers = [*hidden, *outputs]
    else:
        readers = hidden[:1] or outputs
    entering = [weights[f"{name}.weight"][-inputs:] for name in readers]  # what is joined comes last
    silent = np.all([(part == 0).all(axis=1) for part in entering], axis=0)
    scale = weights.get("input.scale")
    return np.asarray(silent if scale is None else silent | (scale == 0), dtype=np.bool_)


def activation_sparsity(network: Network, arrays: Arrays, small: float = SMALL) -> ActivationSparsity:
    """Shares of silent activations on all rows, in evaluation mode, right after the activation. small: at least 0."""
    seen: list[NDArray[np.float32]] = []
    recipe, weights = network.recipe, network.weights()
    with np.errstate(over="ignore", invalid="ignore"):
        x = embed(recipe, network.encoding, weights, encode(network.encoding, arrays))
        forward(recipe, weights, x, seen=seen, tasks=len(network.encoding.tasks))
    names = [f"hidden{k}" for k in range(len(seen))]
    return ActivationSparsity(
        {name: float((h == 0).mean()) for name, h in zip(names, seen, strict=True)},
        {name: float((np.abs(h) < small).mean()) for name, h in zip(names, seen, strict=True)},
    )
