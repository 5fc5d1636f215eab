"""Guarantee 3: NaN and infinity, planted anywhere, end the member as `diverged`, under every technique."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import KIND_OF_LOSS, make_bench, tiny
from wellfit.techniques.base import REGISTRY

PLANTED = [np.nan, np.inf, -np.inf]


def status_with(recipe: Any, arrays: Any, target: Any, segment: str, place: int, value: float) -> str:
    bench = make_bench(recipe, arrays, target, precision="float32")
    chosen = next(s for s in bench.member.program.segments if s.name == segment)
    bench.member.parameters[chosen.begin + place % (chosen.end - chosen.begin)] = value
    return bench.finish().status


def assert_seen_everywhere(kind: str = "numbers", outputs: int = 2, **slots: Any) -> None:
    """In each segment, first and last place, NaN and both infinities."""
    recipe, arrays, target = tiny(kind, outputs=outputs, epochs=2, **slots)
    for segment in make_bench(recipe, arrays, target, precision="float32").member.program.segments:
        for value in PLANTED:
            for place in (0, -1):
                status = status_with(recipe, arrays, target, segment.name, place, value)
                assert status == "diverged", f"{value} in {segment.name} at {place} ended as {status}"


@pytest.mark.parametrize("activation", REGISTRY["activation"])
def test_under_every_activation(activation: str) -> None:
    assert_seen_everywhere(activation=activation)


@pytest.mark.parametrize("loss", KIND_OF_LOSS)
def test_under_every_loss(loss: str) -> None:
    assert_seen_everywhere(KIND_OF_LOSS[loss], outputs=3, loss=loss, activation="relu")


def test_with_two_classes() -> None:
    assert_seen_everywhere("binary", activation="relu")


@pytest.mark.parametrize("position", ["before", "after"])
@pytest.mark.parametrize("normalization", ["batch", "layer"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_under_normalisation(normalization: str, position: str, activation: str) -> None:
    assert_seen_everywhere(activation=activation, normalization={"name": normalization, "position": position})


@pytest.mark.parametrize("clipping", ["value", "norm"])
@pytest.mark.parametrize("optimizer", REGISTRY["optimizer"])
def test_under_clipping_and_every_optimiser(optimizer: str, clipping: str) -> None:
    assert_seen_everywhere(optimizer=optimizer, clipping=clipping, activation="relu")


@pytest.mark.parametrize("skip", ["residual", "concatenate"])
def test_under_skips_dropout_and_penalties(skip: str) -> None:
    assert_seen_everywhere(hidden=(6, 4, 4), skip=skip, dropout=0.5, l1=0.01, l2=0.01, activation="relu")


HELD = [
    {"l1": {"strength": 0.01, "proximal": True}},
    {"elastic_net": 0.01},
    {"power": {"strength": 0.01, "exponent": 0.5}},
    {"power": {"strength": 0.01, "exponent": 1.0}},
    {"activity": 0.01},
    {"max_norm": 0.5},
    {"unit_norm": 1.0},
    {"constraint": {"radius": 1.0, "biases": True}},
    {"constraint": {"radius": 1.0, "norm": "l1", "scope": "layer"}},
]


@pytest.mark.parametrize("slots", HELD, ids=str)
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_under_what_penalises_or_holds_weights(slots: dict[str, Any], optimizer: str) -> None:
    assert_seen_everywhere(activation="relu", optimizer=optimizer, **slots)


@pytest.mark.parametrize("stopping", ["best", "none", "patience", "strict_patience"])
def test_under_every_stopping_rule_with_validation_rows(stopping: str) -> None:
    from wellfit.tables.arrays import View

    recipe, arrays, target = tiny(epochs=2, stopping=stopping, activation="relu")
    for value in PLANTED:
        bench = make_bench(recipe, arrays, target, view=View(np.arange(9), np.arange(9, 13)), precision="float32")
        bench.member.parameters[0] = value
        assert bench.finish().status == "diverged"


@pytest.mark.parametrize("scaling", ["none", "min_max", "standard"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "silu", "identity"])
def test_an_infinite_number_that_slipped_in(activation: str, scaling: str) -> None:
    """Infinities are refused before training; robust and quantile scaling would bound them like any outlier."""
    for value in (np.inf, -np.inf):
        recipe, arrays, target = tiny(activation=activation, scaling=scaling, epochs=2)
        bench = make_bench(recipe, arrays, target, precision="float32")
        bench.data.numbers[4, 2] = value  # after the encoding was fitted
        assert bench.finish().status == "diverged"


@pytest.mark.parametrize("kind", ["numbers", "counts", "labels", "binary"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_target(kind: str, value: float) -> None:
    recipe, arrays, target = tiny(kind, epochs=2)
    bench = make_bench(recipe, arrays, target, precision="float32")
    bench.data.targets[4, 0] = value
    assert bench.finish().status == "diverged"


@pytest.mark.parametrize("optimizer", sorted(set(REGISTRY["optimizer"]) - {"sgd"}))
def test_a_broken_optimiser_state(optimizer: str) -> None:
    """In any slot but AMSGrad's maximum, which only ever takes over what the second slot holds."""
    recipe, arrays, target = tiny(epochs=2, optimizer=optimizer)
    for slot in range(recipe.optimizer.slot_count() - (optimizer == "amsgrad")):
        bench = make_bench(recipe, arrays, target, precision="float32")
        bench.member.state[slot * bench.member.program.trained + 1] = np.nan
        assert bench.finish().status == "diverged", f"slot {slot}"


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("clipping", ["none", "value", "norm"])
def test_a_broken_gradient_passes_through_clipping(clipping: str, value: float) -> None:
    """Row weights act on loss and gradient alone; a NaN among them reaches every gradient."""
    recipe, arrays, target = tiny(epochs=2, clipping=clipping)
    bench = make_bench(recipe, arrays, target, precision="float32")
    bench.member.prepared.training.weights[3] = value
    assert bench.finish().status == "diverged"


def test_exploding_rates_end_as_diverged() -> None:
    for activation in ("relu", "identity"):
        recipe, arrays, target = tiny(activation=activation, optimizer={"name": "sgd", "learning_rate": 1e20}, epochs=5)
        assert make_bench(recipe, arrays, target, precision="float32").finish().status == "diverged"


def test_a_sound_member_does_not() -> None:
    recipe, arrays, target = tiny(epochs=2)
    assert make_bench(recipe, arrays, target, precision="float32").finish().status == "finished"


def test_a_huge_gradient_is_clipped_not_lost() -> None:
    """Its squares overflow float32; its norm does not."""
    recipe, arrays, target = tiny(clipping={"name": "norm", "limit": 1.0}, epochs=2, activation="identity")
    bench = make_bench(recipe, arrays, target, precision="float32")
    bench.data.targets[:] = bench.data.targets * np.float32(1e25)
    bench.train(1)
    gradient = bench.machine.gradient[: bench.member.program.trained].astype(np.float64)
    assert np.sqrt((gradient**2).sum()) == pytest.approx(1.0, rel=1e-5)
