"""From raw arrays to a network's inputs: the operations of `encode` and `embed` in wellfit.engines.numpy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.numpy.embed import bin_tables
from wellfit.models.export.columns import Raw
from wellfit.models.export.graph import FLOAT, INT64, Graph
from wellfit.tables.encoding import Encoding
from wellfit.techniques.network.embedding import NumberEmbedding
from wellfit.techniques.rows.scaling_kernels import NOT_KNOWN, PAIR_HIGH, PAIR_LOW

f32 = np.float32
TOGETHER = 16  # columns that go through their knots at once: more of them take memory, fewer many operations
Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Encoded:
    """The encoded input in its parts, which an embedding takes apart.

    numbers: the name of the scaled ones (rows, numbers), "" where there are none. passed: names of the other columns.
    tables: of each categorical column with a table its codes, its map and the table's rows. first: an input's name.
    """

    numbers: str
    passed: list[str]
    tables: list[tuple[str, NDArray[np.int64], int]]
    first: str


def encode(g: Graph, raw: Raw, encoding: Encoding) -> Encoded:
    """Scaled numbers, marks of missing ones, categories, sparse groups."""
    numbers = _scaled(g, raw.numbers, encoding) if raw.numbers else ""
    passed, tables = [], []
    if len(encoding.marked):
        missing = g.op("IsNaN", g.op("Gather", raw.numbers, encoding.marked, axis=1))
        passed.append(g.cast(missing, FLOAT))
    for codes, places, units, rows in zip(raw.codes, encoding.places, encoding.units, encoding.tables, strict=True):
        if rows:
            tables.append((codes, places, rows))
        elif units:
            passed.append(_rows_of(g, codes, places, one_hot_rows(places, units)))
    passed += _sparse(g, raw.sparse, encoding) if raw.sparse else []
    return Encoded(numbers, passed, tables, raw.first)


def side_by_side(g: Graph, encoded: Encoded) -> str:
    """The encoded input (rows, encoded columns) of a network that embeds nothing."""
    parts = [encoded.numbers, *encoded.passed] if encoded.numbers else encoded.passed
    return g.join(parts) if parts else _no_columns(g, encoded.first)


def embed(g: Graph, chosen: NumberEmbedding, encoding: Encoding, arrays: Weights, x: Encoded) -> str:
    """The network's inputs (rows, inputs): embedded numbers, columns that are passed on, rows of categories' tables.

    arrays: what the embedding of numbers and the tables learn, by use.
    """
    embedded = EMBEDDINGS[chosen.name](g, x.numbers, chosen, encoding, arrays) if x.numbers else []
    numbers = [x.numbers] if x.numbers and chosen.raw else []
    tables, first = [], 0
    for codes, places, rows in x.tables:
        tables.append(_rows_of(g, codes, places, arrays["categories"][first : first + rows]))
        first += rows
    return g.join([*embedded, *numbers, *x.passed, *tables])


def _no_columns(g: Graph, first: str) -> str:
    """(rows, 0): where no column varied in the training rows."""
    rows = g.op("Shape", first, start=0, end=1)
    return g.op("ConstantOfShape", g.op("Concat", rows, np.zeros(1, np.int64), axis=0))


def _scaled(g: Graph, numbers: str, encoding: Encoding) -> str:
    """Scaled numbers, 0 where missing."""
    if encoding.knots.shape[1]:
        parts = []
        for begin in range(0, len(encoding.centre), TOGETHER):
            which = np.arange(begin, min(begin + TOGETHER, len(encoding.centre)))
            part = g.op("Gather", numbers, which, axis=1)
            parts.append(_through_knots(g, part, encoding.knots[which], encoding.scores))
        x = g.join(parts)
    else:
        x = g.mul(g.sub(numbers, encoding.centre.astype(f32)), encoding.scale.astype(f32))
        if encoding.smooth_clip:
            x = g.clip(x, f32(-1e9), f32(1e9))
            x = g.div(x, g.op("Sqrt", g.add(f32(1), g.div(g.mul(x, x), f32(9)))))
    return g.op("Where", g.op("IsNaN", numbers), f32(0), x)


def _through_knots(g: Graph, v: str, knots: NDArray[np.float64], scores: NDArray[np.float64]) -> str:
    """Columns (rows, columns) through their tables (columns, knots): the score between the knots, or the middle of
    those of equal knots.
    """
    table, marks, last = knots.astype(f32), scores.astype(f32), knots.shape[1] - 1
    each, first = g.op("Unsqueeze", v, np.array([2], np.int64)), np.arange(len(knots)) * knots.shape[1]

    def count(holds: str) -> str:  # as floats, which runtimes add up faster
        return g.cast(g.total(g.cast(holds, FLOAT), 2), INT64)

    low, end = count(g.op("Less", table, each)), count(g.op("LessOrEqual", table, each))

    def place(position: str) -> str:
        return g.clip(position, np.int64(0), np.int64(last))

    below, above = place(g.sub(low, np.int64(1))), place(low)
    left, right = (g.op("Gather", table.ravel(), g.add(at, first)) for at in (below, above))
    gap = g.sub(right, left)
    wide = g.op("Greater", gap, f32(0))
    share = g.op("Where", wide, g.div(g.sub(v, left), g.op("Where", wide, gap, f32(1))), f32(0))
    start, stop = g.op("Gather", marks, below), g.op("Gather", marks, above)
    between = g.add(start, g.mul(share, g.sub(stop, start)))
    middle = g.div(g.add(stop, g.op("Gather", marks, place(g.sub(end, np.int64(1))))), f32(2))
    return g.op("Where", g.op("Greater", end, low), middle, between)


def _rows_of(g: Graph, codes: str, places: NDArray[np.int64], table: NDArray[np.float32]) -> str:
    """The table's row (rows, columns) for each code; its first row stands for what is not known."""
    known = np.where(places == PAIR_LOW, 0, np.where(places == PAIR_HIGH, 1, places))
    index = np.append(np.where(known == NOT_KNOWN, 0, known + 1), 0)
    rows = g.op("Gather", table, g.op("Gather", index.astype(np.int64), codes))
    return g.op("Squeeze", rows, np.array([1], np.int64))


def one_hot_rows(places: NDArray[np.int64], units: int) -> NDArray[np.float32]:
    """(1 + places, units): zeros, then a row for each place; -1 and 1 for a pair."""
    if PAIR_LOW in places:
        return np.array([[0], [-1], [1]], f32)
    return np.concatenate([np.zeros((1, units)), np.eye(units)]).astype(f32)


def _sparse(g: Graph, sparse: str, encoding: Encoding) -> list[str]:
    """Each group of sparse numbers times its factors."""
    return [g.mul(sparse, np.concatenate(encoding.factors).astype(f32))]


def _no_embedding(g: Graph, x: str, chosen: Any, encoding: Encoding, arrays: Weights) -> list[str]:
    return []


def _piecewise(g: Graph, x: str, chosen: Any, encoding: Encoding, arrays: Weights) -> list[str]:
    """How far numbers have come through their bins (rows, columns), or a map of it; none where no number has any."""
    bins = [len(low) for low, _ in bin_tables(encoding)]
    kept = [j for j, count in enumerate(bins) if count]
    if not kept:
        return []
    if not chosen.size:
        return [_shares(g, x, encoding, kept, 0)]
    most = max(bins)
    features = g.reshape(_shares(g, x, encoding, kept, most), 0, len(kept), most)
    return [_mapped(g, features, chosen, arrays, [bins[j] for j in kept])]


def _periodic(g: Graph, x: str, chosen: Any, encoding: Encoding, arrays: Weights) -> list[str]:
    """Cosines of numbers (rows, columns), or a map of them."""
    features = _waves(g, x, chosen.name, arrays)
    count, width = len(encoding.centre), chosen.features(0)
    if not chosen.size:
        return [g.reshape(features, 0, count * width)]
    return [_mapped(g, features, chosen, arrays, [width] * count)]


# What each embedding makes of the scaled numbers: names of columns.
EMBEDDINGS: dict[str, Callable[[Graph, str, Any, Encoding, Weights], list[str]]] = {
    "none": _no_embedding,
    "piecewise": _piecewise,
    "periodic": _periodic,
    "periodic_bias": _periodic,
}


def _shares(g: Graph, x: str, encoding: Encoding, kept: list[int], padded: int) -> str:
    """How far each number has come through its bins, all side by side; bins of 0 at the end where they are padded."""
    which, tables = [], []
    for j in kept:
        low, over = bin_tables(encoding)[j]
        ends = np.zeros(len(low)), np.ones(len(low))
        ends[0][0], ends[1][-1] = -math.inf, math.inf  # beyond the outer edges it goes on
        rows = np.stack([low, over, *ends])
        rows = np.pad(rows, ((0, 0), (0, max(padded - len(low), 0))))
        which += [j] * rows.shape[1]
        tables.append(rows)
    edges, over, least, most = np.concatenate(tables, axis=1).astype(f32)
    spread = g.op("Gather", x, np.array(which, np.int64), axis=1)
    return g.clip(g.mul(g.sub(spread, edges), over), least, most)


def _waves(g: Graph, x: str, name: str, arrays: Weights) -> str:
    """Cosines (rows, numbers, features); of the angle only what is left of whole turns counts, which is exact."""
    columns = g.op("Unsqueeze", x, np.array([2], np.int64))
    turns = g.mul(columns, arrays["frequencies"])
    if name == "periodic_bias":
        turns = g.add(turns, (arrays["phases"] * (1 / (2 * np.pi))).astype(f32))
    else:
        turns = g.join([turns, g.sub(turns, f32(0.25))], axis=2)
    return g.op("Cos", g.mul(g.sub(turns, g.op("Round", turns)), f32(2 * np.pi)))


def _mapped(g: Graph, features: str, chosen: Any, arrays: Weights, widths: list[int]) -> str:
    """A linear map of each number's features (rows, numbers, features), and ReLU where the embedding bends."""
    most, begin, blocks = max(widths), 0, []
    for width in widths:
        end = begin + width * chosen.size
        block = arrays["map"][begin:end].reshape(chosen.size, width)
        blocks.append(np.pad(block, ((0, 0), (0, most - width))).T)
        begin = end
    by_number = g.op("MatMul", g.op("Transpose", features, perm=[1, 0, 2]), np.stack(blocks))
    flat = g.reshape(g.op("Transpose", by_number, perm=[1, 0, 2]), 0, len(widths) * chosen.size)
    mapped = g.add(flat, arrays["offset"])
    return g.op("Relu", mapped) if chosen.bends else mapped
