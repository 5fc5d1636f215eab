"""The products of the training step: right, and each element the same bits whatever its place and its neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wellfit.numerics.kernel import COMPILED, compiled_loop
from wellfit.numerics.product import (
    BLOCK,
    DEPTH,
    FAR,
    FAR_COLUMNS,
    product,
    product_plus,
    product_transposed,
    transposed_product,
)
from wellfit.numerics.tiles import many_registers, tile_rows
from wellfit.numerics.wide_product import WIDE, is_wide, wide_product

ROWS = (1, 2, 3, tile_rows() - 1, tile_rows(), tile_rows() + 1, 63, 64, 65)
COLUMNS = (1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100)
FLOAT32_BOUND, FLOAT64_BOUND = 1e-6, 1e-15
Matrix = NDArray[Any]


@compiled_loop("T[:,:]", "T[:,:]", "T[:]", "T[:,:]", "int64", "int64", "int64")
def multiply(a, b, bias, c, which, begin, end):  # type: ignore[no-untyped-def]
    if which == 0:
        product(a, b, c, begin, end)
    elif which == 1:
        product_plus(a, b, bias, c, begin, end)
    elif which == 2:
        transposed_product(a, b, c, begin, end)
    else:
        product_transposed(a, b, c, begin, end)
    return True


def numbers(rows: int, fan_in: int, fan_out: int, precision: str = "float32") -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """X, W, b and the gradient G of an output."""
    rng = np.random.default_rng(fan_in * 1000 + fan_out)
    shapes = ((rows, fan_in), (fan_in, fan_out), (fan_out,), (rows, fan_out))
    x, w, bias, g = (rng.normal(size=shape).astype(precision) for shape in shapes)
    return x, w, bias, g


def computed(which: int, a: Matrix, b: Matrix, bias: Matrix, shape: tuple[int, int]) -> Matrix:
    """The product, in an array with a border that must stay as it is."""
    around = np.full((shape[0] + 2, shape[1]), 7, a.dtype)
    multiply.for_precision(str(a.dtype))(a, b, bias, around[1:-1], which, 0, -1)
    assert (around[[0, -1]] == 7).all()
    return around[1:-1].copy()


def all_products(x: Matrix, w: Matrix, bias: Matrix, g: Matrix) -> list[Matrix]:
    """X W, X W + b, X' G and G W'."""
    pairs = ((x, w, g.shape), (x, w, g.shape), (x, g, w.shape), (g, w, x.shape))
    return [computed(which, a, b, bias, shape) for which, (a, b, shape) in enumerate(pairs)]


SHAPES = [(65, fan_in, columns) for columns in COLUMNS for fan_in in (0, 1, 3, 17, 100)]
SHAPES += [(rows, 20, columns) for rows in ROWS for columns in (1, 2, 5, 10, 32)]
SHAPES += [(30, DEPTH + 44, FAR + 5), (2 * DEPTH + 3, 12, 40), (40, 2 * FAR, DEPTH + 1), (9, DEPTH + 1, 3)]
SHAPES += [(30, FAR_COLUMNS + BLOCK + 3, columns) for columns in (5, 17, 40)]


@pytest.mark.parametrize(("precision", "bound"), [("float32", FLOAT32_BOUND), ("float64", FLOAT64_BOUND)])
def test_they_are_the_products_and_touch_nothing_else(precision: str, bound: float) -> None:
    for rows, fan_in, fan_out in SHAPES:
        x, w, bias, g = numbers(rows, fan_in, fan_out, precision)
        wide = [each.astype(np.float64 if precision == "float32" else np.longdouble) for each in (x, w, bias, g)]
        X, W, B, G = wide
        exact = [X @ W, X @ W + B, X.T @ G, G @ W.T]
        size = [abs(X) @ abs(W), abs(X) @ abs(W) + abs(B), abs(X.T) @ abs(G), abs(G) @ abs(W.T)]
        depths = (fan_in, fan_in + 1, rows, fan_out)
        for which, ours in enumerate(all_products(x, w, bias, g)):
            allowed = bound * (depths[which] + 1) * size[which] + 1e-300
            assert (abs(ours - exact[which]) <= allowed).all(), (which, rows, fan_in, fan_out)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("fan_in", [1, 17, DEPTH + 10])
def test_a_row_never_sees_its_place_or_its_neighbours(fan_in: int, columns: int) -> None:
    x, w, bias, g = numbers(65, fan_in, columns)
    _, whole, _, back = all_products(x, w, bias, g)
    order = np.random.default_rng(0).permutation(65)
    for chosen in (*(np.arange(rows) for rows in ROWS), order):
        _, part, _, part_back = all_products(x[chosen], w, bias, g[chosen])
        assert np.array_equal(part, whole[chosen])
        assert np.array_equal(part_back, back[chosen])
    wild = np.full((65, fan_in), np.float32(np.inf))
    wild[40] = x[40]
    assert np.array_equal(computed(1, wild, w, bias, (65, columns))[40], whole[40])


@pytest.mark.parametrize("columns", [5, 17, FAR + 5])
def test_a_column_never_sees_its_place_or_its_neighbours(columns: int) -> None:
    """Nor does an input's gradient of the weights, so that inputs can be shared among cores."""
    x, w, bias, g = numbers(50, 40, columns)
    _, whole, gradient, _ = all_products(x, w, bias, g)
    for j in range(columns):
        one = slice(j, j + 1)
        narrow = [np.ascontiguousarray(each) for each in (x, w[:, one], bias[one], g[:, one])]
        _, column, part, _ = all_products(*narrow)
        assert np.array_equal(column[:, 0], whole[:, j])
        assert np.array_equal(part[:, 0], gradient[:, j])
    half = np.ascontiguousarray(x[:, 13:])
    assert np.array_equal(computed(2, half, g, bias, (27, columns)), gradient[13:])


def test_many_inputs_and_few_give_the_same_gradient() -> None:
    """Rows of X that lie far apart are copied, others are not."""
    x, w, bias, g = numbers(DEPTH, FAR_COLUMNS + 5, 40)
    gradient = computed(2, x, g, bias, w.shape)
    for begin in (0, 100, 400):
        few = np.ascontiguousarray(x[:, begin : begin + 100])
        assert np.array_equal(computed(2, few, g, bias, (100, 40)), gradient[begin : begin + 100])


@pytest.mark.parametrize("fan_out", [5, 64, 77, 260])
def test_parts_are_parts_of_the_whole(fan_out: int) -> None:
    """Columns of the outputs and of the inputs' gradient, rows of the weights' gradient."""
    x, w, bias, g = numbers(40, FAR_COLUMNS + 70, fan_out)
    pairs = ((x, w, g.shape), (x, w, g.shape), (x, g, w.shape), (g, w, x.shape))
    for which, (a, b, shape) in enumerate(pairs):
        whole, parted = computed(which, a, b, bias, shape), np.full(shape, 7, np.float32)
        over = shape[0] if which == 2 else shape[1]
        bounds = [0, *range(64, over - 63, 64), over]
        for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
            multiply.for_precision()(a, b, bias, parted, which, begin, end)
            outside = parted[end:] if which == 2 else parted[:, end:]
            assert (outside == 7).all()
        assert np.array_equal(parted, whole), which


@pytest.mark.skipif(not COMPILED, reason="plain Python takes the plain form anyway")
@pytest.mark.parametrize("columns", [1, 8, 17, 33])
def test_the_plain_form_gives_the_same(columns: int) -> None:
    x, w, bias, g = numbers(65, 50, columns)
    plain = [np.zeros(shape, np.float32) for shape in (g.shape, g.shape, w.shape, x.shape)]
    product(x, w, plain[0])
    product_plus(x, w, bias, plain[1])
    transposed_product(x, g, plain[2])
    product_transposed(g, w, plain[3])
    for ours, theirs in zip(all_products(x, w, bias, g), plain, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_not_a_number_is_seen() -> None:
    x, w, bias, g = numbers(65, 20, 17)
    x[3, 19] = np.nan
    _, y, gradient, _ = all_products(x, w, bias, g)
    assert np.isnan(y[3]).all()
    assert np.isfinite(np.delete(y, 3, axis=0)).all()
    assert np.isnan(gradient[19]).all()
    assert np.isfinite(gradient[:19]).all()


@compiled_loop("T[:,:]", "T[:,:]", "T[:,:]", "T[:,:]", "T[:,:]", "T[:,:]", "int64")
def multiply_wide(x, w, g, y, dw, dx, units):  # type: ignore[no-untyped-def]
    wide_product(x, False, w, False, y)
    wide_product(x, True, g, False, dw)
    wide_product(g, False, w, True, dx)
    return is_wide(units, 1) and is_wide(1, units)


@pytest.mark.skipif(COMPILED and many_registers(), reason="on this processor no width is left to a BLAS")
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_blas_multiplies_wide_layers(precision: str) -> None:
    x, w, _, g = numbers(33, WIDE + 8, 300, precision)
    y, dw, dx = np.zeros_like(g), np.zeros_like(w), np.zeros_like(x)
    run = multiply_wide.for_precision(precision)
    assert not run(x, w, g, y, dw, dx, WIDE)
    assert run(x, w, g, y, dw, dx, WIDE + 1) is COMPILED
    for ours, exact in ((y, x @ w), (dw, x.T @ g), (dx, g @ w.T)):
        np.testing.assert_allclose(ours, exact, rtol=1e-4, atol=1e-3)
