"""The optimiser references against torch.optim where the formula is the same, and against closed forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from tests.reference import optimizers
from tests.reference.optimizers import Vector

CURVATURE = np.array([[3.0, 0.4, 0.0], [0.4, 1.0, 0.2], [0.0, 0.2, 0.5]])
START = np.array([1.0, -2.0, 0.5])
UPDATES = 40


def slope(w: Vector) -> Vector:
    """Gradient of a quadratic bowl with a wave, so that signs and sizes change on the way."""
    return CURVATURE @ w + 0.3 * np.cos(5 * w)


def run(name: str, rate: float, settings: dict[str, Any] | None = None, updates: int = UPDATES) -> Vector:
    w, state = START.copy(), optimizers.initial_state(name, START.size)
    path = []
    for t in range(updates):
        gradient = slope(optimizers.look_ahead(name, w, state, settings))
        w, state = optimizers.update(name, w, gradient, state, t, rate, settings)
        path.append(w)
    return np.array(path)


@pytest.fixture(autouse=True)
def float64_by_default() -> Iterator[None]:
    """PyTorch's NAdam keeps its product of momenta in the default type: in float32 it would be off by 1e-8."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def run_torch(kind: Any, **arguments: Any) -> Vector:
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = kind([w], **arguments)
    path = []
    for _ in range(UPDATES):
        w.grad = torch.from_numpy(slope(w.detach().numpy()))
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


ADAM = {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}
SAME_AS_TORCH = [
    ("sgd", {}, torch.optim.SGD, {}),
    ("momentum", {"momentum": 0.8}, torch.optim.SGD, {"momentum": 0.8}),
    ("adagrad", {"epsilon": 1e-3}, torch.optim.Adagrad, {"eps": 1e-3}),
    ("adadelta", {"epsilon": 1e-3}, torch.optim.Adadelta, {"rho": 0.95, "eps": 1e-3}),
    ("adam", ADAM, torch.optim.Adam, {"betas": (0.8, 0.95), "eps": 1e-3}),
    ("adam", ADAM | {"decay": 0.3}, torch.optim.AdamW, {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3}),
    ("adamax", ADAM | {"epsilon": 0.0}, torch.optim.Adamax, {"betas": (0.8, 0.95), "eps": 0.0}),
    ("nadam_dozat", ADAM, torch.optim.NAdam, {"betas": (0.8, 0.95), "eps": 1e-3}),
    # PyTorch's momentum schedule decayed at once is a constant momentum.
    ("nadam", ADAM, torch.optim.NAdam, {"betas": (0.8, 0.95), "eps": 1e-3, "momentum_decay": 1e6}),
    # delta inside or outside the root does not matter where there is none.
    ("rmsprop", {"epsilon": 0.0}, torch.optim.RMSprop, {"alpha": 0.9, "eps": 0.0}),
    ("amsgrad", ADAM | {"beta2": 0.0}, torch.optim.Adam, {"betas": (0.8, 0.0), "eps": 1e-3, "amsgrad": True}),
]


@pytest.mark.parametrize(("name", "settings", "kind", "arguments"), SAME_AS_TORCH)
def test_same_path_as_torch(name: str, settings: dict[str, Any], kind: Any, arguments: dict[str, Any]) -> None:
    assert_allclose(run(name, 0.05, settings), run_torch(kind, lr=0.05, **arguments), rtol=1e-10, atol=1e-12)


def test_defaults_of_adam_are_torch_defaults() -> None:
    assert_allclose(run("adam", 0.001), run_torch(torch.optim.Adam), rtol=1e-10)


DIFFERS_FROM_TORCH = [
    ("rmsprop", {"epsilon": 1e-2}, torch.optim.RMSprop, {"alpha": 0.9, "eps": 1e-2}),
    ("amsgrad", ADAM, torch.optim.Adam, {"betas": (0.8, 0.95), "eps": 1e-3, "amsgrad": True}),
    ("adamax", ADAM, torch.optim.Adamax, {"betas": (0.8, 0.95), "eps": 1e-3}),
    ("nadam", ADAM, torch.optim.NAdam, {"betas": (0.8, 0.95), "eps": 1e-3}),
    ("nadam_dozat", ADAM | {"average": "scheduled"}, torch.optim.NAdam, {"betas": (0.8, 0.95), "eps": 1e-3}),
]


@pytest.mark.parametrize(("name", "settings", "kind", "arguments"), DIFFERS_FROM_TORCH)
def test_where_torch_differs(name: str, settings: dict[str, Any], kind: Any, arguments: dict[str, Any]) -> None:
    """The difference that the cards state is there: were it gone, PyTorch could be the oracle."""
    ours, theirs = run(name, 0.05, settings), run_torch(kind, lr=0.05, **arguments)
    assert np.abs(ours - theirs).max() > 1e-6


def test_torch_keeps_nesterov_at_the_looked_ahead_point() -> None:
    """What PyTorch stores is w + a v; the reference stores w. Their gradients are taken at the same points."""
    settings = {"momentum": 0.8}
    w, state = START.copy(), optimizers.initial_state("nesterov", START.size)
    ahead = []
    for t in range(UPDATES):
        gradient = slope(optimizers.look_ahead("nesterov", w, state, settings))
        w, state = optimizers.update("nesterov", w, gradient, state, t, 0.05, settings)
        ahead.append(optimizers.look_ahead("nesterov", w, state, settings))
    theirs = run_torch(torch.optim.SGD, lr=0.05, momentum=0.8, nesterov=True)
    assert_allclose(np.array(ahead), theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_terminal_velocity(name: str) -> None:
    """Under a constant gradient g the velocity becomes -lr g / (1 - a)."""
    gradient, w, state = np.array([2.0, -1.0]), np.zeros(2), optimizers.initial_state(name, 2)
    for t in range(300):
        w, state = optimizers.update(name, w, gradient, state, t, 0.1, {"momentum": 0.9})
    assert_allclose(state["velocity"], -0.1 * gradient / (1 - 0.9), rtol=1e-10)


def test_momentum_carries_old_rates_inside_the_velocity() -> None:
    """With two rates v = a (-r0 g) - r1 g, where PyTorch would have r1 (a g + g)."""
    g, w, state = np.ones(1), np.zeros(1), optimizers.initial_state("momentum", 1)
    w, state = optimizers.update("momentum", w, g, state, 0, 1.0)
    w, state = optimizers.update("momentum", w, g, state, 1, 0.1)
    assert_allclose(state["velocity"], -(0.9 * 1.0 + 0.1))


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "amsgrad", "adamax"])
def test_first_step_of_adaptive_rules(name: str) -> None:
    """The first step is the rate times the gradient's sign (RMSProp, uncorrected: over sqrt(1 - rho))."""
    g = np.array([3.0, -0.2])
    w, _ = optimizers.update(name, np.zeros(2), g, optimizers.initial_state(name, 2), 0, 0.01, {"epsilon": 0.0})
    scale = 1 / np.sqrt(0.1) if name == "rmsprop" else 1.0
    assert_allclose(w, -0.01 * scale * np.sign(g), rtol=1e-12)


def test_first_step_of_adadelta() -> None:
    """Zeiler's first move is sqrt(eps) / sqrt((1 - rho) g^2 + eps) times g."""
    g = np.array([3.0, -0.2])
    w, _ = optimizers.update("adadelta", np.zeros(2), g, optimizers.initial_state("adadelta", 2), 0, 1.0)
    assert_allclose(w, -np.sqrt(1e-6) / np.sqrt(0.05 * g**2 + 1e-6) * g, rtol=1e-12)


@pytest.mark.parametrize("average", ["constant", "scheduled"])
def test_dozat_under_a_constant_gradient(average: str) -> None:
    """Averaged with the scheduled momentum the correction is exact, and every step is nearly the rate; with the
    constant one the first step is (mu2 (1 - b1) / (1 - mu1 mu2) + 1) times it."""
    settings = {"average": average, "epsilon": 0.0}
    w, _ = optimizers.update(
        "nadam_dozat", np.zeros(1), np.ones(1), optimizers.initial_state("nadam_dozat", 1), 0, 1.0, settings
    )
    full = optimizers.DEFAULTS["nadam_dozat"]
    mu1, mu2 = optimizers.dozat_momentum(1, full), optimizers.dozat_momentum(2, full)
    fresh = 1 - 0.9 if average == "constant" else 1 - mu1
    assert_allclose(-w, mu2 * fresh / (1 - mu1 * mu2) + 1, rtol=1e-12)


def test_amsgrad_never_shrinks_its_denominator() -> None:
    state, w = optimizers.initial_state("amsgrad", 1), np.zeros(1)
    largest = 0.0
    for t, g in enumerate([1.0, 5.0, 0.1, 0.1, 0.1]):
        w, state = optimizers.update("amsgrad", w, np.array([g]), state, t, 0.1)
        assert state["maximum"][0] >= largest
        largest = state["maximum"][0]


@pytest.mark.parametrize("name", optimizers.NAMES)
def test_decay_multiplies_the_old_weights(name: str) -> None:
    g, w = np.array([1.0, -2.0]), np.array([4.0, 5.0])
    plain, _ = optimizers.update(name, w, g, optimizers.initial_state(name, 2), 0, 0.1)
    decayed, _ = optimizers.update(name, w, g, optimizers.initial_state(name, 2), 0, 0.1, {"decay": 0.2})
    assert_allclose(plain - decayed, 0.1 * 0.2 * w, rtol=1e-12)
    apart = {"decay": 0.2, "decay_follows_rate": False}
    independent, _ = optimizers.update(name, w, g, optimizers.initial_state(name, 2), 0, 0.1, apart)
    assert_allclose(plain - independent, 0.2 * w, rtol=1e-12)


def test_decay_equals_coupled_l2_under_plain_descent_alone() -> None:
    """B2 = B1 for SGD; for Adam the two differ."""
    for name, equal in (("sgd", True), ("adam", False)):
        w = START.copy()
        decayed, _ = optimizers.update(name, w, slope(w), optimizers.initial_state(name, 3), 0, 0.1, {"decay": 0.2})
        coupled, _ = optimizers.update(name, w, slope(w) + 0.2 * w, optimizers.initial_state(name, 3), 0, 0.1)
        assert np.allclose(decayed, coupled, rtol=1e-12) is equal


@pytest.mark.parametrize("name", optimizers.NAMES)
def test_arguments_are_left_alone(name: str) -> None:
    w, g, state = np.ones(2), np.ones(2), optimizers.initial_state(name, 2)
    before = {key: np.copy(value) for key, value in state.items()}
    optimizers.update(name, w, g, state, 0, 0.1)
    assert_allclose(w, 1.0)
    assert_allclose(g, 1.0)
    for key, value in before.items():
        assert_allclose(state[key], value)
