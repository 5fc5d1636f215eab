"""From raw columns to the encoded input, in NumPy: scaled numbers, marks, categories, sparse groups."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.tables.arrays import Arrays, Float32, Int32, SparseColumns
from wellfit.tables.encoding import Encoding
from wellfit.techniques.rows.scaling_kernels import NOT_KNOWN, PAIR_HIGH, PAIR_LOW


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
