"""What each initialisation guarantees of its weights: mean, standard deviation, bounds, fourth moment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NAMES = (
    "zero",
    "constant",
    "uniform",
    "normal",
    "fan_in_uniform",
    "xavier_uniform",
    "xavier_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
)


@dataclass(frozen=True)
class Moments:
    """bound: no weight is larger in size (inf: none). kurtosis: E w^4 / sd^4, 3 for a normal, 1.8 for a uniform."""

    mean: float
    sd: float
    bound: float
    kurtosis: float


def fixed(number: float) -> Moments:
    return Moments(number, 0.0, abs(number), 1.0)


def normal(sd: float) -> Moments:
    return Moments(0.0, sd, math.inf, 3.0)


def uniform(bound: float) -> Moments:
    """U(-r, r) has the variance r^2 / 3."""
    return Moments(0.0, bound / math.sqrt(3), bound, 1.8)


def moments(name: str, fan_in: int, fan_out: int, settings: Mapping[str, Any] | None = None) -> Moments:
    """Of W (fan_in, fan_out).

    settings: value (constant), bound (uniform), sd (normal), fan "in", "out" or "average" (He), gain (Xavier,
    orthogonal; 1).
    """
    chosen: dict[str, Any] = {"value": 0.0, "bound": 0.05, "sd": 0.01, "fan": "in", "gain": 1.0, **(settings or {})}
    average = (fan_in + fan_out) / 2
    he = 2 / {"in": fan_in, "out": fan_out, "average": average}[chosen["fan"]]
    return {
        "zero": lambda: fixed(0.0),
        "constant": lambda: fixed(chosen["value"]),
        "uniform": lambda: uniform(chosen["bound"]),
        "normal": lambda: normal(chosen["sd"]),
        "fan_in_uniform": lambda: uniform(1 / math.sqrt(fan_in)),
        "xavier_uniform": lambda: uniform(chosen["gain"] * math.sqrt(3 / average)),
        "xavier_normal": lambda: normal(chosen["gain"] * math.sqrt(1 / average)),
        "he_uniform": lambda: uniform(math.sqrt(3 * he)),
        "he_normal": lambda: normal(math.sqrt(he)),
        "lecun_uniform": lambda: uniform(math.sqrt(3 / fan_in)),
        "lecun_normal": lambda: normal(math.sqrt(1 / fan_in)),
        # Rows or columns of length gain: the mean square is gain^2 / the larger side; nearly normal entries.
        "orthogonal": lambda: Moments(0.0, chosen["gain"] / math.sqrt(max(fan_in, fan_out)), chosen["gain"], 3.0),
    }[name]()


def deviations(sample: Array, expected: Moments) -> tuple[float, float]:
    """How far the sample's mean and its mean square lie from what is guaranteed, in standard errors of each.

    For independent draws both are about standard normal: within 5 but for one time in a million.
    """
    n = sample.size
    of_mean = (sample.mean() - expected.mean) / (expected.sd / math.sqrt(n))
    spread = expected.sd**2 * math.sqrt((expected.kurtosis - 1) / n)
    of_square = (((sample - expected.mean) ** 2).mean() - expected.sd**2) / spread
    return float(of_mean), float(of_square)


def agrees(sample: Array, expected: Moments, sigmas: float = 5.0) -> bool:
    """Whether a sample keeps the bound, mean and variance guaranteed; of fixed weights, whether all have the value."""
    slack = 1e-6 * abs(expected.bound) if math.isfinite(expected.bound) else 0.0
    if np.abs(sample).max() > expected.bound + slack:
        return False
    if expected.sd == 0.0:
        return bool(np.allclose(sample, expected.mean, rtol=1e-7, atol=0.0))
    return all(abs(z) <= sigmas for z in deviations(sample, expected))


def orthogonality_error(w: Array, gain: float = 1.0) -> float:
    """Largest departure from W^T W = gain^2 I (columns, if there are no more columns than rows), else W W^T."""
    narrow = w if w.shape[0] >= w.shape[1] else w.T
    return float(np.abs(narrow.T @ narrow - gain**2 * np.eye(narrow.shape[1])).max())
