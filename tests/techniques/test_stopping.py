"""Stopping rules against algorithm 7.1 letter by letter, and the default's rule for ties."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.bench import make_bench, tiny
from tests.reference import stopping as reference
from wellfit.arrays import View
from wellfit.techniques.base import REGISTRY

# Few different values, so that ties are common.
series = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9, 1.3, math.nan]), min_size=1, max_size=30)


def outcome(losses: list[float], **settings: Any) -> tuple[int, int, float]:
    """Index of the evaluation kept (-1: none), evaluations made, best loss."""
    rule = REGISTRY["stopping"][settings["name"]](**settings)
    memory, kept = rule.start(), -1
    for k, loss in enumerate(losses):
        keep, stop = rule.judge(memory, loss, 10 * (k + 1))
        if keep:
            kept = k
            assert memory["best_update"] == 10 * (k + 1)
        if stop:
            return kept, k + 1, memory["best"]
    return kept, len(losses), memory["best"]


@given(losses=series, patience=st.integers(1, 6))
def test_algorithm_7_1(losses: list[float], patience: int) -> None:
    expected = reference.strict(losses, patience)
    assert outcome(losses, name="algorithm_7_1", patience=patience) == (expected.kept, expected.made, expected.error)


@given(losses=series)
def test_keep_best(losses: list[float]) -> None:
    expected = reference.last_of_the_best(losses)
    assert outcome(losses, name="best") == (expected.kept, expected.made, expected.error)


@given(losses=series, patience=st.integers(1, 6), gain=st.sampled_from([0.0, 0.15]))
def test_patience(losses: list[float], patience: int, gain: float) -> None:
    numbers = [loss for loss in losses if not math.isnan(loss)] or [1.0]  # a member that gives NaN has diverged
    expected = reference.last_of_the_best(numbers, patience, gain)
    settings = {"name": "patience", "patience": patience, "minimum_improvement": gain}
    assert outcome(numbers, **settings) == (expected.kept, expected.made, expected.error)


def test_patience_that_grows() -> None:
    losses = [5.0, 4.0, 3.0, *[3.5] * 50]
    # The best evaluation is the third: it goes on until evaluation 2 * 3 + 4 = 10, and stops at the one after.
    assert outcome(losses, name="patience", patience=4, growth=2.0) == (2, 11, 3.0)


def test_keep_last_keeps_the_last() -> None:
    assert outcome([1.0, 2.0, 3.0], name="none")[:2] == (2, 3)


@pytest.mark.parametrize("name", ["algorithm_7_1", "patience"])
def test_a_run_stops_where_the_reference_says(name: str) -> None:
    """The whole engine: what was kept, when it ended, and which weights come back."""
    rate = {"name": "sgd", "learning_rate": 0.5}
    recipe, arrays, target = tiny(
        outputs=1, rows=20, optimizer=rate, epochs=40, batch_size=4, stopping={"name": name, "patience": 3}
    )
    bench = make_bench(recipe, arrays, target, view=View(np.arange(12), np.arange(12, 20)), precision="float32")
    member = bench.finish()
    losses = member.validation_losses()
    rule = reference.strict if name == "algorithm_7_1" else reference.last_of_the_best
    expected = rule(losses, 3)
    assert member.status == "stopped" and expected.made == len(losses) < 40
    assert member.best_update == (expected.kept + 1) * 3
    assert member.best_loss == expected.error
    again = make_bench(recipe, arrays, target, view=View(np.arange(12), np.arange(12, 20)), precision="float32")
    again.train(member.best_update)
    assert np.array_equal(again.member.parameters, member.best)


def test_evaluations_every_n_updates() -> None:
    stopping = {"name": "algorithm_7_1", "patience": 100, "every": 4}
    recipe, arrays, target = tiny(rows=20, epochs=4, batch_size=5, stopping=stopping)
    bench = make_bench(recipe, arrays, target, view=View(np.arange(15), np.arange(15, 20)), precision="float32")
    updates = [line[1] for line in bench.finish().history]
    assert updates == [4, 8, 12]
    assert all(b - a == 4 for a, b in pairwise(updates))
