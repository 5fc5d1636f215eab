"""A start from arrays by name, as PyTorch has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.layers import layer_plan
from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.tables.encoding import InputSizes
from wellfit.training.transfer.donor import Transfer

Weights = dict[str, NDArray[Any]]
# What PyTorch calls the arrays of BatchNorm and LayerNorm, and what they are called here.
_NORMS = {"weight": "gain", "bias": "shift"}
_MOVING = ("running_mean", "running_var")


def from_arrays(state: Mapping[str, Any], transfer: Transfer, recipe: Recipe) -> Weights:
    """Parts of layers from arrays by name."""
    if not isinstance(transfer.layers, Mapping):
        raise InputError(
            'Arrays by name need a mapping of layers, such as layers={"hidden0": "fc1", "hidden1": "fc2"}; the arrays '
            f"are {', '.join(map(str, list(state)[:8]))}."
        )
    plan = layer_plan(recipe, InputSizes(1), 1)  # of whatever inputs
    layers = {node.layer: node for node in plan.of_kind("linear") if node.name == f"{node.layer}.linear"}
    weights: Weights = {}
    for new, names in transfer.layers.items():
        if new not in layers:
            raise InputError(f"The recipe has the hidden layers {', '.join(layers)}, and {quoted(new)} was named.")
        parts = (names,) if isinstance(names, str) else tuple(names)
        if not 1 <= len(parts) <= 2:
            raise InputError(f"{new} starts from a linear layer, or one and its normalisation; got {len(parts)} names.")
        linear, *norm = parts
        w = _array(state, f"{linear}.weight")
        weights[f"{new}.weight"] = w.T if transfer.layout == "torch" else w
        bias = (
            _array(state, f"{linear}.bias")
            if f"{linear}.bias" in state
            else np.zeros(weights[f"{new}.weight"].shape[-1])
        )
        if norm:
            _add_norm(weights, state, new, norm[0], recipe)
        if "bias" in layers[new].arrays:
            weights[f"{new}.bias"] = bias
        elif f"{new}.statistics" in weights:  # the mean that batch norm takes off takes the bias off, too
            weights[f"{new}.statistics"] = weights[f"{new}.statistics"] - np.stack([bias, np.zeros_like(bias)])
    return weights


def _add_norm(weights: Weights, state: Mapping[str, Any], layer: str, norm: str, recipe: Recipe) -> None:
    if recipe.normalization.name == "none":
        raise InputError(
            f'{layer} has no normalisation to start from {quoted(norm)}: set normalization="batch" or "layer".'
        )
    weights |= {f"{layer}.{ours}": _array(state, f"{norm}.{theirs}") for theirs, ours in _NORMS.items()}
    if recipe.normalization.has_statistics:
        weights[f"{layer}.statistics"] = np.stack([_array(state, f"{norm}.{name}") for name in _MOVING])


def _array(state: Mapping[str, Any], name: str) -> NDArray[Any]:
    if name not in state:
        raise InputError(
            f"There is no array {quoted(name)} to start from; the arrays are {', '.join(map(str, list(state)[:12]))}."
        )
    value = state[name]
    plain = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
    if plain.dtype.kind not in "fiu":
        raise InputError(f"The array {quoted(name)} to start from holds no numbers.")
    if plain.ndim == 0:
        raise InputError(
            f"The array {quoted(name)} to start from is a single number: a layer's weights have two axes, its "
            "others one."
        )
    return np.asarray(plain, dtype=np.float64)
