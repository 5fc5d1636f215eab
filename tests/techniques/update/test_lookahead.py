"""Lookahead against the paper's algorithm around plain descent and around Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import Oracle, largest_difference
from tests.reference.averaging import Lookahead
from wellfit.techniques import layout as at


def bench_with(precision: str = "float64", **slots: Any) -> Bench:
    recipe, arrays, target = tiny(**{"optimizer": {"name": "sgd", "learning_rate": 0.1}, **slots})
    return make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision)


def difference(bench: Bench, updates: int) -> float:
    """From the reference, whose every update goes through the paper's algorithm."""
    chosen, oracle = bench.recipe.lookahead, Oracle(bench)
    slow = {name: Lookahead(part, chosen.period, chosen.share) for name, part in oracle.p.items()}
    for _ in range(updates):
        oracle.step()
        oracle.p = {name: slow[name](part) for name, part in oracle.p.items()}
    bench.train(updates)
    return largest_difference(bench.parameters, {**oracle.p, **oracle.moving})[0]


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nesterov"])
@pytest.mark.parametrize(("period", "share"), [(1, 0.5), (3, 0.8), (5, 0.25)])
def test_it_is_the_papers_algorithm(optimizer: str, period: int, share: float) -> None:
    bench = bench_with(
        optimizer=optimizer, lookahead={"period": period, "share": share}, normalization="batch", weight_decay=0.1
    )  # fmt: skip
    assert difference(bench, 11) < 1e-9


def test_it_is_seen_when_the_share_is_off() -> None:
    bench = bench_with(lookahead=3)
    (pull_back,) = bench.operations("lookahead", at.CONSTRAIN_SEAM)
    bench.member.settings[pull_back.places["settings"]] *= 1.01
    assert difference(bench, 11) > 1e-6


def test_a_share_of_one_is_plain_training() -> None:
    ours, theirs = bench_with(lookahead={"period": 2, "share": 1.0}), bench_with()
    ours.train(9), theirs.train(9)
    np.testing.assert_allclose(ours.member.parameters, theirs.member.parameters, rtol=1e-12, atol=1e-14)


def test_the_average_sees_what_lookahead_leaves() -> None:
    bench = bench_with(lookahead={"period": 3, "share": 0.5}, averaging={"name": "swa", "start": 3}, epochs=4)
    bench.train(12)
    start, trained = bench.member.program.average_slot, bench.member.program.trained
    assert np.array_equal(bench.member.state[start : start + trained], bench.member.parameters[:trained])


def test_it_costs_nothing_when_it_is_off() -> None:
    assert len(bench_with().machine.operations) + 2 == len(bench_with(lookahead=5).machine.operations)
    assert len(bench_with().member.state) == 0
