"""Activations, losses and clippings in numbers, each enrolled by being registered: slopes by finite differences,
compiled values against NumPy's, bounds, and a NaN that is seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.contract.breaking import swells
from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.differences import assert_gradient
from wellfit.techniques.base import REGISTRY

ACTIVATIONS = sorted(REGISTRY["activation"])
LOSSES = [(name, kind) for name, cls in sorted(REGISTRY["loss"].items()) for kind in cls.kinds]
CLIPPINGS = sorted(set(REGISTRY["clipping"]) - {"none"})
SGD = {"name": "sgd", "learning_rate": 0.05}
Z = np.concatenate([np.linspace(-30, 30, 601), [-700.0, 700.0]])


def bench_of(kind: str = "numbers", precision: str = "float64", **slots: Any) -> Bench:
    recipe, arrays, target = tiny(kind, outputs=3, **{"optimizer": SGD, "batch_size": "all", **slots})
    return make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision).nudge()


@pytest.mark.parametrize("mix", [0.0, 1.0])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activations_slope_is_that_of_its_values(name: str, mix: float) -> None:
    """Of its own number, where it learns one, too."""
    assert_gradient(bench_of(activation=name, activation_mix=mix))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_a_hundredth_too_large_is_noticed(name: str) -> None:
    bench = bench_of(activation=name)
    swells("activation")(bench)
    with pytest.raises(AssertionError):
        assert_gradient(bench)


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-9), ("float32", 2e-6)])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_compiled_values_are_those_of_the_formula(name: str, precision: str, tolerance: float) -> None:
    bench = bench_of(activation=name, precision=precision)
    activation, places = bench.recipe.activations()[0], bench.operations("activation")[0].places
    number = bench.member.parameters[places["numbers"]].copy() if activation.learned else None
    bench.train(1)
    z, h = (bench.buffer(places[which], bench.arrays.rows, places["width"]) for which in ("input", "output"))
    assert np.abs(z).max() > 0.5
    np.testing.assert_allclose(h, activation(z, number), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if hasattr(torch.nn.functional, name)])
def test_an_activation_that_pytorch_has_is_pytorchs(name: str) -> None:
    settings = {"softplus": {"threshold": 50.0}, "prelu": {"weight": torch.tensor([0.25], dtype=torch.float64)}}
    expected = getattr(torch.nn.functional, name)(torch.tensor(Z), **settings.get(name, {})).numpy()
    np.testing.assert_allclose(REGISTRY["activation"][name]()(Z), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_keeps_its_bounds_and_lets_a_nan_through(name: str) -> None:
    activation = REGISTRY["activation"][name]()
    low, high = activation.bounds
    h = activation(Z)
    assert np.isfinite(h).all() and low <= h.min() and h.max() <= high
    assert np.isnan(type(activation).value(float("nan"), activation.parameter()))
    with np.errstate(invalid="ignore"):
        assert np.isnan(activation(np.array(np.nan)))


@pytest.mark.parametrize(("name", "kind"), LOSSES)
def test_a_losss_slope_is_that_of_its_values(name: str, kind: str) -> None:
    assert_gradient(bench_of(kind, loss=name))


@pytest.mark.parametrize(("name", "kind"), LOSSES)
def test_a_loss_a_hundredth_too_steep_is_noticed(name: str, kind: str) -> None:
    bench = bench_of(kind, loss=name)
    swells("loss", "output_gradient")(bench)
    with pytest.raises(AssertionError):
        assert_gradient(bench)


@pytest.mark.parametrize(("name", "kind"), LOSSES)
def test_a_loss_lets_a_nan_through(name: str, kind: str) -> None:
    bench = bench_of(kind, loss=name)
    bench.member.parameters[bench.member.program.segment("output.bias").begin] = np.nan
    bench.train(1)
    assert bench.member.status == "diverged"


def clipped_and_free(name: str, updates: int) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Gradients of updates that hardly move the weights, from weights that give large ones."""
    benches = [
        bench_of(clipping=clipping, batch_size=5, epochs=8, optimizer={**SGD, "learning_rate": 1e-12})
        for clipping in (name, "none")
    ]
    found = []
    for bench in benches:
        bench.member.parameters[:] *= 30
    for _ in range(updates):
        for bench in benches:
            bench.train(1)
        found.append((benches[0].machine.gradient.copy(), benches[1].machine.gradient.copy()))
    return found


@pytest.mark.parametrize("name", CLIPPINGS)
def test_clipping_makes_gradients_smaller_and_turns_none_around(name: str) -> None:
    pairs = clipped_and_free(name, 6)
    for clipped, free in pairs:
        assert (np.abs(clipped) <= np.abs(free) * (1 + 1e-9)).all()
        assert (clipped * free >= 0).all()
    assert any(np.linalg.norm(clipped) < 0.99 * np.linalg.norm(free) for clipped, free in pairs)


@pytest.mark.parametrize("name", CLIPPINGS)
def test_clipping_lets_a_nan_through(name: str) -> None:
    bench = bench_of(clipping=name)
    bench.member.parameters[bench.member.program.segment("output.bias").begin] = np.nan
    bench.train(1)
    assert np.isnan(bench.machine.gradient[: bench.member.program.trained]).any()
