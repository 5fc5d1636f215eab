"""Normal numbers in the kernels: the functions behind them in single precision, and the documented rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.engines.compiled.draws import normals
from wellfit.numerics.draws import cosine, fill_normal, radius, sine
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import compiled_loop
from wellfit.numerics.random import purpose_key, seed_key, u32


@compiled_loop("T[:]", "T[:,:]")
def functions(x: Any, y: Any) -> None:
    """Rows of y: radius of x, cosine and sine of x - 1/2."""
    for i in range(len(x)):
        y[0, i] = radius(x[i])
        y[1, i] = cosine(x[i] - constant(0.5, x[i]))
        y[2, i] = sine(x[i] - constant(0.5, x[i]))


@compiled_loop("T[:]", "int64", "int64")
def fill(out: Any, key1: Any, key2: Any) -> None:
    """Normal numbers under two keys."""
    fill_normal(out, u32(key1), u32(key2))


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 3e-7), ("float64", 1e-14)])
def test_the_functions_on_all_that_can_be_drawn(dtype: str, tolerance: float) -> None:
    steps = np.unique(np.concatenate([np.arange(5000), np.geomspace(1, 2**23 - 1, 20_000).astype(np.int64)]))
    x = np.concatenate([(steps + 0.5) / 2**23, 1 - (steps + 0.5) / 2**23]).astype(dtype)
    assert 0 < x.min() and x.max() < 1
    y = np.empty((3, len(x)), dtype)
    functions.for_precision(dtype)(x, y)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(y[0], np.sqrt(-2 * np.log(wide)), rtol=tolerance)
    np.testing.assert_allclose(y[1], np.cos(np.pi * (wide - 0.5)), atol=tolerance)
    np.testing.assert_allclose(y[2], np.sin(np.pi * (wide - 0.5)), atol=tolerance)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 64, 1001])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 3e-6), ("float64", 1e-13)])
def test_the_documented_numbers(count: int, dtype: str, tolerance: float) -> None:
    key1 = seed_key(9)
    out = np.zeros(count, dtype)
    fill.for_precision(dtype)(out, key1, int(purpose_key(5, 3, 7, key1)))
    np.testing.assert_allclose(out, normals(count, 5, 3, 9, 7), atol=tolerance)


def test_a_million_are_standard_normal() -> None:
    out = np.zeros(1_000_000, np.float32)
    fill.for_precision("float32")(out, seed_key(1), 12345)
    z, n = out.astype(np.float64), len(out)
    moments = [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
    for power, mean, variance in moments:
        assert abs(np.mean(z**power) - mean) < 5 * np.sqrt(variance / n)
    assert stats.kstest(z[::20], "norm").pvalue > 1e-6
    assert abs(np.mean(z[: n // 2] * z[n // 2 :])) < 5 / np.sqrt(n / 2)
    assert 4.0 < np.abs(z).max() < 5.8
