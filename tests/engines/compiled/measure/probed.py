"""The slow reference of probes: the same network in PyTorch, float64, looked into by hooks and autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Tensor = torch.Tensor
QUANTILES = {"mean": None, "spread": None, "q15": 0.15, "q50": 0.5, "q85": 0.85}

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z * 1.0,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "elu": torch.nn.functional.elu,
    "selu": torch.selu,
    "softplus": torch.nn.functional.softplus,
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "mish": torch.nn.functional.mish,
}
STEADY = {"sigmoid": 0.25, "selu": 1.0507009873554805}


class Reference:
    """A dense network with given parameters by name, as `Bench.parameters` has them. batch_norm: before the activation.

    `seen` has, after a pass: input, and of each layer linear outputs, pre-activations and activations.
    """

    def __init__(self, parameters: dict[str, NDArray[Any]], activation: str, batch_norm: bool = False) -> None:
        self.p = {n: torch.tensor(np.asarray(a, np.float64), requires_grad=True) for n, a in parameters.items()}
        self.function, self.steady = FUNCTIONS[activation], STEADY.get(activation, 1.0)
        self.batch_norm = batch_norm
        self.layers = sorted({n.split(".")[0] for n in parameters if n.startswith("hidden")}, key=lambda n: int(n[6:]))
        self.seen: dict[str, Tensor] = {}

    def loss(self, x: NDArray[Any], y: NDArray[Any], training: bool = True) -> Tensor:
        """The mean binary cross-entropy of rows, after a pass over them."""
        h = self.keep("input.activation", torch.tensor(np.asarray(x, np.float64), requires_grad=True))
        for layer in self.layers:
            z = h @ self.p[f"{layer}.weight"]
            z = self.keep(f"{layer}.linear", z + self.p[f"{layer}.bias"] if f"{layer}.bias" in self.p else z)
            z = self.keep(f"{layer}.preactivation", self.normalized(layer, z, training))
            h = self.keep(f"{layer}.activation", self.function(z))
        out = self.keep("output.linear", h @ self.p["output.weight"] + self.p["output.bias"])
        self.seen["output.preactivation"] = out
        target = torch.tensor(np.asarray(y, np.float64))
        return torch.nn.functional.binary_cross_entropy_with_logits(out, target)

    def normalized(self, layer: str, z: Tensor, training: bool) -> Tensor:
        if not self.batch_norm:
            return z * 1.0
        mean, variance = (self.p[f"{layer}.{name}"] for name in ("mean", "variance"))
        if training:
            mean, variance = z.mean(0), z.var(0, unbiased=False)
        return self.p[f"{layer}.gain"] * (z - mean) / torch.sqrt(variance + 1e-5) + self.p[f"{layer}.shift"]

    def keep(self, name: str, value: Tensor) -> Tensor:
        value.retain_grad()
        self.seen[name] = value
        return value

    def gradient(self, *batch: Any, training: bool = True) -> dict[str, NDArray[Any]]:
        """The gradient of the loss by every parameter that is trained."""
        for part in self.p.values():
            part.grad = None
        self.loss(*batch, training=training).backward()
        return {n: part.grad.numpy().copy() for n, part in self.p.items() if part.grad is not None}

    def slopes(self, layer: str) -> NDArray[Any]:
        """f'(z) over its steady slope, (rows, units), of the last pass."""
        z = self.seen[f"{layer}.preactivation"].detach().clone().requires_grad_()
        return torch.autograd.grad(self.function(z).sum(), z)[0].numpy() / self.steady


def moments(name: str, values: Tensor) -> dict[str, float]:
    """Mean, standard deviation and quantiles of all values, by the names that probes have for them."""
    values = values.detach()
    found = {"mean": values.mean(), "spread": values.std(unbiased=False)}
    found |= {word: torch.quantile(values, share) for word, share in QUANTILES.items() if share is not None}
    return {f"{name}_{word}": float(value) for word, value in found.items()}


def norm(parts: Any) -> float:
    """The root of the sum of squares of several arrays."""
    return float(np.sqrt(sum(float(np.square(part).sum()) for part in parts)))


def twins(weight: NDArray[Any], bias: NDArray[Any] | None) -> tuple[float, float]:
    """Mean over units of the largest cosine with another unit, and the share of units with a twin."""
    whole = weight if bias is None else np.vstack([weight, bias])
    cosines = np.corrcoef(np.vstack([whole, -whole]).T)  # centred at 0, since each column is there with both signs
    np.fill_diagonal(cosines, -1.0)
    return float(cosines.max(0).mean()), float((cosines.max(0) >= 0.9999).mean())
