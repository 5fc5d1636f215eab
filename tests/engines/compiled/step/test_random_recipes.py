"""Gradients and parameters of recipes drawn at random, on a table with missing numbers and categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engines.compiled.bench import make_bench, make_target, plain, random_weights
from tests.engines.compiled.noisy import NoisyOracle
from tests.engines.compiled.oracle import assert_agrees
from tests.engines.compiled.recipes import changes_at_random, losses, recipes
from wellfit.tables.arrays import Arrays

ROWS = 17


def mixed_table(seed: int) -> Arrays:
    """Three numbers, one with missing values and one constant, and categorical columns of two and four levels."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(5.0, 3.0, (ROWS, 3)).astype(np.float32)
    numbers[rng.integers(0, ROWS, 4), 1] = np.nan
    numbers[:, 2] = 4.0
    codes = np.stack([rng.integers(0, 2, ROWS), rng.integers(-1, 4, ROWS)], axis=1).astype(np.int32)
    return Arrays(numbers, np.ascontiguousarray(codes), levels=(2, 4))


@settings(max_examples=max(40, settings().max_examples))
@given(
    recipe=recipes(),
    loss=losses.flatmap(lambda loss: st.tuples(st.just(loss), changes_at_random(loss[0]))),
    seed=st.integers(0, 2**63),
    updates=st.integers(1, 6),
    weighted=st.booleans(),
)
@example(plain(hidden=(), dropout={"input_rate": 0.3}), (("classes", "auto"), {}), 3, 4, True)
def test_any_recipe_follows_the_reference(recipe: Any, loss: Any, seed: int, updates: int, weighted: bool) -> None:
    (kind, name), changes = loss
    recipe = recipe.vary(loss=name, **changes)
    target = make_target(kind, ROWS, 1 if kind == "binary" else 3, seed=seed % 1000)
    weight = random_weights(ROWS) if weighted else None
    bench = make_bench(recipe, mixed_table(seed % 1000), target, weight=weight, seed=seed).nudge()
    updates = min(updates, bench.member.horizon.updates)
    assert_agrees(bench, updates, 1e-9 if updates <= 2 else 1e-8, NoisyOracle)
