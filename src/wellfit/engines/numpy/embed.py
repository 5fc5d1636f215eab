"""From the encoded input to the network's inputs, in NumPy, and the bins of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.inputs import passed_columns
from wellfit.engines.numpy.encode import scale_numbers
from wellfit.tables.encoding import Encoding
from wellfit.techniques.network.embedding import NumberEmbedding

Array = NDArray[np.float64]
LEAST_WIDTH = 1e-6  # of a bin, in parts of its edges' size: a soft clip makes far edges equal


def scaled_edges(encoding: Encoding) -> list[Array]:
    """The edges of each number's bins as the network sees numbers: scaled."""
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


def embed(
    chosen: NumberEmbedding, encoding: Encoding, arrays: Mapping[str, NDArray[Any]], x: NDArray[Any]
) -> NDArray[Any]:
    """The network's inputs (rows, inputs) from encoded ones (rows, encoded columns).

    arrays: what the embedding of numbers and the tables of categories learn, by use ("map", "categories", ...).
    """
    parts = [_embed_numbers(chosen, encoding, arrays, x), x[:, passed_columns(chosen, encoding)]]
    first = 0
    for column, rows in zip(encoding.index_columns, encoding.sizes.tables, strict=True):
        parts.append(arrays["categories"][first + x[:, column].astype(np.int64)])
        first += rows
    return np.concatenate(parts, axis=1).astype(x.dtype)


def _embed_numbers(
    chosen: Any, encoding: Encoding, arrays: Mapping[str, NDArray[Any]], x: NDArray[Any]
) -> NDArray[Any]:
    blocks: list[NDArray[Any]] = []
    tables = bin_tables(encoding) if chosen.name == "piecewise" else []
    map_begin = out = 0
    for j in range(len(encoding.centre) if chosen.name != "none" else 0):
        column = x[:, j : j + 1]
        f = _shares(*tables[j], column) if tables else _waves(chosen.name, arrays, j, column)
        if chosen.size and f.shape[1]:
            v = arrays["map"][map_begin : map_begin + chosen.size * f.shape[1]].reshape(chosen.size, -1)
            map_begin += v.size
            f = f @ v.T + arrays["offset"][out : out + chosen.size]
            out += chosen.size
            f = np.maximum(f, 0) if chosen.bends else f
        blocks.append(f)
    return np.concatenate([x[:, :0], *blocks], axis=1)


def _shares(low: Array, over: Array, x: NDArray[Any]) -> NDArray[Any]:
    """How far a number (rows, 1) has come through each of its bins (rows, bins)."""
    shares = (x - low.astype(x.dtype)) * over.astype(x.dtype)
    held = np.asarray(np.clip(shares, 0, 1))
    if held.shape[1]:
        held[:, 0] = np.where((shares[:, 0] < 0) | (held.shape[1] == 1), shares[:, 0], held[:, 0])
        held[:, -1] = np.where(shares[:, -1] > 1, shares[:, -1], held[:, -1])
    return held


def _waves(name: str, arrays: Mapping[str, NDArray[Any]], j: int, x: NDArray[Any]) -> NDArray[Any]:
    """Cosines (rows, features) of number j, whose column is x (rows, 1)."""
    turns = x * arrays["frequencies"][j].astype(x.dtype)  # rounded as the kernel's: far from 0 it decides
    if name == "periodic_bias":
        turns = turns + (arrays["phases"][j] * (1 / (2 * np.pi))).astype(x.dtype)
    else:
        turns = np.concatenate([turns, turns - np.asarray(0.25, x.dtype)], axis=1)
    rest = turns.astype(np.float64) - np.floor(turns)
    return np.asarray(np.cos(2 * np.pi * rest), x.dtype)
