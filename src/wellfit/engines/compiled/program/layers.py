"""The layers that a recipe asks for: their sizes, and what each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wellfit.recipe import Recipe
from wellfit.tables.arrays import Task


@dataclass(frozen=True)
class Layer:
    """Sizes of one hidden layer: inputs (joined ones included), units, and what it has."""

    index: int
    fan_in: int
    units: int
    bias: bool
    normalised: bool
    projection: bool
    owner: int  # the layer whose weights it uses: itself, unless it is tied
    columns: int  # different units, fewer than units where groups of them are tied


def layers_of(recipe: Recipe, inputs: int) -> list[Layer]:
    """The hidden layers of a recipe for a number of the network's inputs."""
    layers, width = [], inputs
    normalised = recipe.normalization.name != "none"
    bias = not (recipe.normalization.name == "batch" and recipe.normalization.position == "before")
    for k, units in enumerate(recipe.hidden):
        fan_in = width + (inputs if recipe.skip == "concatenate" and k > 0 else 0)
        projection = recipe.skip == "residual" and k > 0 and units != width
        owner, columns = recipe.sharing.owner(recipe.hidden, k), recipe.sharing.columns(units)
        layers.append(Layer(k, fan_in, units, bias, normalised, projection, owner, columns))
        width = units
    return layers


def output_fan_in(recipe: Recipe, inputs: int) -> int:
    """Inputs of the output layer."""
    if not recipe.hidden:
        return inputs
    return recipe.hidden[-1] + (inputs if recipe.skip == "concatenate" else 0)


def head_layers(recipe: Recipe, fan_in: int, outputs: int, tasks: Sequence[Task]) -> list[tuple[str, int, int]]:
    """Name, inputs and units of the output layer, or of the layers of each task's head."""
    if not tasks:
        return [("output", fan_in, outputs)]
    layers = []
    for k, task in enumerate(tasks):
        width = fan_in
        for j, units in enumerate(recipe.tasks.hidden):
            layers.append((f"output.{k}.hidden{j}", width, units))
            width = units
        layers.append((f"output.{k}", width, task.outputs[1] - task.outputs[0]))
    return layers
