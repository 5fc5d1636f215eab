"""The row-wise product: right, and for each row the same bits whatever its place, its neighbours and its tile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wellfit.numerics.kernel import COMPILED, compiled_loop
from wellfit.numerics.product import TILE_ROWS, rowwise_product

ROWS = (1, 2, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1, 63, 64, 65)
COLUMNS = (1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100)


@compiled_loop("T[:,:]", "T[:,:]", "T[:,:]")
def multiply(x, w, y):  # type: ignore[no-untyped-def]
    rowwise_product(x, w, y)
    return True


def product(x: NDArray[Any], w: NDArray[Any]) -> NDArray[Any]:
    y = np.full((len(x), w.shape[1]), np.nan, x.dtype)
    multiply.for_precision(str(x.dtype))(x, w, y)
    return y


def numbers(fan_in: int, fan_out: int, precision: str = "float32") -> tuple[NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(fan_in * 1000 + fan_out)
    return rng.normal(size=(65, fan_in)).astype(precision), rng.normal(size=(fan_in, fan_out)).astype(precision)


@pytest.mark.parametrize("columns", COLUMNS)
def test_it_is_the_product_and_touches_nothing_else(columns: int) -> None:
    for fan_in in (0, 1, 3, 17, 100):
        for precision, bound in (("float32", 1e-6), ("float64", 1e-15)):
            x, w = numbers(fan_in, columns, precision)
            exact, size = x.astype(np.float64) @ w.astype(np.float64), np.abs(x) @ np.abs(w)
            for rows in ROWS:
                around = np.full((rows + 2, columns), 7, precision)
                multiply.for_precision(precision)(x[:rows], w, around[1:-1])
                assert (np.abs(around[1:-1] - exact[:rows]) <= bound * (fan_in + 1) * size[:rows] + 1e-300).all()
                assert (around[[0, -1]] == 7).all()


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("fan_in", [1, 3, 17, 64, 100])
def test_a_row_never_sees_its_place_or_its_neighbours(fan_in: int, columns: int) -> None:
    x, w = numbers(fan_in, columns)
    whole = product(x, w)
    for rows in ROWS:
        assert np.array_equal(product(x[:rows], w), whole[:rows])
    order = np.random.default_rng(0).permutation(65)
    assert np.array_equal(product(x[order], w), whole[order])
    wild = np.full((65, fan_in), np.float32(np.inf))
    wild[40] = x[40]
    assert np.array_equal(product(wild, w)[40], whole[40])


@pytest.mark.parametrize("columns", [17, 100])
def test_every_column_is_added_alike(columns: int) -> None:
    """A column's bits do not hang on the tile it lies in, nor on the columns beside it."""
    x, w = numbers(50, columns)
    whole = product(x, w)
    for j in range(columns):
        assert np.array_equal(product(x, np.ascontiguousarray(w[:, j : j + 1]))[:, 0], whole[:, j])
    order = np.random.default_rng(0).permutation(columns)
    assert np.array_equal(product(x, np.ascontiguousarray(w[:, order])), whole[:, order])


@pytest.mark.skipif(not COMPILED, reason="plain Python takes the plain form anyway")
@pytest.mark.parametrize("columns", [1, 8, 17, 33])
def test_the_plain_form_says_the_same(columns: int) -> None:
    x, w = numbers(50, columns)
    plain = np.zeros((65, columns), np.float32)
    rowwise_product(x, w, plain)
    np.testing.assert_allclose(product(x, w), plain, rtol=1e-4, atol=1e-5)


def test_not_a_number_is_seen() -> None:
    x, w = numbers(20, 17)
    x[3, 19] = np.nan
    y = product(x, w)
    assert np.isnan(y[3]).all()
    assert np.isfinite(np.delete(y, 3, axis=0)).all()
