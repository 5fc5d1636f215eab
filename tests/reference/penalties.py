"""Penalties from their definitions, the proximal step and the projections, in float64 and as plainly as they are told.

Penalties are functions of a PyTorch tensor, whose gradients autograd finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


def l2(w: Tensor) -> Tensor:
    return 0.5 * (w**2).sum()


def l1(w: Tensor) -> Tensor:
    return w.abs().sum()


def elastic_net(w: Tensor, beta: float, form: str) -> Tensor:
    if form == "added":
        return (beta * w**2 + w.abs()).sum()
    return (beta * w.abs() + (1 - beta) / 2 * w**2).sum()


def power(w: Tensor, exponent: float, smoothing: float) -> Tensor:
    if exponent >= 1:
        return (w.abs() ** exponent).sum()
    return ((w**2 + smoothing**2) ** (exponent / 2) - smoothing**exponent).sum()


def value_and_slope(penalty: Callable[[Tensor], Tensor], w: Array) -> tuple[float, Array]:
    """A penalty of some weights, and its gradient."""
    tensor = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    value = penalty(tensor)
    (slope,) = torch.autograd.grad(value, [tensor])
    return value.item(), slope.numpy()


def divisor(optimizer: str, before: Mapping[str, Any], after: Mapping[str, Any], t: int, s: Mapping[str, Any]) -> Any:
    """What an optimiser has divided each weight's step by. before, after: its state at update t."""
    if optimizer in ("sgd", "momentum", "nesterov"):
        return 1.0
    if optimizer == "adagrad":
        return s["epsilon"] + np.sqrt(after["squares"])
    if optimizer == "rmsprop":
        return np.sqrt(s["epsilon"] + after["squares"])
    if optimizer == "adadelta":
        return np.sqrt(after["squares"] + s["epsilon"]) / np.sqrt(before["moves"] + s["epsilon"])
    if optimizer == "adamax":
        return after["largest"] + s["epsilon"]
    if optimizer == "amsgrad":
        return np.sqrt(after["maximum"]) + s["epsilon"]
    return np.sqrt(after["second"] / (1 - s["beta2"] ** (t + 1))) + s["epsilon"]


def soft_threshold(w: Array, reach: Any) -> Array:
    """The w' with the least (w' - w)^2 / 2 + reach abs(w')."""
    return np.sign(w) * np.maximum(np.abs(w) - reach, 0.0)


def onto_circle(w: Array, radius: float) -> Array:
    """The nearest point with sqrt(sum w^2) <= radius."""
    norm = np.sqrt((w**2).sum())
    return w if norm <= radius else w * radius / norm


def onto_diamond(w: Array, radius: float) -> Array:
    """The nearest point with sum abs(w) <= radius, by sorting: Duchi et al. 2008, figure 1."""
    sizes = np.abs(w)
    if sizes.sum() <= radius:
        return w
    mu = np.sort(sizes)[::-1]
    excess = (np.cumsum(mu) - radius) / np.arange(1, len(mu) + 1)
    rho = np.flatnonzero(mu - excess > 0)[-1]
    return soft_threshold(w, excess[rho])


def limited_columns(w: Array, limit: float, exact: bool = False) -> Array:
    """Columns longer than the limit scaled to it; with `exact`, all that are not 0."""
    out = w.copy()
    for j in range(w.shape[1]):
        norm = np.linalg.norm(w[:, j])
        if norm > limit or (exact and norm > 0):
            out[:, j] *= limit / norm
    return out
