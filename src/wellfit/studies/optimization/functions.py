"""Functions of two parameters on which optimisers are shown, each with its gradient and a place to start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Value = Callable[[Float64], Float64]
Slope = Callable[[Float64], Float64]


@dataclass(frozen=True)
class Surface:
    """A function of two parameters.

    name: for people. about: what is hard about it.
    value: of parameters (..., 2), to (...,). gradient: of parameters (2,), to (2,).
    start: where optimisers begin. ends: the part that is drawn, (least, largest) of each parameter.
    lowest: the least value there, which counts as reached at `lowest + within`.
    """

    name: str
    about: str
    value: Value
    gradient: Slope
    start: tuple[float, float]
    ends: tuple[tuple[float, float], tuple[float, float]]
    lowest: float = 0.0
    within: float = 0.01


# Turned by 30 degrees, for an optimiser with a rate of its own for each parameter gains nothing from them on the axes.
TURN = np.array([[np.cos(np.pi / 6), -np.sin(np.pi / 6)], [np.sin(np.pi / 6), np.cos(np.pi / 6)]])


def turned(value: Value, gradient: Slope) -> tuple[Value, Slope]:
    """A function and its gradient in turned coordinates."""
    return (lambda w: value(w @ TURN)), (lambda w: TURN @ gradient(w @ TURN))


CURVATURES = np.array([1.0, 30.0])  # of the quadratic


def _quadratic(w: Float64) -> Float64:
    return np.asarray(0.5 * (CURVATURES * w**2).sum(axis=-1))


def _quadratic_slope(w: Float64) -> Float64:
    return np.asarray(CURVATURES * w)


def _valley(w: Float64) -> Float64:
    """Rosenbrock's, scaled."""
    x, y = w[..., 0], w[..., 1]
    return np.asarray(0.1 * (1 - x) ** 2 + (y - x**2) ** 2)


def _valley_slope(w: Float64) -> Float64:
    x, y = w
    return np.array([-0.2 * (1 - x) - 4 * x * (y - x**2), 2 * (y - x**2)])


def _saddle(w: Float64) -> Float64:
    """x^2 / 2 + y^4 / 4 - y^2 / 2 + 1/4: a saddle at 0, minima at (0, 1) and (0, -1)."""
    x, y = w[..., 0], w[..., 1]
    return np.asarray(0.5 * x**2 + 0.25 * y**4 - 0.5 * y**2 + 0.25)


def _saddle_slope(w: Float64) -> Float64:
    x, y = w
    return np.array([x, y**3 - y])


def _plateau(w: Float64) -> Float64:
    """1 - exp(-(x^2 + y^2) / 2): nearly flat away from its minimum."""
    return np.asarray(1 - np.exp(-0.5 * (w**2).sum(axis=-1)))


def _plateau_slope(w: Float64) -> Float64:
    return np.asarray(w * np.exp(-0.5 * (w**2).sum()))


STEEP = 10.0  # of the cliff's slope


def _cliff(w: Float64) -> Float64:
    """A gentle slope in x, a quadratic in y, and a wall at x = 1 behind which the floor rises again."""
    x, y = w[..., 0], w[..., 1]
    wall = 4 / (1 + np.exp(np.clip(-STEEP * (x - 1.5), -500, 500)))
    return np.asarray(0.25 * (x - 1) ** 2 + 0.25 * y**2 + wall)


def _cliff_slope(w: Float64) -> Float64:
    x, y = w
    s = 1 / (1 + np.exp(np.clip(-STEEP * (x - 1.5), -500, 500)))
    return np.array([0.5 * (x - 1) + 4 * STEEP * s * (1 - s), 0.5 * y])


SURFACES = (
    Surface(
        "quadratic", "curvatures 1 and 30, between which descent zigzags",
        *turned(_quadratic, _quadratic_slope), (-2.5, 0.0), ((-3.0, 1.5), (-2.5, 1.0)),
    ),
    Surface(
        "valley", "a curved valley with a nearly flat floor", _valley, _valley_slope, (-1.5, 1.0),
        ((-2.0, 2.0), (-1.0, 3.0)),
    ),
    Surface(
        "saddle", "a saddle on the way, where the gradient vanishes",
        *turned(_saddle, _saddle_slope), (-1.3, -0.74), ((-2.0, 2.0), (-1.6, 1.6)),
    ),
    Surface(
        "plateau", "a plateau on which gradients are tiny", _plateau, _plateau_slope, (-3.0, 1.5),
        ((-4.0, 4.0), (-3.0, 3.0)),
    ),
    Surface(
        "cliff", "a wall whose gradient is many times that of the floor", *turned(_cliff, _cliff_slope), (0.35, 2.5),
        ((-2.0, 3.0), (-1.5, 3.5)), lowest=0.0116,
    ),
)  # fmt: skip
