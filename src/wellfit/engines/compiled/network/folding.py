"""Batch normalisation folded into the weights beside it: the same function with one operation fewer a layer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.program import ALIGNMENT
from wellfit.recipe import Recipe
from wellfit.techniques.network.normalization import NoNormalization

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.member import Network

Weights = dict[str, NDArray[np.float64]]
_KNOWN = re.compile(r"input\..*|hidden\d+\..*|output\.(weight|bias)")


def foldable(recipe: Recipe, shapes: dict[str, tuple[int, ...]]) -> bool:
    """Whether a network of that recipe, with segments of these names and shapes, can do without its normalisation.

    Batch normalisation before the activation always can: it goes into the layer's own weights. After the activation it
    goes into the next layer's, unless a residual connection carries the layer's output past it.
    Layers that share weights cannot, for each has a normalisation of its own.
    """
    chosen = recipe.normalization
    if chosen.name != "batch" or not recipe.hidden or recipe.sharing.hard:
        return False
    layers = range(len(recipe.hidden))
    if any(f"hidden{k}.statistics" not in shapes for k in layers):
        return False
    if any(shapes.get(f"hidden{k}.weight", (0, 0))[1] != recipe.hidden[k] for k in layers):
        return False
    if chosen.position == "before":
        return True
    passed_on = recipe.skip == "residual" and len(recipe.hidden) > 1
    return not passed_on and all(_KNOWN.fullmatch(name) for name in shapes)


def fold(network: Network) -> Network:
    """The network with its batch normalisation folded into its weights; itself, where that cannot be done.

    With s = gamma / sqrt(variance + epsilon) and c = beta - mean s of the moving statistics, by unit: before the
    activation W <- W s and b <- b s + c in the layer's own columns; after it, in the next layer, row j of its W is
    multiplied by s_j and b <- b + c W. Computed in float64 and rounded once. Its outputs are the same to rounding.
    """
    if not foldable(network.recipe, {segment.name: segment.shape for segment in network.segments}):
        return network
    with np.errstate(all="ignore"):  # a diverged network stays one
        return _folded(network)


def _folded(network: Network) -> Network:
    recipe, old, parts = network.recipe, network.segments, network.parameters.astype(np.float64)
    weights = {s.name: parts[s.begin : s.end].reshape(s.shape) for s in old}
    plain = recipe.model_copy(update={"normalization": NoNormalization()})
    bare = replace(network, recipe=plain)  # whose parameters are yet to be laid out
    segments = bare.segments
    found = {s.name: weights[s.name].copy() if s.name in weights else np.zeros(s.shape) for s in segments}
    for k, units in enumerate(recipe.hidden):
        scale, offset = _line(recipe, weights, f"hidden{k}")
        if recipe.normalization.position == "before":
            found[f"hidden{k}.weight"] *= scale
            found[f"hidden{k}.bias"] = found[f"hidden{k}.bias"] * scale + offset
            continue
        after = "output" if k + 1 == len(recipe.hidden) else f"hidden{k + 1}"
        rows = found[f"{after}.weight"][:units]
        found[f"{after}.bias"] += (offset * _kept(recipe, k)) @ rows
        rows *= scale[:, None]
    end = max(segment.end for segment in segments)
    parameters = np.zeros(-(-end // ALIGNMENT) * ALIGNMENT, network.parameters.dtype)
    for segment in segments:
        parameters[segment.begin : segment.end] = found[segment.name].ravel()
    return replace(bare, parameters=parameters)


def _line(recipe: Recipe, weights: Weights, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """What a layer's normalisation does to each unit in evaluation: times, plus."""
    mean, variance = weights[f"{name}.statistics"]
    scale = weights[f"{name}.gain"] / np.sqrt(variance + recipe.normalization.epsilon)
    return scale, weights[f"{name}.shift"] - mean * scale


def _kept(recipe: Recipe, k: int) -> float:
    """What evaluation multiplies a layer's output by."""
    from wellfit.engines.compiled.network.numpy_forward import kept_share

    return float(kept_share(recipe, recipe.dropout_rates()[k]))
