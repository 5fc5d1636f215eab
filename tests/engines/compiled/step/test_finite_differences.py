"""The engine's gradient against the engine's own loss: central differences, with the masks held still."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engines.compiled.bench import make_bench, random_weights, tiny
from tests.engines.compiled.differences import assert_gradient

CASES: list[tuple[str, dict[str, Any]]] = [
    ("numbers", {"activation": "gelu", "normalization": "batch", "dropout": 0.3}),
    ("classes", {"activation": "elu", "normalization": "layer", "skip": "residual", "l2": 0.1}),
    ("counts", {"activation": "mish", "skip": "concatenate", "dropout": {"rate": 0.2, "input_rate": 0.2}, "l1": 0.05}),
    ("labels", {"activation": "softplus", "normalization": {"name": "batch", "position": "after"}}),
    ("binary", {"activation": "sigmoid", "hidden": (5, 5, 5), "skip": "residual"}),
]


@pytest.mark.parametrize(("kind", "slots"), CASES, ids=[f"{kind}-{slots['activation']}" for kind, slots in CASES])
def test_central_differences(kind: str, slots: dict[str, Any]) -> None:
    recipe, arrays, target = tiny(kind, outputs=3, optimizer="sgd", batch_size="all", **slots)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows))
    start = bench.member.parameters.copy()
    start[: bench.member.program.trained] += 0.1  # away from the kink of L1 at biases of 0
    assert_gradient(bench, start)
