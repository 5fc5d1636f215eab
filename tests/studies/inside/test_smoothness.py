"""Smoothness: input gradients against PyTorch, roughness of known functions, and the study on a real table."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes

import wellfit
from wellfit.errors import InputError
from wellfit.studies.inside.smooth_function import input_gradient, rise_under_noise, roughness


def _trained(recipe: wellfit.Recipe, X: np.ndarray, y: np.ndarray) -> tuple[object, object]:
    run = wellfit.train(recipe, X, y).engine
    return run.network(0), run


def test_input_gradients_are_those_of_torch() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    recipe = wellfit.Recipe.plain((6,), activation="tanh", scaling="none", epochs=4)
    network, run = _trained(recipe, X, X[:, 0] * X[:, 1] > 0)
    w = {name: torch.tensor(value, dtype=torch.float64) for name, value in network.weights().items()}
    spread = np.array([1.0, 2.0, 0.5])
    x = torch.tensor(X, dtype=torch.float64, requires_grad=True)
    z = torch.tanh(x @ w["hidden0.weight"] + w["hidden0.bias"]) @ w["output.weight"] + w["output.bias"]
    (slope,) = torch.autograd.grad(z.sum(), x)
    expected = float((slope * torch.tensor(spread)).norm(dim=1).mean())
    assert input_gradient(network, run.arrays, spread) == pytest.approx(expected, rel=2e-3)


def test_a_linear_network_is_not_rough_and_a_steep_one_is() -> None:
    X = np.random.default_rng(0).normal(size=(80, 2))
    linear, run = _trained(wellfit.Recipe.plain((), epochs=5), X, X[:, 0] + X[:, 1])
    assert roughness(linear, run.arrays) < 2e-3
    bent, run = _trained(wellfit.Recipe.plain((16,), epochs=60, optimizer="adam"), X, np.abs(X[:, 0]) * 5)
    assert roughness(bent, run.arrays) > 1.0


def test_noise_in_the_weights_costs_loss_at_a_minimum() -> None:
    X = np.random.default_rng(0).normal(size=(80, 2))
    recipe = wellfit.Recipe.plain((), epochs=200, batch_size="all", optimizer={"name": "sgd", "learning_rate": 0.3})
    network, run = _trained(recipe, X, X[:, 0] + 2 * X[:, 1])
    # 1/2 of the mean of (x d)^2 + b^2 at a minimum of 0, x standardised and uncorrelated: 1/2 (0.05 |w|)^2.
    weights = network.weights()["output.weight"]
    expected = 0.5 * (0.05 * np.linalg.norm(weights)) ** 2
    rise = rise_under_noise(network, run.arrays, run.target, np.arange(80), run.weight)
    assert rise == pytest.approx(expected, rel=0.5)


def test_a_penalty_smooths_the_function() -> None:
    X, y = load_diabetes(return_X_y=True)
    recipe = wellfit.Recipe.plain((24,), activation="tanh", epochs=60, batch_size=32, optimizer="adam")
    study = wellfit.studies.smoothness(recipe, X, y, values=[0, 0.3], folds=4, seeds=1, kind="number")
    none, strong = study.table.to_dicts()
    for measure in ("input_gradient", "roughness", "weight_norm"):
        assert strong[measure] < none[measure], measure
    assert strong["linear_share"] > none["linear_share"] and none["input_gradient_low"] < none["input_gradient"]
    assert "the norm of the input gradient falls to" in study.verdict
    with pytest.raises(InputError, match="two different values or more"):
        wellfit.studies.smoothness(recipe, X, y, values=[0.1])
