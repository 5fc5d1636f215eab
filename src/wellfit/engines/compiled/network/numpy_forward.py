"""The forward pass in NumPy: for a few rows without compiled code, and the slow reference of the compiled one.

It follows the compiled operations in float32, one line each. The sums inside a matrix product are in another order, so
that its results equal the compiled ones to float32 rounding, not to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.embedding import embed
from wellfit.engines.contract.folding import folded
from wellfit.engines.contract.network import Network, in_target_units
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Float32, Int32, SparseColumns
from wellfit.tables.encoding import Encoding
from wellfit.techniques.rows.scaling import NOT_KNOWN, PAIR_HIGH, PAIR_LOW

Weights = dict[str, NDArray[np.float32]]


def numpy_outputs(network: Network, arrays: Arrays) -> Float32:
    """Outputs (rows, outputs) in the units of `network.predict.predict`, without compiling or loading Numba."""
    network = folded(network)
    with np.errstate(over="ignore", invalid="ignore"):
        weights = network.weights()
        x = embed(network.recipe, network.encoding, weights, encode(network.encoding, arrays))
        z = forward(network.recipe, weights, x, tasks=len(network.encoding.tasks))
    return in_target_units(network, z)


def encode(encoding: Encoding, arrays: Arrays) -> Float32:
    """The encoded input (rows, encoded columns): scaled numbers, marks of missing ones, categories, sparse groups."""
    columns = [scale_numbers(encoding, arrays.numbers)]
    columns.append(np.isnan(arrays.numbers[:, encoding.marked]).astype(np.float32))
    for j, (places, units, rows) in enumerate(zip(encoding.places, encoding.units, encoding.tables, strict=True)):
        codes = arrays.codes[:, j]
        columns.append(table_row(codes, places) if rows else one_hot(codes, places, units))
    if arrays.sparse is not None:
        columns += scale_sparse(encoding, arrays.sparse)
    return np.concatenate(columns, axis=1)


def scale_numbers(encoding: Encoding, numbers: NDArray[Any]) -> NDArray[Any]:
    """Scaled numbers (rows, numeric columns), 0 where missing; in the precision in which they come."""
    number: Any = numbers.dtype.type
    if encoding.knots.shape[1]:
        columns = [_through_knots(numbers[:, j], encoding.knots[j], encoding.scores) for j in range(numbers.shape[1])]
        x = np.stack(columns, axis=1) if columns else numbers
    else:
        x = (numbers - encoding.centre.astype(number)) * encoding.scale.astype(number)
        if encoding.smooth_clip:
            x = np.clip(x, -1e9, 1e9)
            x = x / np.sqrt(1 + x * x / number(9))
    scaled: NDArray[Any] = np.where(np.isnan(numbers), number(0), x)
    return scaled.astype(numbers.dtype, copy=False)


def _through_knots(values: NDArray[Any], knots: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[Any]:
    """Scores between the knots by interpolation; on several equal knots the middle of their scores."""
    table, marks = knots.astype(values.dtype), scores.astype(values.dtype)
    low, end = np.searchsorted(table, values, side="left"), np.searchsorted(table, values, side="right")
    last = len(table) - 1
    below, above = np.clip(low - 1, 0, last), np.clip(low, 0, last)
    gap = table[above] - table[below]
    share = np.divide(values - table[below], gap, out=np.zeros_like(values), where=gap > 0)
    between = marks[below] + share * (marks[above] - marks[below])
    middle = (marks[above] + marks[np.clip(end - 1, 0, last)]) / 2
    found: NDArray[Any] = np.where(end > low, middle, between)
    return found.astype(values.dtype, copy=False)


def table_row(codes: Int32, places: NDArray[np.int64]) -> Float32:
    """One categorical column as (rows, 1): the row of its table, whose first one stands for what is not known."""
    inside = (codes >= -1) & (codes + 1 < len(places))
    place = np.where(inside, places[np.where(inside, codes + 1, 0)], NOT_KNOWN)
    return np.asarray(np.maximum(place + 1, 0)[:, None], np.float32)


def one_hot(codes: Int32, places: NDArray[np.int64], units: int) -> Float32:
    """One categorical column as (rows, units)."""
    inside = (codes >= -1) & (codes + 1 < len(places))
    place = np.where(inside, places[np.where(inside, codes + 1, 0)], NOT_KNOWN)
    x = np.asarray(place[:, None] == np.arange(units), np.float32)
    if units:
        x[place == PAIR_LOW, 0], x[place == PAIR_HIGH, 0] = -1, 1
    return x


def scale_sparse(encoding: Encoding, sparse: SparseColumns) -> list[Float32]:
    """Each sparse group written out in full (rows, columns): times its factors, texts to rows of length one."""
    rows = len(sparse.starts) - 1
    dense = np.zeros((rows, sparse.columns), np.float32)
    np.add.at(dense, (np.repeat(np.arange(rows), np.diff(sparse.starts)), sparse.indices), sparse.values)
    groups = []
    for (begin, end, kind), factors in zip(sparse.groups, encoding.factors, strict=True):
        x = dense[:, begin:end] * factors.astype(np.float32)
        length = np.sqrt((x * x).sum(axis=1, keepdims=True))
        groups.append(np.divide(x, length, out=x, where=length > 0) if kind == "text" else x)
    return groups


def forward(
    recipe: Recipe,
    weights: Weights,
    x: NDArray[Any],
    drop: Callable[[Any, int], Any] | None = None,
    before: Callable[[int, Any], None] | None = None,
    seen: list[NDArray[Any]] | None = None,
    tasks: int = 0,
) -> NDArray[Any]:
    """Raw outputs (rows, outputs) from inputs (rows, inputs), in evaluation mode.

    drop(h, place): what dropout makes of the inputs (place 0) or a hidden layer (from 1); by default what it does in
    evaluation. before(k, h): called with what enters hidden layer k, whose weights it may still change.
    seen: gets each hidden layer's activations (rows, units), as they come out of the activation.
    tasks: how many heads there are, 0 for one output layer.
    """
    rates = (recipe.dropout.input_rate, *recipe.dropout_rates())
    if drop is None:

        def drop(h: Any, place: int) -> Any:
            return h * kept_share(recipe, rates[place])

    if "input.scale" in weights:
        x = x * weights["input.scale"]
    x = drop(x, 0)
    h = x
    for k in range(len(recipe.hidden)):
        source = h
        if recipe.skip == "concatenate" and k > 0:
            h = np.concatenate([h, x], axis=1)
        if before is not None:
            before(k, h)
        h = drop(layer(recipe, weights, k, h, seen), k + 1)
        if recipe.skip == "residual" and k > 0:
            projection = weights.get(f"hidden{k}.projection")
            h = h + (source if projection is None else source @ projection)
    if recipe.skip == "concatenate" and recipe.hidden:
        h = np.concatenate([h, x], axis=1)
    if tasks:
        return np.concatenate([head(recipe, weights, k, h) for k in range(tasks)], axis=1).astype(x.dtype)
    return (h @ weights["output.weight"] + weights["output.bias"]).astype(x.dtype)


def head(recipe: Recipe, weights: Weights, k: int, h: NDArray[Any]) -> NDArray[Any]:
    """A task's outputs from the last shared layer."""
    for j in range(len(recipe.tasks.hidden)):
        name = f"output.{k}.hidden{j}"
        h = recipe.tasks.activation(h @ weights[f"{name}.weight"] + weights[f"{name}.bias"]).astype(np.float32)
    return np.asarray(h @ weights[f"output.{k}.weight"] + weights[f"output.{k}.bias"])


def layer(recipe: Recipe, weights: Weights, k: int, h: Float32, seen: list[NDArray[Any]] | None = None) -> Float32:
    """linear -> normalise -> activate, or activate before normalising."""
    position = recipe.normalization.position if recipe.normalization.name != "none" else ""
    owner, units = f"hidden{recipe.sharing.owner(recipe.hidden, k)}", recipe.hidden[k]
    z = h @ weights[f"{owner}.weight"]
    if f"{owner}.bias" in weights:
        z = z + weights[f"{owner}.bias"]
    if z.shape[-1] < units:  # tied units
        z = np.repeat(z, recipe.sharing.group, axis=-1)[..., :units]
    if position == "before":
        z = normalise(recipe, weights, k, z)
    z = activate(recipe, weights, k, z)
    if seen is not None:
        seen.append(z)
    return normalise(recipe, weights, k, z) if position == "after" else z


def activate(recipe: Recipe, weights: Weights, k: int, z: Float32) -> Float32:
    """The layer's activation, with what of it is learned."""
    h = recipe.activations()[k](z, weights.get(f"hidden{k}.slope")).astype(z.dtype)
    mix = weights.get(f"hidden{k}.mix")
    return h if mix is None else (1 - mix) * z + mix * h


def normalise(recipe: Recipe, weights: Weights, k: int, z: Float32) -> Float32:
    """Batch normalisation with its moving statistics, or layer normalisation."""
    epsilon = np.float32(recipe.normalization.epsilon)
    if recipe.normalization.has_statistics:
        mean, variance = weights[f"hidden{k}.statistics"]
    else:
        mean, variance = z.mean(axis=1, keepdims=True), z.var(axis=1, keepdims=True)
    gain, shift = weights[f"hidden{k}.gain"], weights[f"hidden{k}.shift"]
    return np.asarray(gain * ((z - mean) / np.sqrt(variance + epsilon)) + shift, z.dtype)


def kept_share(recipe: Recipe, rate: Any) -> np.float32:
    """What evaluation multiplies by: the share of units that classic dropout keeps, 1 for the inverted form."""
    rate = float(getattr(rate, "value", rate))
    if recipe.dropout.form != "classic":
        return np.float32(1)
    return np.float32(1 - np.floor(rate * 65536 + 0.5) / 65536)
