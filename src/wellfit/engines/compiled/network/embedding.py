"""From the encoded input to the network's inputs, in NumPy, and the bins of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.inputs import embeds, passed_columns
from wellfit.recipe import Recipe
from wellfit.tables.encoding import Encoding

Array = NDArray[np.float64]
LEAST_WIDTH = 1e-6  # of a bin, in parts of its edges' size: a soft clip makes far edges equal


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
