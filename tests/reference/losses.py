"""Losses and their gradients with respect to the network's outputs, in plain NumPy float64.

Shapes: outputs (rows, outputs); weights (rows,) or None for equal ones. Targets: numbers, counts, labels
(rows, outputs); classes integers (rows,), or probabilities (rows, classes); binary 0 or 1, or probabilities, (rows,)
with ONE column of outputs. A row's loss is the mean over its outputs (numbers, counts, labels); the loss is
sum w_i l_i / sum w_i. What is minimised is what is reported, but for the squared error, minimised with a 1/2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NAMES = ("squared", "absolute", "huber", "quantile", "cross_entropy", "binary_cross_entropy", "multi_label", "poisson")
DEFAULTS: dict[str, dict[str, float]] = {"huber": {"delta": 1.0}, "quantile": {"quantile": 0.5}}


def log_softmax(outputs: Array) -> Array:
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def sigmoid(z: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)))


def one_hot(classes: NDArray[Any], k: int) -> Array:
    """Integers as rows of probabilities; probabilities as they are."""
    return np.asarray(np.eye(k)[classes] if classes.ndim == 1 else classes, dtype=np.float64)


def huber(distance: Array, delta: float) -> Array:
    """d^2 / 2 up to delta, then delta (abs(d) - delta / 2)."""
    size = np.abs(distance)
    return np.where(size <= delta, 0.5 * distance**2, delta * (size - 0.5 * delta))


def pinball(distance: Array, quantile: float) -> Array:
    """With d = y - z: q d where the output is too low, (q - 1) d where it is too high."""
    return np.maximum(quantile * distance, (quantile - 1) * distance)


def row_losses(name: str, outputs: Array, target: NDArray[Any], settings: Mapping[str, Any] | None = None) -> Array:
    """The reported loss of each row, (rows,)."""
    chosen = {**DEFAULTS.get(name, {}), **(settings or {})}
    if name == "cross_entropy":
        return np.asarray(-(one_hot(target, outputs.shape[1]) * log_softmax(outputs)).sum(axis=1))
    y = np.asarray(target, dtype=np.float64).reshape(outputs.shape)
    if name == "squared":
        each = (outputs - y) ** 2
    elif name == "absolute":
        each = np.abs(outputs - y)
    elif name == "huber":
        each = huber(outputs - y, chosen["delta"])
    elif name == "quantile":
        each = pinball(y - outputs, chosen["quantile"])
    elif name in ("binary_cross_entropy", "multi_label"):
        each = np.logaddexp(0.0, outputs) - y * outputs
    elif name == "poisson":
        each = np.exp(outputs) - y * outputs
    else:
        raise KeyError(name)
    return np.asarray(each.mean(axis=1))


def mean(values: Array, weights: Array | None) -> float:
    """sum w_i l_i over sum w_i."""
    return float(np.average(values, weights=weights))


def loss(
    name: str,
    outputs: Array,
    target: NDArray[Any],
    weights: Array | None = None,
    settings: Mapping[str, Any] | None = None,
) -> float:
    """The reported loss."""
    return mean(row_losses(name, outputs, target, settings), weights)


def slopes(name: str, outputs: Array, target: NDArray[Any], chosen: Mapping[str, Any]) -> Array:
    """Derivative of each row's MINIMISED loss by its outputs, not yet weighted, sign(0) = 0."""
    if name == "cross_entropy":
        y = one_hot(target, outputs.shape[1])
        return np.asarray(np.exp(log_softmax(outputs)) * y.sum(axis=1, keepdims=True) - y)
    y = np.asarray(target, dtype=np.float64).reshape(outputs.shape)
    d = outputs - y
    each = {
        "squared": lambda: d,
        "absolute": lambda: np.sign(d),
        "huber": lambda: np.clip(d, -chosen["delta"], chosen["delta"]),
        "quantile": lambda: np.where(d > 0, 1 - chosen["quantile"], np.where(d < 0, -chosen["quantile"], 0.0)),
        "binary_cross_entropy": lambda: sigmoid(outputs) - y,
        "multi_label": lambda: sigmoid(outputs) - y,
        "poisson": lambda: np.exp(outputs) - y,
    }[name]()
    return np.asarray(each / outputs.shape[1])


def gradient(
    name: str,
    outputs: Array,
    target: NDArray[Any],
    weights: Array | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Array:
    """Gradient of the minimised mean loss by the outputs, (rows, outputs)."""
    chosen = {**DEFAULTS.get(name, {}), **(settings or {})}
    w = np.ones(len(outputs)) if weights is None else np.asarray(weights, dtype=np.float64)
    return np.asarray(slopes(name, outputs, target, chosen) * (w / w.sum())[:, None])
