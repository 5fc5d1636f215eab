"""Where the columns of a user's table stand in the arrays, and the arrays with some of them changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.arrays import Arrays, SparseColumns
from wellfit.tables.columns.columns import Column

if TYPE_CHECKING:
    from wellfit.tables.columns.schema import Schema

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """One column of the table, and all that the arrays hold of it: several parts of a date, all words of a text.

    name: of the column.
    numbers, codes: places among the numeric and the categorical columns of the arrays.
    sparse: first and end column of what is stored by row; (0, 0): nothing.
    column: what is known of it; None for a column of a sparse table.
    """

    name: str
    numbers: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()
    sparse: tuple[int, int] = (0, 0)
    column: Column | None = None

    def shuffled(self, arrays: Arrays, order: Int64) -> Arrays:
        """The arrays with this column's cells taken from the rows of `order` (rows,); the others stay as they are."""
        numbers, codes, sparse = arrays.numbers, arrays.codes, arrays.sparse
        if self.numbers:
            numbers = numbers.copy()
            numbers[:, self.numbers] = arrays.numbers[np.ix_(order, np.array(self.numbers))]
        if self.codes:
            codes = codes.copy()
            codes[:, self.codes] = arrays.codes[np.ix_(order, np.array(self.codes))]
        if sparse is not None and self.sparse[1] > self.sparse[0]:
            sparse = _shuffled_sparse(sparse, self.sparse, order)
        return replace(arrays, numbers=numbers, codes=codes, sparse=sparse)

    def filled(self, arrays: Arrays, value: float) -> Arrays:
        """The arrays with one value of the arrays in all rows of this column, which is a number or a category."""
        if self.codes:
            codes = arrays.codes.copy()
            codes[:, self.codes] = int(value)
            return replace(arrays, codes=codes)
        numbers = arrays.numbers.copy()
        numbers[:, self.numbers] = value
        return replace(arrays, numbers=numbers)


def places_of(schema: Schema) -> tuple[Places, ...]:
    """The columns that networks see, in the order of the table.

    Raises:
        InputError: a row is an image, whose pixels are no columns.
    """
    if schema.image is not None:
        raise InputError("What a column is worth is asked of tables, and this model reads images: give another model.")
    if schema.sparse:
        return tuple(Places(name, sparse=(place, place + 1)) for place, name in enumerate(schema.sparse))
    found, number, code, text = [], 0, 0, 0
    for column in schema.columns:
        if column.kind in ("number", "date"):
            end = number + (len(column.parts) if column.kind == "date" else 1)
            found.append(Places(column.name, numbers=tuple(range(number, end)), column=column))
            number = end
        elif column.kind == "category":
            found.append(Places(column.name, codes=(code,), column=column))
            code += 1
        elif column.kind == "text":
            found.append(Places(column.name, sparse=(text, text + column.width), column=column))
            text += column.width
    return tuple(found)


def _shuffled_sparse(sparse: SparseColumns, ends: tuple[int, int], order: Int64) -> SparseColumns:
    """A range of the columns with the rows in another order."""
    from scipy.sparse import csr_array, hstack

    shape = (len(sparse.starts) - 1, sparse.columns)
    matrix = csr_array((sparse.values, sparse.indices, sparse.starts), shape=shape)
    first, end = ends
    parts = [matrix[:, :first], matrix[order][:, first:end], matrix[:, end:]]
    made = hstack(parts, format="csr")
    made.sort_indices()
    indices, starts = made.indices.astype(np.int32), made.indptr.astype(np.int64)
    return replace(sparse, starts=starts, indices=indices, values=made.data.astype(np.float32))
