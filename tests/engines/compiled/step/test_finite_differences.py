"""The engine's gradient against the engine's own loss: central differences, with the masks held still."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from wellfit.techniques import layout as at

CASES: list[tuple[str, dict[str, Any]]] = [
    ("numbers", {"activation": "gelu", "normalization": "batch", "dropout": 0.3}),
    ("classes", {"activation": "elu", "normalization": "layer", "skip": "residual", "l2": 0.1}),
    ("counts", {"activation": "mish", "skip": "concatenate", "dropout": {"rate": 0.2, "input_rate": 0.2}, "l1": 0.05}),
    ("labels", {"activation": "softplus", "normalization": {"name": "batch", "position": "after"}}),
    ("binary", {"activation": "sigmoid", "hidden": (5, 5, 5), "skip": "residual"}),
]


def objective(bench: Bench, parameters: np.ndarray) -> float:
    """The minimised objective of the first batch at given parameters; the member is put back as it was."""
    member = bench.member
    kept = member.parameters.copy(), member.state.copy()
    member.parameters[:] = parameters
    member.sums[:] = 0
    bench.train(1)
    value = member.sums[at.OBJECTIVE] / member.sums[at.WEIGHT] + member.sums[at.PENALTY]
    member.parameters[:], member.state[:], member.update = *kept, 0
    return float(value)


@pytest.mark.parametrize(("kind", "slots"), CASES, ids=[f"{kind}-{slots['activation']}" for kind, slots in CASES])
def test_central_differences(kind: str, slots: dict[str, Any]) -> None:
    recipe, arrays, target = tiny(kind, outputs=3, optimizer="sgd", batch_size="all", **slots)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows))
    start = bench.member.parameters.copy()
    start[: bench.member.program.trained] += 0.1  # away from the kink of L1 at biases of 0
    objective(bench, start)
    gradient = bench.machine.gradient.copy()
    places = [
        s.begin + k for s in bench.member.program.segments if s.role != "statistic" for k in (0, s.end - s.begin - 1)
    ]
    for place in places:
        step = np.zeros_like(start)
        step[place] = 1e-5
        slope = (objective(bench, start + step) - objective(bench, start - step)) / 2e-5
        assert gradient[place] == pytest.approx(slope, rel=1e-5, abs=1e-8)
