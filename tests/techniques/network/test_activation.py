"""Activations as functions: values, slopes and bounds against NumPy float64."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference import activations as reference
from wellfit.techniques.base import REGISTRY

Z = np.concatenate([np.linspace(-30, 30, 601), [-700.0, 700.0]])
NAMES = sorted(REGISTRY["activation"])


@pytest.mark.parametrize("name", NAMES)
def test_values_and_slopes(name: str) -> None:
    activation = REGISTRY["activation"][name]()
    h = activation(Z)
    np.testing.assert_allclose(h, reference.value(name, Z), rtol=1e-12, atol=1e-14)
    cls = type(activation)
    compiled = [cls.value(float(z), activation.parameter()) for z in Z]
    np.testing.assert_allclose(compiled, h, rtol=1e-12, atol=1e-14)
    slopes = [cls.slope_of(float(z), float(v), activation.parameter()) for z, v in zip(Z, h, strict=True)]
    np.testing.assert_allclose(slopes, reference.derivative(name, Z), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_bounds(name: str) -> None:
    activation = REGISTRY["activation"][name]()
    low, high = activation.bounds
    h = activation(np.linspace(-30, 30, 20_001))
    assert h.min() >= low and h.max() <= high
    true_low, true_high = reference.BOUNDS[name]
    if activation.parameter() == 0.0:  # bounds that depend on a setting are left open
        assert high == true_high and low == pytest.approx(true_low, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_are_kept(name: str) -> None:
    assert REGISTRY["activation"][name]()(np.zeros((2, 3, 4))).shape == (2, 3, 4)
