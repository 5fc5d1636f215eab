"""Weights that start from data: a forward pass of training rows in float64, which rescales each layer as it comes."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.embedding import embed
from wellfit.engines.compiled.network.numpy_forward import encode, forward
from wellfit.engines.contract.segments import Segment
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
    encoding: Encoding,
    arrays: Arrays,
    rows: tuple[NDArray[np.int64], NDArray[Any]],
    segments: list[Segment],
    parameters: Array,
    seed_key: int,
    kept: Collection[str] = (),
) -> None:
    """Rescale the drawn parameters (float64, flat) in place. rows: numbers of the training rows, and their weights.
    kept: parts that stay as they are, such as those of transferred layers.
    """
    chosen = recipe.data_initialization
    numbers, weight = _picked(*rows, chosen.rows, seed_key)
    parts: Any = {s.name: parameters[s.begin : s.end].reshape(s.shape) for s in segments}

    def fit(k: int, h: Array) -> None:
        name = f"hidden{k}"
        if f"{name}.weight" not in parts or f"{name}.weight" in kept:
            return
        z = h @ parts[f"{name}.weight"]
        spread = np.sqrt(np.average((z - np.average(z, axis=0, weights=weight)) ** 2, axis=0, weights=weight))
        spread[spread <= 1e-12 * np.abs(z).max(initial=0.0)] = 1.0
        parts[f"{name}.weight"] /= spread
        if f"{name}.bias" in parts and chosen.biases == "kinks":
            parts[f"{name}.bias"][:] = _kinks(z / spread, weight, seed_key, FIRST_SALT + 1 + 2 * k)

    with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore"):
        x = embed(recipe, encoding, parts, encode(encoding, arrays.take(numbers)).astype(np.float64))
        heads = [name for name in parts if re.fullmatch(r"output\.(\d+\.)?weight", name)]
        forward(recipe, parts, x, before=fit, tasks=0 if heads == ["output.weight"] else len(heads))
    for name in heads if chosen.output == "zero" else ():
        parts[name][:] = 0.0


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
