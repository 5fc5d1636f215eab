"""The forward pass in NumPy: the widths of the plan, and operations that a caller replaces."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.compiled.bench import make_arrays, make_target, plain
from tests.engines.compiled.recipes import recipes
from tests.engines.contract.test_layers import shared, sharings
from wellfit.engines.contract.layers import Kind, layer_plan
from wellfit.engines.contract.segments import make_segments
from wellfit.engines.numpy.encode import encode
from wellfit.engines.numpy.forward import OPERATIONS, forward
from wellfit.recipe import Recipe
from wellfit.tables.encoding import fit_encoding

ROWS = 12


@given(recipes(), sharings, st.integers(0, 2**31))
def test_a_forward_pass_gives_the_widths_of_the_plan(recipe: Recipe, sharing: Any, seed: int) -> None:
    arrays, target = make_arrays(ROWS, 3, seed=seed), make_target("numbers", ROWS, 2, seed=seed)
    recipe = shared(recipe, sharing)
    encoding = fit_encoding(arrays, target, np.arange(ROWS), np.ones(ROWS), recipe)
    plan, given_shapes = layer_plan(recipe, encoding.sizes, 2), dict[str, Any]()

    def recorded(kind: Kind) -> Any:
        def operation(node: Any, *rest: Any) -> Any:
            found = OPERATIONS[kind](node, *rest)
            given_shapes[node.name] = found.shape
            return found

        return operation

    weights = {s.name: np.ones(s.shape, np.float32) for s in make_segments(recipe, plan)[0]}
    watched: dict[Kind, Any] = {kind: recorded(kind) for kind in OPERATIONS}
    with np.errstate(all="ignore"):
        forward(plan, encoding, weights, encode(encoding, arrays), watched)
    assert given_shapes == {node.name: (ROWS, node.width) for node in plan.nodes}


def test_a_replaced_operation_changes_what_follows() -> None:
    """Without the activation a network of weights 1 adds its inputs up, once for each unit."""
    arrays, target = make_arrays(ROWS, 3), make_target("numbers", ROWS, 1)
    recipe = plain(hidden=(4,), activation="relu")
    encoding = fit_encoding(arrays, target, np.arange(ROWS), np.ones(ROWS), recipe)
    plan = layer_plan(recipe, encoding.sizes, 1)
    weights = {s.name: np.full(s.shape, float(s.role == "weight"), np.float32) for s in make_segments(recipe, plan)[0]}
    total = arrays.numbers.sum(axis=1, keepdims=True)
    bent = forward(plan, encoding, weights, arrays.numbers)
    np.testing.assert_allclose(bent, 4 * np.maximum(total, 0), rtol=1e-5, atol=1e-5)
    straight = forward(plan, encoding, weights, arrays.numbers, {**OPERATIONS, "activate": lambda *given: given[-1]})
    np.testing.assert_allclose(straight, 4 * total, rtol=1e-5, atol=1e-5)
