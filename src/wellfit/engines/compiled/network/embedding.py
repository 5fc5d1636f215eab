"""From the encoded input to the network's inputs: sizes, columns and starting values of what embeds, and NumPy's way.

The network's inputs in order: each number's embedding, the encoded columns that are handed on as they are (numbers too,
where they are not embedded or stand beside), a row of the table of each categorical column that has one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.random import EMBEDDING, normal_array, purpose_key, uniform_array
from wellfit.recipe import Recipe
from wellfit.tables.encoding import Encoding, InputSizes

Array = NDArray[np.float64]
LEAST_WIDTH = 1e-6  # of a bin, in parts of its edges' size: a soft clip makes far edges equal


def embeds(recipe: Recipe, sizes: InputSizes) -> bool:
    """Whether the network's inputs are anything but the encoded columns."""
    return bool(sizes.tables) or (recipe.number_embedding.name != "none" and sizes.numbers > 0)


def bins_of(recipe: Recipe, sizes: InputSizes) -> tuple[int, ...]:
    """Bins of each number; 0 of each where an embedding needs none."""
    return sizes.bins if len(sizes.bins) == sizes.numbers else (0,) * sizes.numbers


def network_inputs(recipe: Recipe, sizes: InputSizes) -> int:
    """How many columns the first layer sees."""
    if not embeds(recipe, sizes):
        return sizes.encoded
    chosen, bins = recipe.number_embedding, bins_of(recipe, sizes)
    numbers = sum(chosen.width(count) for count in bins)
    passed = sizes.encoded - len(sizes.tables) - (0 if chosen.raw else sizes.numbers)
    return int(numbers + passed + len(sizes.tables) * recipe.categories.embedding)


def embedding_segments(recipe: Recipe, sizes: InputSizes) -> list[tuple[str, tuple[int, ...], Any]]:
    """Name, shape and rate factor of each learned part."""
    chosen: Any = recipe.number_embedding
    found: list[tuple[str, tuple[int, ...], Any]] = []
    features = sum(chosen.features(count) for count in bins_of(recipe, sizes))
    if features and chosen.learns:
        found.append(("input.frequencies", (sizes.numbers, chosen.frequencies), chosen.rate))
        if chosen.name == "periodic_bias":
            found.append(("input.phases", (sizes.numbers, chosen.frequencies), chosen.rate))
    if features and chosen.size:
        outputs = sum(chosen.width(count) for count in bins_of(recipe, sizes))
        found.append(("input.map", (features * chosen.size,), chosen.rate))
        found.append(("input.offset", (outputs,), chosen.rate))
    if sizes.tables:
        found.append(("input.categories", (sum(sizes.tables), recipe.categories.embedding), 1.0))
    return found


def embedding_start(recipe: Recipe, sizes: InputSizes, name: str, shape: tuple[int, ...], seed_key: int) -> Array:
    """The values with which a learned part starts, flat."""
    count = int(np.prod(shape))
    chosen: Any = recipe.number_embedding
    names = ("input.frequencies", "input.phases", "input.map", "input.offset", "input.categories")
    key2 = int(purpose_key(EMBEDDING, names.index(name), 0, seed_key))
    if name == "input.frequencies":
        return float(chosen.sd) * normal_array(count, seed_key, key2)
    if name == "input.categories":
        table: Array = normal_array(count, seed_key, key2).reshape(shape) / math.sqrt(shape[1])
        table[np.cumsum(sizes.tables) - sizes.tables] = 0.0  # what is not known
        return table.ravel()
    uniform: Array = 2 * uniform_array(count, seed_key, key2) - 1
    if name == "input.phases":
        return math.pi * uniform
    features = [f for f in map(chosen.features, bins_of(recipe, sizes)) if f]
    times = np.array(features) * chosen.size if name == "input.map" else np.full(len(features), chosen.size)
    return np.asarray(uniform / np.sqrt(np.repeat(features, times)))


def passed_columns(recipe: Recipe, encoding: Encoding) -> list[int]:
    """The encoded columns that are handed on as they are."""
    numbers = 0 if recipe.number_embedding.raw else len(encoding.centre)
    return [column for column in range(numbers, encoding.width) if column not in encoding.index_columns]


def scaled_edges(encoding: Encoding) -> list[Array]:
    """The edges of each number's bins as the network sees numbers: scaled."""
    from wellfit.engines.compiled.network.numpy_forward import scale_numbers

    most = max((len(edges) for edges in encoding.edges), default=0)
    table = np.zeros((most, len(encoding.edges)))
    for j, edges in enumerate(encoding.edges):
        table[: len(edges), j] = edges
    scaled = scale_numbers(encoding, table)
    return [scaled[: len(edges), j] for j, edges in enumerate(encoding.edges)]


def bin_tables(encoding: Encoding) -> list[tuple[Array, Array]]:
    """Of each number the lower edges of its bins, and one over their widths."""
    tables = []
    for edges in scaled_edges(encoding):
        low, high = edges[:-1], edges[1:]
        tables.append((low, 1 / np.maximum(high - low, LEAST_WIDTH * (np.abs(low) + np.abs(high)) + 1e-30)))
    return tables


def embed(recipe: Recipe, encoding: Encoding, weights: dict[str, NDArray[Any]], x: NDArray[Any]) -> NDArray[Any]:
    """The network's inputs (rows, inputs) from encoded ones (rows, encoded columns), in NumPy."""
    if not embeds(recipe, encoding.sizes):
        return x
    parts = [_embed_numbers(recipe, encoding, weights, x), x[:, passed_columns(recipe, encoding)]]
    first = 0
    for column, rows in zip(encoding.index_columns, encoding.sizes.tables, strict=True):
        parts.append(weights["input.categories"][first + x[:, column].astype(np.int64)])
        first += rows
    return np.concatenate(parts, axis=1).astype(x.dtype)


def _embed_numbers(
    recipe: Recipe, encoding: Encoding, weights: dict[str, NDArray[Any]], x: NDArray[Any]
) -> NDArray[Any]:
    chosen: Any = recipe.number_embedding
    blocks: list[NDArray[Any]] = []
    tables = bin_tables(encoding) if chosen.name == "piecewise" else []
    map_begin = out = 0
    for j in range(len(encoding.centre) if chosen.name != "none" else 0):
        f = _features(chosen.name, tables[j] if tables else None, weights, j, x[:, j : j + 1])
        if chosen.size and f.shape[1]:
            v = weights["input.map"][map_begin : map_begin + chosen.size * f.shape[1]].reshape(chosen.size, -1)
            map_begin += v.size
            f = f @ v.T + weights["input.offset"][out : out + chosen.size]
            out += chosen.size
            f = np.maximum(f, 0) if chosen.bends else f
        blocks.append(f)
    return np.concatenate([x[:, :0], *blocks], axis=1)


def _features(name: str, table: Any, weights: dict[str, NDArray[Any]], j: int, x: NDArray[Any]) -> NDArray[Any]:
    """Features (rows, features) of number j, whose column is x (rows, 1)."""
    if name == "piecewise":
        low, over = (part.astype(x.dtype) for part in table)
        shares = (x - low) * over
        held = np.asarray(np.clip(shares, 0, 1))
        if held.shape[1]:
            held[:, 0] = np.where((shares[:, 0] < 0) | (held.shape[1] == 1), shares[:, 0], held[:, 0])
            held[:, -1] = np.where(shares[:, -1] > 1, shares[:, -1], held[:, -1])
        return held
    turns = x * weights["input.frequencies"][j].astype(x.dtype)  # rounded as the kernel's: far from 0 it decides
    if name == "periodic_bias":
        turns = turns + (weights["input.phases"][j] * (1 / (2 * np.pi))).astype(x.dtype)
    else:
        turns = np.concatenate([turns, turns - np.asarray(0.25, x.dtype)], axis=1)
    rest = turns.astype(np.float64) - np.floor(turns)
    return np.asarray(np.cos(2 * np.pi * rest), x.dtype)
