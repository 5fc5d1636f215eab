"""The parameters with which training starts, as the recipe draws them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.inputs import bins_of
from wellfit.engines.contract.segments import Segment
from wellfit.numerics.random import EMBEDDING, normal_array, purpose_key, uniform_array
from wellfit.recipe import Recipe
from wellfit.tables.encoding import InputSizes
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.network.initialization import Automatic, GlorotUniform

Array = NDArray[np.float64]


def initial_parameters(
    recipe: Recipe, sizes: InputSizes, segments: list[Segment], size: int, seed_key: int
) -> NDArray[np.float64]:
    """Weights by the recipe's initialisation; gains, scales, mixes and moving variances 1; learned slopes as their
    activation says; everything else 0.
    """
    parameters = np.zeros(size)
    activations = recipe.activations()
    for number, segment in enumerate(s for s in segments if s.role == "weight"):
        layer = segment.name.split(".")[0]
        chosen = recipe.initialization
        if isinstance(chosen, Automatic):
            if ".hidden" in segment.name:
                chosen = REGISTRY["initialization"][recipe.tasks.activation.initialization]()
            elif layer == "output" or segment.name.endswith("projection"):
                chosen = GlorotUniform()
            else:
                chosen = REGISTRY["initialization"][activations[int(layer[6:])].initialization]()
        weights = chosen.draw(*segment.shape, seed_key, number)
        parameters[segment.begin : segment.end] = weights.ravel()
    for segment in segments:
        if segment.role == "embedding":
            drawn = embedding_start(recipe, sizes, segment.name, segment.shape, seed_key)
            parameters[segment.begin : segment.end] = drawn
        if segment.name.endswith((".gain", ".scale", ".mix")):
            parameters[segment.begin : segment.end] = 1.0
        if segment.name.endswith(".slope"):
            parameters[segment.begin : segment.end] = activations[int(segment.layer[6:])].parameter()
        if segment.role == "statistic":
            parameters[segment.begin + segment.shape[1] : segment.end] = 1.0
    return parameters


def embedding_start(recipe: Recipe, sizes: InputSizes, name: str, shape: tuple[int, ...], seed_key: int) -> Array:
    """The values with which a learned part starts, flat."""
    count = int(np.prod(shape))
    chosen: Any = recipe.number_embedding
    names = ("input.frequencies", "input.phases", "input.map", "input.offset", "input.categories")
    key2 = int(purpose_key(EMBEDDING, names.index(name), 0, seed_key))
    if name == "input.frequencies":
        return float(chosen.sd) * normal_array(count, seed_key, key2)
    if name == "input.categories":
        table: Array = normal_array(count, seed_key, key2).reshape(shape) / math.sqrt(shape[1])
        table[np.cumsum(sizes.tables) - sizes.tables] = 0.0  # what is not known
        return table.ravel()
    uniform: Array = 2 * uniform_array(count, seed_key, key2) - 1
    if name == "input.phases":
        return math.pi * uniform
    features = [f for f in map(chosen.features, bins_of(sizes)) if f]
    times = np.array(features) * chosen.size if name == "input.map" else np.full(len(features), chosen.size)
    return np.asarray(uniform / np.sqrt(np.repeat(features, times)))
