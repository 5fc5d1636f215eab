"""From the columns of a table to arrays: numbers and parts of dates, counts of text, sparse columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from wellfit.tables.arrays import Arrays, Float32, Int64, SparseColumns
from wellfit.tables.columns.columns import Column
from wellfit.tables.columns.text import count_tokens


def dense_numbers(
    columns: Sequence[Column], frame: pl.DataFrame, width: int, strict: bool, rows: Int64 | None = None
) -> Float32:
    """Numbers and parts of dates (rows, width), filled column by column so that no second copy is needed.

    strict: infinities are refused; else they are missing. rows: which rows these are; see `Column.numbers`.
    """
    numbers = np.empty((frame.height, width), dtype=np.float32)
    place = 0
    for column in columns:
        if column.kind == "number":
            numbers[:, place] = column.numbers(frame.get_column(column.name), strict, rows)
            place += 1
        elif column.kind == "date":
            for part in column.dates(frame.get_column(column.name)):
                numbers[:, place] = part
                place += 1
    return numbers


def text_counts(columns: Sequence[Column], frame: pl.DataFrame) -> SparseColumns | None:
    """Counts of words or characters of all texts side by side, a group each; None where there are no texts."""
    texts = [column for column in columns if column.kind == "text"]
    if not texts:
        return None
    from scipy.sparse import hstack

    counts = [count_tokens(frame.get_column(column.name), column.width, column.tokens) for column in texts]
    ends = np.cumsum([column.width for column in texts]).tolist()
    groups = tuple((end - column.width, end, "text") for end, column in zip(ends, texts, strict=True))
    return _sparse_columns(hstack(counts, format="csr"), groups)


def arrays_of_sparse(matrix: Any) -> Arrays:
    """The arrays of a sparse table of numbers. matrix: scipy CSR array (rows, columns)."""
    rows, width = matrix.shape
    none = np.empty((rows, 0), dtype=np.float32), np.empty((rows, 0), dtype=np.int32)
    return Arrays(*none, (), _sparse_columns(matrix, ((0, width, "numbers"),)))


def _sparse_columns(matrix: Any, groups: tuple[tuple[int, int, Any], ...]) -> SparseColumns:
    starts = np.ascontiguousarray(matrix.indptr, dtype=np.int64)
    indices = np.ascontiguousarray(matrix.indices, dtype=np.int32)
    return SparseColumns(starts, indices, np.ascontiguousarray(matrix.data, np.float32), matrix.shape[1], groups)
