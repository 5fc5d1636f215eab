"""The network as a PyTorch function of named parameters in float64: autograd for what tests/reference/network.py lacks.

tanh layers, batch normalisation before the activation, skip connections; frozen layers in evaluation form.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import torch

EPSILON = 1e-5
Tensors = dict[str, torch.Tensor]


def tensors(parameters: Mapping[str, Any]) -> Tensors:
    """Leaves for autograd, float64."""
    return {name: torch.tensor(np.asarray(part), dtype=torch.float64) for name, part in parameters.items()}


def hidden(p: Tensors, x: torch.Tensor, depth: int, skip: str = "none", frozen: Collection[str] = ()) -> torch.Tensor:
    """The last hidden layer's values; moving statistics of layers that train with batch norm are not kept."""
    h = x
    for k in range(depth):
        name, source = f"hidden{k}", h
        if skip == "concatenate" and k > 0:
            h = torch.cat([h, x], dim=1)
        z = h @ p[f"{name}.weight"]
        if f"{name}.bias" in p:
            z = z + p[f"{name}.bias"]
        if f"{name}.gain" in p:
            fixed = name in frozen
            mean = p[f"{name}.mean"] if fixed else z.mean(0)
            variance = p[f"{name}.variance"] if fixed else z.var(0, unbiased=False)
            z = p[f"{name}.gain"] * (z - mean) / torch.sqrt(variance + EPSILON) + p[f"{name}.shift"]
        h = torch.tanh(z)
        if skip == "residual" and k > 0:
            h = h + (source @ p[f"{name}.projection"] if f"{name}.projection" in p else source)
    return torch.cat([h, x], dim=1) if skip == "concatenate" and depth else h


def outputs(p: Tensors, x: torch.Tensor, depth: int, skip: str = "none", frozen: Collection[str] = ()) -> torch.Tensor:
    """The output layer's values."""
    return hidden(p, x, depth, skip, frozen) @ p["output.weight"] + p["output.bias"]
