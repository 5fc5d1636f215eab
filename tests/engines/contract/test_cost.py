"""The cost of predicting a row: multiply-adds counted by hand, and what it must tell apart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engines.compiled.bench import make_arrays, make_bench, make_target, plain
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.contract import cost
from wellfit.engines.contract.cost import prediction_cost, recipe_cost, tile_columns
from wellfit.tables.encoding import InputSizes
from wellfit.techniques.network.activation import ReLU
from wellfit.techniques.network.embedding import Piecewise

SIZES = InputSizes(20, 20)


def of(**slots: Any) -> float:
    return recipe_cost(plain(**slots), SIZES, 1)


def test_products_activations_and_the_rest_are_counted() -> None:
    plainly = 20 * 64 + 64 * 64 + 64 * 12 + 2 * 64 * ReLU.unit_cost
    rest = cost.ROW + 20 * cost.COLUMN + cost.PER_OUTPUT
    assert of(hidden=(64, 64), activation="relu", skip="none") == plainly + rest
    assert of(hidden=(64, 64), activation="relu", skip="residual") == plainly + rest + 64 * cost.PASS
    wider = of(hidden=(64, 32), activation="relu", skip="residual") - of(
        hidden=(64, 32), activation="relu", skip="none"
    )
    assert wider == 64 * 32 + 32 * cost.PASS  # with a projection


def test_embeddings_cost_features_and_maps() -> None:
    sizes = InputSizes(20, 20, (16,) * 20)
    recipe = plain(hidden=(64,), number_embedding={"name": "piecewise", "bins": 16, "size": 4})
    without = recipe_cost(plain(hidden=(64,)), SIZES, 1)
    more = 60 * 64 + 320 * Piecewise.feature_cost + 1280 * cost.MAPPED + 80 * cost.PASS
    assert recipe_cost(recipe, sizes, 1) == without + more


def test_narrow_products_waste_lanes() -> None:
    assert [tile_columns(n) for n in (1, 3, 8, 10, 16, 17, 100)] == [12, 36, 10, 20, 16, 32, 112]


@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_a_network_costs_what_its_recipe_does(normalization: str) -> None:
    """Batch normalisation, which is folded into the weights, costs nothing."""
    recipe = plain(hidden=(9, 9), epochs=1, normalization=normalization)
    bench = make_bench(recipe, make_arrays(40, 3), make_target("classes", 40, 3), precision="float32")
    bench.finish()
    network = network_of(bench.member, "classes", 3)
    expected = recipe_cost(recipe, InputSizes(3, 3), 3) - 18 * cost.NORMALISED * (normalization == "batch")
    assert prediction_cost(network) == expected
