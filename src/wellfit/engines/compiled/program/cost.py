"""What predicting one row costs, from a recipe alone: the same on every machine, so that selections can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wellfit.engines.compiled.program.layers import head_layers, layers_of, output_fan_in
from wellfit.engines.contract.folding import folded
from wellfit.engines.contract.inputs import bins_of, embeds, network_inputs
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Task
from wellfit.tables.encoding import InputSizes
from wellfit.techniques.update.schedule import is_on

if TYPE_CHECKING:
    from wellfit.engines.contract.network import Network

# Of all networks of an ensemble together: 100,000 rows a second on two AVX2 cores, with a quarter to spare
# (`benchmarks/prediction.py`).
MOST_COST = 600_000.0

# Nanoseconds on an AVX2 core at 3.4 GHz over those of a multiply-add in a wide product there (0.023 ns), rounded:
# `benchmarks/prediction.py --operations` measures them.
ACTIVATIONS = {
    "identity": 4, "relu": 4, "leaky_relu": 4, "prelu": 30, "sigmoid": 24, "tanh": 37, "elu": 20, "selu": 22,
    "softplus": 43, "silu": 24, "gelu": 38, "mish": 33,
}  # fmt: skip
ELSE = 40  # an activation that is not in the table
PASS = 5  # reading and writing one number: a residual connection, a copy
NORMALISED = 11  # one unit of layer normalisation, or of batch normalisation that is not folded
COLUMN = 100  # one raw column: gathered and encoded
SHARE = 27  # one feature of a number: the share of a bin
COSINE = 39  # or a cosine
MAPPED = 7  # one multiply-add of the small map of one number's features
ROW = 1000  # a row in a network at all
OUTPUT = 400  # an output: into its units, into a probability, averaged


def prediction_cost(network: Network) -> float:
    """Multiply-adds that take as long as predicting one row with the network, averaging included."""
    recipe = folded(network).recipe
    return recipe_cost(recipe, network.encoding.sizes, network.outputs, network.encoding.tasks)


def recipe_cost(recipe: Recipe, sizes: InputSizes, outputs: int, tasks: Sequence[Task] = ()) -> float:
    """The same before there is a network. sizes: of the encoded input, as `Encoding.sizes` tells them."""
    inputs = network_inputs(recipe, sizes)
    layers = layers_of(recipe, inputs)
    heads = head_layers(recipe, output_fan_in(recipe, inputs), outputs, tasks)
    products = [(layer.fan_in, layer.columns) for layer in layers] + [(fan_in, units) for _, fan_in, units in heads]
    products += [(source, layer.units) for layer, source in zip(layers, (inputs, *recipe.hidden), strict=False)
                 if layer.projection]  # fmt: skip
    cost = sum(fan_in * tile_columns(units) for fan_in, units in products)
    names: list[str] = [getattr(activation, "name", "") for activation in recipe.activations()]
    for layer, name in zip(layers, names, strict=True):
        joined = {"none": 0, "residual": layer.units, "concatenate": layer.fan_in}[recipe.skip] * (layer.index > 0)
        cost += layer.units * ACTIVATIONS.get(name, ELSE) + PASS * joined
        cost += NORMALISED * layer.units * layer.normalised
    hidden = sum(units for name, _, units in heads if ".hidden" in name)
    cost += hidden * ACTIVATIONS.get(recipe.tasks.activation.name, ELSE)
    return float(cost + ROW + COLUMN * sizes.encoded + OUTPUT * outputs + _inputs_cost(recipe, sizes, inputs))


def _inputs_cost(recipe: Recipe, sizes: InputSizes, inputs: int) -> float:
    """What lies between the encoded columns and the first layer."""
    cost = float(PASS * inputs * is_on(recipe.input_scale.rate))
    if not embeds(recipe, sizes):
        return cost
    chosen: Any = recipe.number_embedding
    features = sum(chosen.features(bins) for bins in bins_of(sizes))
    feature = SHARE if chosen.name == "piecewise" else COSINE
    return float(cost + features * (feature + MAPPED * getattr(chosen, "size", 0)) + PASS * inputs)


def tile_columns(columns: int) -> int:
    """How many columns a product's columns count for: narrow ones leave lanes of the vector registers empty."""
    if columns >= 16:
        return -(-columns // 16) * 16
    return -(-columns // 8) * 10 if columns >= 8 else 12 * columns
