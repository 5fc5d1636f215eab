"""The activation references against torch.nn.functional and its autograd."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar
from torch.nn import functional

from tests.reference import activations

TORCH: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "identity": lambda z: z * 1.0,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "prelu": lambda z: functional.prelu(z, torch.tensor([0.25], dtype=torch.float64)),
    "elu": functional.elu,
    "selu": functional.selu,
    # PyTorch turns linear beyond 20 unless told otherwise, which is off by 2e-9 there.
    "softplus": lambda z: functional.softplus(z, threshold=50.0),
    "silu": functional.silu,
    "gelu": functional.gelu,
    "mish": functional.mish,
}
POINTS = np.concatenate([np.linspace(-12, 12, 241), [-40.0, 35.0, -1e-8, 1e-8]])


@pytest.mark.parametrize("name", activations.NAMES)
def test_same_as_torch(name: str) -> None:
    """At every point, the kink at 0 included."""
    z = torch.tensor(POINTS, requires_grad=True)
    outputs = TORCH[name](z)
    outputs.sum().backward()
    assert z.grad is not None
    assert_allclose(activations.value(name, POINTS), outputs.detach().numpy(), rtol=1e-12, atol=1e-15)
    # Both take the derivative from the left at a kink.
    assert_allclose(activations.derivative(name, POINTS), z.grad.numpy(), rtol=1e-11, atol=1e-14)


def test_settings() -> None:
    z = torch.tensor(POINTS)
    assert_allclose(activations.value("leaky_relu", POINTS, {"slope": 0.2}), functional.leaky_relu(z, 0.2).numpy())
    assert_allclose(activations.value("elu", POINTS, {"alpha": 0.5}), functional.elu(z, 0.5).numpy())
    slope = torch.tensor([0.3], dtype=torch.float64, requires_grad=True)
    functional.prelu(z, slope).sum().backward()
    assert slope.grad is not None
    assert_allclose(activations.slope_derivative(POINTS).sum(), slope.grad.item(), rtol=1e-12)


@pytest.mark.parametrize("name", activations.NAMES)
def test_derivative_is_the_slope(name: str) -> None:
    z = POINTS[np.abs(POINTS) > 0.01]
    slope = (activations.value(name, z + 1e-6) - activations.value(name, z - 1e-6)) / 2e-6
    assert_allclose(activations.derivative(name, z), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", activations.NAMES)
def test_bounds(name: str) -> None:
    low, high = activations.BOUNDS[name]
    values = activations.value(name, np.linspace(-30, 30, 6001))
    assert values.min() >= low - 1e-7
    assert values.max() <= high
    if name in ("silu", "gelu", "mish"):
        least = minimize_scalar(lambda z: float(activations.value(name, np.array(z))), bounds=(-3, 0)).fun
        assert_allclose(low, least, atol=1e-8)
    elif np.isfinite(low):
        assert_allclose(activations.value(name, np.array([-60.0])), low, atol=1e-12)


def test_second_moments_that_set_the_gain() -> None:
    """SELU is made to keep a variance of one; ReLU halves it, hence He's factor of two."""
    assert_allclose(activations.second_moment("identity"), 1.0, rtol=1e-9)
    assert_allclose(activations.second_moment("relu"), 0.5, rtol=1e-6)
    assert_allclose(activations.second_moment("leaky_relu", {"slope": 0.5}), 0.5 * (1 + 0.25), rtol=1e-6)
    assert_allclose(activations.second_moment("selu"), 1.0, rtol=1e-6)
