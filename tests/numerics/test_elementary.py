"""exp, tanh, erf, log1p and sigmoid against NumPy and SciPy, in both precisions, NaN and infinities included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from tests.numerics.probe import compiled_elementary
from wellfit.numerics import elementary

EXACT: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "tanh": np.tanh,
    "erf": special.erf,
    "log1p": np.log1p,
    "sigmoid": special.expit,
}
RANGE = {"exp": (-87.0, 88.0), "tanh": (-30.0, 30.0), "erf": (-6.0, 6.0), "log1p": (0.0, 1.0), "sigmoid": (-80.0, 80.0)}


def grid(name: str, dtype: str) -> np.ndarray:
    low, high = RANGE[name]
    near = np.geomspace(1e-30, 1, 2001)
    points = np.concatenate([np.linspace(low, high, 40_001), near, -near if low < 0 else near, [0.0]])
    return points.astype(dtype)


@pytest.mark.parametrize("name", EXACT)
def test_double_precision_is_the_librarys(name: str) -> None:
    x = grid(name, "float64")
    np.testing.assert_allclose(compiled_elementary(name, x), EXACT[name](x), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("name", EXACT)
def test_single_precision(name: str) -> None:
    x = grid(name, "float32")
    ours, exact = compiled_elementary(name, x).astype(np.float64), EXACT[name](x.astype(np.float64))
    if name == "erf":  # near 0 it is the absolute error that is small
        assert np.abs(ours - exact).max() < 5e-7
    else:
        np.testing.assert_allclose(ours, exact, rtol=3e-7, atol=1e-37)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EXACT)
def test_nan_stays(name: str, dtype: str) -> None:
    assert np.isnan(compiled_elementary(name, np.full(9, np.nan, dtype))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_infinities_and_what_overflows(dtype: str) -> None:
    x = np.array([np.inf, 1e5, -1e5, -np.inf], dtype)
    assert list(compiled_elementary("tanh", x)) == list(compiled_elementary("erf", x)) == [1, 1, -1, -1]
    np.testing.assert_allclose(compiled_elementary("sigmoid", x), [1, 1, 0, 0], atol=2e-38)
    large, small = compiled_elementary("exp", x)[:2], compiled_elementary("exp", x)[2:]
    assert (large > 1e38).all() and (small < 2e-38).all() and (small >= 0).all()


def test_single_precision_does_not_jump_where_a_formula_changes() -> None:
    for name, where in (("tanh", 0.625), ("erf", 0.0), ("sigmoid", 0.0)):
        x = np.array([where], np.float32)
        near = np.concatenate([np.nextafter(x, np.float32(-9)), x, np.nextafter(x, np.float32(9))])
        steps = np.abs(np.diff(compiled_elementary(name, near).astype(np.float64)))
        assert steps.max() < 1e-6


@pytest.mark.parametrize("name", EXACT)
def test_the_python_functions_agree(name: str) -> None:
    for x in np.linspace(*RANGE[name], 41):
        assert getattr(elementary, name)(float(x)) == pytest.approx(float(EXACT[name](x)), rel=1e-14, abs=1e-300)
