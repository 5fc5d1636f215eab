"""Weights that start from data: a forward pass of training rows in float64, which rescales each layer as it comes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.layers import OUTPUT, LayerPlan, Node
from wellfit.engines.numpy.encode import encode
from wellfit.engines.numpy.forward import OPERATIONS, Parts, forward
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.random import INITIALIZATION, purpose_key, uniform_array
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays
from wellfit.tables.encoding import Encoding

Array = NDArray[np.float64]
KINKS = 5  # rows between which a unit's kink lies
FIRST_SALT = 1 << 16  # beyond the numbers of layers, whose weights are drawn with the same purpose


def start_from_data(
    recipe: Recipe,
    plan: LayerPlan,
    encoding: Encoding,
    arrays: Arrays,
    rows: tuple[NDArray[np.int64], NDArray[Any]],
    weights: dict[str, Array],
    seed_key: int,
    kept: Collection[str] = (),
) -> None:
    """Rescale the drawn arrays of a network (float64, by name) in place. rows: numbers of the training rows, and their
    weights. kept: arrays that stay as they are, such as those of transferred layers.
    """
    chosen = recipe.data_initialization
    numbers, weight = _picked(*rows, chosen.rows, seed_key)

    def fit(node: Node, parts: Parts, encoding: Encoding, x: Array) -> Array:
        """Rescale a hidden layer's own weights before they are used."""
        if is_layer(node) and node.arrays["weight"] not in kept:
            z = x @ parts["weight"]
            spread = _spread(z, weight)
            parts["weight"] /= spread
            if "bias" in parts and chosen.biases == "kinks":
                salt = FIRST_SALT + 1 + 2 * int(node.layer.removeprefix("hidden"))
                parts["bias"][:] = _kinks(z / spread, weight, seed_key, salt)
        return OPERATIONS["linear"](node, parts, encoding, x)

    with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore"):
        encoded = encode(encoding, arrays.take(numbers)).astype(np.float64)
        forward(plan, encoding, weights, encoded, {**OPERATIONS, "linear": fit})
    last = plan.node(OUTPUT)
    for node in [last] if last.kind == "linear" else [plan.node(name) for name in last.inputs]:
        if chosen.output == "zero":
            weights[node.arrays["weight"]][:] = 0.0


def is_layer(node: Node) -> bool:
    """Whether a linear node is a hidden layer with weights of its own, not a residual connection's projection."""
    return any(part.name == f"{node.layer}.weight" for part in node.parts) and node.layer != OUTPUT


def _spread(z: Array, weight: Array) -> Array:
    """The standard deviation of each unit over the rows; 1 where a unit is constant."""
    spread = np.sqrt(np.average((z - np.average(z, axis=0, weights=weight)) ** 2, axis=0, weights=weight))
    spread[spread <= 1e-12 * np.abs(z).max(initial=0.0)] = 1.0
    return np.asarray(spread)


def _picked(
    numbers: NDArray[np.int64], weights: NDArray[Any], most: int, seed_key: int
) -> tuple[NDArray[np.int64], Array]:
    """All rows, or so many of them drawn without replacement, in their order."""
    if len(numbers) > most:
        draws = uniform_array(len(numbers), seed_key, int(purpose_key(INITIALIZATION, FIRST_SALT, 0, seed_key)))
        picked = np.sort(np.argsort(draws, kind="stable")[:most])
        numbers, weights = numbers[picked], weights[picked]
    return numbers, weights.astype(np.float64)


def _kinks(z: Array, weight: Array, seed_key: int, salt: int) -> Array:
    """Biases (units,) that put each unit's 0 at a random point between some rows' pre-activations (rows, units)."""
    units = z.shape[1]
    keys = [int(purpose_key(INITIALIZATION, salt + i, 0, seed_key)) for i in range(2)]
    share = uniform_array(KINKS * units, seed_key, keys[0]).reshape(KINKS, units)
    cumulative = np.cumsum(weight)
    rows = np.minimum(np.searchsorted(cumulative, share * cumulative[-1], side="right"), len(z) - 1)
    simplex = -np.log(uniform_array(KINKS * units, seed_key, keys[1]).reshape(KINKS, units))
    between = z[rows, np.arange(units)]
    return np.asarray(-(simplex * between).sum(axis=0) / simplex.sum(axis=0))
