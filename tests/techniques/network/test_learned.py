"""Learned slopes, mixes, input scales and the biases' own rate: gradients by PyTorch, identities, and what is off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import assert_agrees
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques.base import REGISTRY

SGD: dict[str, Any] = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
FADING = {"value": 3.0, "schedule": {"name": "flat_cosine"}}


def member(precision: str = "float64", kind: str = "numbers", **slots: Any) -> Bench:
    recipe, arrays, target = tiny(kind, **slots)
    return make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("per", ["layer", "unit"])
@pytest.mark.parametrize("mix", [0.0, 0.5])
def test_learned_slopes(per: str, mix: float, precision: str) -> None:
    bench = member(precision, activation={"name": "prelu", "slope": 0.3, "per": per}, activation_mix=mix, **SGD).nudge()
    assert_agrees(bench, 6, 1e-9 if precision == "float64" else 1e-4)
    assert bench.gradient["hidden0.slope"].shape == ((6,) if per == "unit" else (1,))


@pytest.mark.parametrize("activation", sorted(REGISTRY["activation"]))
def test_a_mix_of_every_activation(activation: str) -> None:
    bench = member(activation=activation, activation_mix=0.1).nudge()
    assert_agrees(bench, 5, 1e-9)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "adam", "adamax", "adadelta"])
def test_rate_factors_under_the_optimisers(optimizer: str) -> None:
    slots = {"input_scale": 6, "bias_rate": 0.1, "activation_mix": FADING, "activation": ["elu", "prelu"]}
    decay = {"weight_decay": {"strength": 0.1, "biases": True}, "l2": {"strength": 0.02, "biases": True}}
    rate = 1.0 if optimizer == "adadelta" else 0.01
    assert_agrees(member(optimizer={"name": optimizer, "learning_rate": rate}, **slots, **decay), 8, 1e-8)


@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_input_scale_with_skips_and_dropout(skip: str, normalization: str) -> None:
    slots = {"skip": skip, "normalization": normalization, "dropout": {"rate": 0.2, "input_rate": 0.1}}
    assert_agrees(member(input_scale=6, activation_mix=0.1, **slots).nudge(), 5, 1e-8)


def test_input_scale_of_a_linear_model() -> None:
    assert_agrees(member(hidden=(), input_scale=2, **SGD), 5, 1e-9)


def test_prelu_of_torch() -> None:
    """The function itself, and its slope's gradient, beside torch.nn.PReLU."""
    for units in (1, 4):
        z = torch.randn(7, 4, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(0))
        layer = torch.nn.PReLU(units).double()
        h = layer(z)
        ours = REGISTRY["activation"]["prelu"]()(z.detach().numpy(), np.full(units, 0.25))
        np.testing.assert_array_equal(ours, h.detach().numpy())


def test_a_mix_of_zero_is_the_identity_and_slope_one_too() -> None:
    """With m = 0, and with PReLU's slope at 1, the network is the linear one: the same first gradients of weights."""
    linear = member(activation="identity", **SGD)
    linear.train(1)
    for slots in ({"activation": "tanh", "activation_mix": 1.0}, {"activation": "prelu"}):
        bench = member(**slots, **SGD)
        for name, value in linear.parameters.items():  # the same start, whatever the activation asks of initialisation
            segment = bench.member.program.segment(name)
            other = member(activation="identity", **SGD).parameters[name]
            bench.member.parameters[segment.begin : segment.end] = other.ravel()
            assert value.shape == other.shape
        for segment in bench.member.program.segments:
            if segment.role == "slope":
                bench.member.parameters[segment.begin : segment.end] = float(segment.name.endswith("slope"))
        bench.train(1)
        for name, gradient in linear.gradient.items():
            np.testing.assert_allclose(bench.gradient[name], gradient, rtol=1e-9, atol=1e-12)


def test_what_is_frozen_stays_and_has_no_gradient() -> None:
    bench = member(bias_rate=0.0, input_scale=1.0)
    before = bench.parameters
    bench.train(5)
    for name in ("hidden0.bias", "hidden1.bias", "output.bias"):
        assert np.array_equal(bench.parameters[name], before[name])
        assert not bench.gradient[name].any()
    assert np.abs(bench.parameters["input.scale"] - 1).max() > 1e-4


@pytest.mark.parametrize("skip", ["residual", "concatenate"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_rates_by_fan_in(optimizer: str, skip: str) -> None:
    slots = {"hidden": (6, 4, 4), "skip": skip, "weight_decay": 0.1, "activation_mix": FADING}
    assert_agrees(member(optimizer={"name": optimizer, "learning_rate": 0.01}, fan_in_rate=0.5, **slots), 6, 1e-8)


@pytest.mark.parametrize(("optimizer", "power"), [("adam", 0.5), ("sgd", 1.0)])
def test_rates_by_fan_in_are_the_neural_tangent_parametrisation(optimizer: str, power: float) -> None:
    """In PyTorch: y = x W / sqrt(fan_in) + b with W at the plain rate moves the function as our rates do."""
    rate, settings = 0.05, {"epsilon": 1e-12} if optimizer == "adam" else {}
    chosen = {"name": optimizer, "learning_rate": rate, **settings}
    bench = member(fan_in_rate=power, optimizer=chosen, batch_size="all", hidden=(6,), epochs=10)
    start, encoding = bench.parameters, bench.member.prepared.encoding
    x = torch.tensor(bench.arrays.numbers.astype(np.float64))
    y = torch.tensor((bench.target.values - encoding.target_centre) / encoding.target_scale)
    w = torch.tensor(bench.member.prepared.training.weights.astype(np.float64))
    p = {name: torch.tensor(part * (part.shape[0] ** 0.5 if part.ndim == 2 else 1)) for name, part in start.items()}
    for part in p.values():
        part.requires_grad_()
    kinds = {"adam": lambda q: torch.optim.Adam(q, rate, eps=1e-12), "sgd": lambda q: torch.optim.SGD(q, rate)}
    torch_optimizer = kinds[optimizer](list(p.values()))

    def layer(h: torch.Tensor, name: str) -> torch.Tensor:
        return h @ p[f"{name}.weight"] / h.shape[1] ** 0.5 + p[f"{name}.bias"]

    for _ in range(6):
        torch_optimizer.zero_grad()
        z = layer(torch.tanh(layer(x, "hidden0")), "output")
        (0.5 * (w * ((z - y) ** 2).mean(dim=1)).sum() / w.sum()).backward()
        torch_optimizer.step()
    bench.train(6)
    for name, part in p.items():
        expected = part.detach().numpy() / (part.shape[0] ** 0.5 if part.ndim == 2 else 1)
        np.testing.assert_allclose(bench.parameters[name], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("slot", ["input_scale", "activation_mix", "bias_rate"])
def test_out_of_range(slot: str) -> None:
    with pytest.raises(InputError, match=f"{slot}.*at least 0"):
        Recipe(**{slot: -0.1})
    with pytest.raises(InputError, match="below|less than 1"):
        Recipe(activation={"name": "prelu", "slope": 1.0})
