"""Where columns stand in the arrays: what is moved there is what moving them in the table would give."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.sparse

from tests.training.trained import ROWS, table
from wellfit.errors import InputError
from wellfit.tables import Schema, read_table
from wellfit.tables.arrays import Arrays
from wellfit.tables.columns.places import places_of

ORDER = np.random.default_rng(3).permutation(ROWS)


def dense(arrays: Arrays) -> np.ndarray:
    """All columns of the arrays side by side, NaN as a number."""
    parts = [np.nan_to_num(arrays.numbers, nan=-99.0), arrays.codes]
    if arrays.sparse is not None:
        s = arrays.sparse
        shape = (arrays.rows, s.columns)
        parts.append(scipy.sparse.csr_array((s.values, s.indices, s.starts), shape=shape).toarray())
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("name", table().columns)
def test_a_shuffled_column_is_that_of_a_shuffled_table(name: str) -> None:
    schema = Schema.infer(read_table(table()), kinds={"words": "text"})
    arrays = schema.arrays(read_table(table()))
    (place,) = [one for one in places_of(schema) if one.name == name]
    moved = table().with_columns(pl.Series(name, table()[name].gather(ORDER)))
    expected = dense(schema.arrays(read_table(moved)))
    assert np.array_equal(dense(place.shuffled(arrays, ORDER)), expected)
    assert not np.array_equal(expected, dense(arrays))


def test_columns_of_a_sparse_table_are_moved_one_by_one() -> None:
    matrix = scipy.sparse.random_array((ROWS, 4), density=0.4, format="csr", rng=np.random.default_rng(0))
    schema = Schema.infer(read_table(matrix))
    moved = matrix.toarray()
    moved[:, 2] = moved[ORDER, 2]
    arrays = schema.arrays(read_table(matrix))
    found = places_of(schema)[2].shuffled(arrays, ORDER)
    assert np.array_equal(dense(found), moved.astype(np.float32).astype(np.float64))


def test_a_column_is_filled_with_one_value() -> None:
    schema = Schema.infer(read_table(table()), kinds={"words": "text"})
    arrays = schema.arrays(read_table(table()))
    places = {place.name: place for place in places_of(schema)}
    number, code = places["size"].filled(arrays, 1.5), places["pair"].filled(arrays, 1.0)
    assert (number.numbers[:, 0] == 1.5).all() and np.array_equal(number.numbers[:, 2:], arrays.numbers[:, 2:])
    assert (code.codes[:, 1] == 1).all() and np.array_equal(code.codes[:, 0], arrays.codes[:, 0])


def test_images_have_no_columns() -> None:
    schema = Schema.infer(read_table(np.zeros((12, 3, 3), np.uint8)))
    with pytest.raises(InputError, match="reads images"):
        places_of(schema)
