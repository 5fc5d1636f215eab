"""Activations, their derivatives and their bounds, in plain NumPy float64. z is the input, of any shape."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

Array = NDArray[np.float64]

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

NAMES = (
    "identity",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "prelu",
    "elu",
    "selu",
    "softplus",
    "silu",
    "gelu",
    "mish",
)
DEFAULTS: dict[str, dict[str, float]] = {"leaky_relu": {"slope": 0.01}, "prelu": {"slope": 0.25}, "elu": {"alpha": 1.0}}

# The open or closed interval of values; SiLU, GELU and Mish have a smallest value just below zero.
BOUNDS: dict[str, tuple[float, float]] = {
    "identity": (-math.inf, math.inf),
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "leaky_relu": (-math.inf, math.inf),
    "prelu": (-math.inf, math.inf),
    "elu": (-1.0, math.inf),
    "selu": (-SELU_SCALE * SELU_ALPHA, math.inf),
    "softplus": (0.0, math.inf),
    "silu": (-0.2784645427610738, math.inf),
    "gelu": (-0.16997120747990369, math.inf),
    "mish": (-0.30884341301725043, math.inf),
}


def value(name: str, z: Array, settings: Mapping[str, float] | None = None) -> Array:
    """f(z)."""
    chosen = {**DEFAULTS.get(name, {}), **(settings or {})}
    negative = np.minimum(z, 0.0)
    return np.asarray(
        {
            "identity": lambda: z,
            "sigmoid": lambda: expit(z),
            "tanh": lambda: np.tanh(z),
            "relu": lambda: np.maximum(z, 0.0),
            "leaky_relu": lambda: np.where(z > 0, z, chosen["slope"] * z),
            "prelu": lambda: np.where(z > 0, z, chosen["slope"] * z),
            "elu": lambda: np.where(z > 0, z, chosen["alpha"] * np.expm1(negative)),
            "selu": lambda: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(negative)),
            "softplus": lambda: np.logaddexp(0.0, z),
            "silu": lambda: z * expit(z),
            "gelu": lambda: z * normal_share(z),
            "mish": lambda: z * np.tanh(np.logaddexp(0.0, z)),
        }[name]()
    )


def derivative(name: str, z: Array, settings: Mapping[str, float] | None = None) -> Array:
    """f'(z); at a kink the derivative from the left."""
    chosen = {**DEFAULTS.get(name, {}), **(settings or {})}
    negative, s = np.minimum(z, 0.0), expit(z)
    t = np.tanh(np.logaddexp(0.0, z))
    return np.asarray(
        {
            "identity": lambda: np.ones_like(z),
            "sigmoid": lambda: s * (1 - s),
            "tanh": lambda: 1 - np.tanh(z) ** 2,
            "relu": lambda: np.where(z > 0, 1.0, 0.0),
            "leaky_relu": lambda: np.where(z > 0, 1.0, chosen["slope"]),
            "prelu": lambda: np.where(z > 0, 1.0, chosen["slope"]),
            "elu": lambda: np.where(z > 0, 1.0, chosen["alpha"] * np.exp(negative)),
            "selu": lambda: SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(negative)),
            "softplus": lambda: s,
            "silu": lambda: s * (1 + z * (1 - s)),
            "gelu": lambda: normal_share(z) + z * normal_density(z),
            "mish": lambda: t + z * (1 - t**2) * s,
        }[name]()
    )


def slope_derivative(z: Array) -> Array:
    """Derivative of PReLU by its learned slope: z where z is negative, else 0."""
    return np.minimum(z, 0.0)


def normal_share(z: Array) -> Array:
    """Probability that a standard normal number lies below z: erf, no approximation by tanh."""
    return np.asarray(0.5 * (1 + erf(z / math.sqrt(2))))


def normal_density(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi))


def second_moment(name: str, settings: Mapping[str, float] | None = None, points: int = 20001) -> float:
    """E f(z)^2 for z ~ N(0, 1), by the trapezoidal rule: 1/2 for ReLU, 1 for SELU."""
    z = np.linspace(-10, 10, points)
    return float(np.trapezoid(value(name, z, settings) ** 2 * normal_density(z), z))
