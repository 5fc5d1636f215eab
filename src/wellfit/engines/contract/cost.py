"""What predicting one row costs, from a recipe alone: the same on every machine, so that selections can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wellfit.engines.contract.folding import folded
from wellfit.engines.contract.inputs import bins_of
from wellfit.engines.contract.layers import OUTPUT, Kind, LayerPlan, Node, layer_plan
from wellfit.engines.contract.network import Network
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Task
from wellfit.tables.encoding import InputSizes

# Of all networks of an ensemble together: 100,000 rows a second on two AVX2 cores, with a quarter to spare
# (`benchmarks/prediction.py`).
MOST_COST = 600_000.0

# Nanoseconds on an AVX2 core at 3.4 GHz over those of a multiply-add in a wide product there (0.023 ns), rounded:
# `benchmarks/prediction.py --operations` measures them. Activations and embeddings declare theirs.
PASS = 5  # reading and writing one number: a residual connection, a copy
NORMALISED = 11  # one unit of layer normalisation, or of batch normalisation that is not folded
COLUMN = 100  # one raw column: gathered and encoded
MAPPED = 7  # one multiply-add of the small map of one number's features
ROW = 1000  # a row in a network at all
PER_OUTPUT = 400  # an output: into its units, into a probability, averaged


def prediction_cost(network: Network) -> float:
    """Multiply-adds that take as long as predicting one row with the network, averaging included."""
    return plan_cost(folded(network).plan, network.encoding.sizes)


def recipe_cost(recipe: Recipe, sizes: InputSizes, outputs: int, tasks: Sequence[Task] = ()) -> float:
    """The same before there is a network. sizes: of the encoded input, as `Encoding.sizes` tells them."""
    return plan_cost(layer_plan(recipe, sizes, outputs, tasks), sizes)


def plan_cost(plan: LayerPlan, sizes: InputSizes) -> float:
    """The same of a layer plan, node by node."""
    nodes = sum(COSTS[node.kind](plan, sizes, node) for node in plan.nodes)
    return float(nodes + ROW + COLUMN * sizes.encoded + PER_OUTPUT * plan.width(OUTPUT))


def _embed(plan: LayerPlan, sizes: InputSizes, node: Node) -> int:
    chosen = node.technique
    features = sum(chosen.features(bins) for bins in bins_of(sizes))
    return int(features * (chosen.feature_cost + MAPPED * getattr(chosen, "size", 0)) + PASS * node.width)


def _product(plan: LayerPlan, sizes: InputSizes, node: Node) -> int:
    return plan.width(node.inputs[0]) * tile_columns(node.width)


def _join(plan: LayerPlan, sizes: InputSizes, node: Node) -> int:
    return 0 if node.layer == OUTPUT else PASS * node.width  # before the outputs it is not worth counting


def _nothing(plan: LayerPlan, sizes: InputSizes, node: Node) -> int:
    return 0


COSTS: Mapping[Kind, Callable[[LayerPlan, InputSizes, Node], int]] = {
    "embed": _embed,
    "scale": lambda plan, sizes, node: PASS * node.width,
    "drop": _nothing,
    "linear": _product,
    "repeat": _nothing,
    "normalize": lambda plan, sizes, node: NORMALISED * node.width,
    "activate": lambda plan, sizes, node: node.technique.unit_cost * node.width,
    "penalize": _nothing,
    "add": lambda plan, sizes, node: PASS * node.width,
    "join": _join,
}


def tile_columns(columns: int) -> int:
    """How many columns a product's columns count for: narrow ones leave lanes of the vector registers empty."""
    if columns >= 16:
        return -(-columns // 16) * 16
    return -(-columns // 8) * 10 if columns >= 8 else 12 * columns
