"""Initial weights: mean, variance and bounds as the reference states; each layer and seed its own stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import make_bench, tiny
from tests.reference import initializations as reference
from wellfit.numerics.random import seed_key
from wellfit.recipe import Recipe
from wellfit.techniques.base import REGISTRY

CASES: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"name": "zero"}, "zero", {}),
    ({"name": "constant", "value": 0.3}, "constant", {"value": 0.3}),
    ({"name": "uniform", "r": 0.2}, "uniform", {"bound": 0.2}),
    ({"name": "normal", "sd": 0.2}, "normal", {"sd": 0.2}),
    ({"name": "fan_in_uniform"}, "fan_in_uniform", {}),
    ({"name": "glorot_uniform"}, "xavier_uniform", {}),
    ({"name": "glorot_uniform", "gain": 1.5}, "xavier_uniform", {"gain": 1.5}),
    ({"name": "glorot_normal"}, "xavier_normal", {}),
    ({"name": "he_normal"}, "he_normal", {}),
    ({"name": "he_normal", "fan": "out"}, "he_normal", {"fan": "out"}),
    ({"name": "he_uniform", "fan": "avg"}, "he_uniform", {"fan": "average"}),
    ({"name": "lecun_normal"}, "lecun_normal", {}),
    ({"name": "lecun_uniform"}, "lecun_uniform", {}),
    ({"name": "orthogonal"}, "orthogonal", {}),
    ({"name": "orthogonal", "gain": 1.5}, "orthogonal", {"gain": 1.5}),
]


def test_every_initialisation_is_listed_here() -> None:
    assert {settings["name"] for settings, _, _ in CASES} == set(REGISTRY["initialization"]) - {"auto"}


@pytest.mark.parametrize(("settings", "name", "words"), CASES, ids=str)
def test_moments(settings: dict[str, Any], name: str, words: dict[str, Any]) -> None:
    chosen = Recipe(initialization=settings).initialization
    for seed in (1, 2):
        weights = chosen.draw(200, 300, seed_key(seed), 1)
        assert weights.shape == (200, 300)
        assert reference.agrees(weights, reference.moments(name, 200, 300, words))


@pytest.mark.parametrize("shape", [(40, 40), (60, 20), (20, 60), (1, 7)], ids=str)
def test_orthogonal(shape: tuple[int, int]) -> None:
    chosen = Recipe(initialization={"name": "orthogonal", "gain": 1.5}).initialization
    weights = chosen.draw(*shape, seed_key(1), 1)
    assert weights.shape == shape and reference.orthogonality_error(weights, 1.5) < 1e-12


def test_moments_catch_a_scale_that_is_off() -> None:
    weights = Recipe(initialization="he_normal").initialization.draw(200, 300, seed_key(1), 1)
    assert not reference.agrees(1.03 * weights, reference.moments("he_normal", 200, 300))


AUTOMATIC = {
    "relu": "he_normal",
    "elu": "he_normal",
    "tanh": "xavier_uniform",
    "sigmoid": "xavier_uniform",
    "selu": "lecun_normal",
}


@pytest.mark.parametrize("activation", AUTOMATIC)
def test_chosen_by_the_activation_unless_named(activation: str) -> None:
    recipe, arrays, target = tiny(inputs=40, outputs=30, hidden=(300, 200), activation=activation)
    parts = make_bench(recipe, arrays, target).parameters
    assert reference.agrees(parts["hidden0.weight"], reference.moments(AUTOMATIC[activation], 40, 300))
    assert reference.agrees(parts["hidden1.weight"], reference.moments(AUTOMATIC[activation], 300, 200))
    assert reference.agrees(parts["output.weight"], reference.moments("xavier_uniform", 200, 30))
    assert not any(parts[f"{layer}.bias"].any() for layer in ("hidden0", "hidden1", "output"))


def test_layers_and_seeds_draw_apart() -> None:
    recipe, arrays, target = tiny(inputs=6, outputs=6, hidden=(6, 6), skip="residual", initialization="he_normal")
    one, other = (make_bench(recipe, arrays, target, seed=seed).parameters for seed in (1, 2))
    drawn = [*one.values(), *other.values()]
    matrices = [w for w in drawn if w.ndim == 2]
    assert len(matrices) == 6
    everything = np.concatenate([w.ravel() for w in matrices])
    assert len(np.unique(everything)) == everything.size


def test_gains_and_moving_statistics_start_neutral() -> None:
    recipe, arrays, target = tiny(normalization="batch")
    parts = make_bench(recipe, arrays, target).parameters
    assert (parts["hidden0.gain"] == 1).all() and not parts["hidden0.shift"].any()
    assert not parts["hidden1.mean"].any() and (parts["hidden1.variance"] == 1).all()
    assert "hidden0.bias" not in parts
