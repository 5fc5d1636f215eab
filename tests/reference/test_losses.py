"""The loss references against torch.nn.functional, autograd and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.metrics import mean_pinball_loss
from torch.nn import functional

from tests.reference import losses

ROWS = 12


def smooth_target(name: str, random: np.random.Generator) -> np.ndarray[Any, Any]:
    if name == "cross_entropy":
        return random.integers(0, 3, ROWS)
    if name == "binary_cross_entropy":
        return random.integers(0, 2, ROWS)
    if name == "multi_label":
        return random.integers(0, 2, (ROWS, 3)).astype(float)
    if name == "poisson":
        return random.poisson(2.0, (ROWS, 3)).astype(float)
    return random.normal(size=(ROWS, 3))


def torch_rows(name: str, z: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """PyTorch's loss of each row."""
    if name == "cross_entropy":
        return functional.cross_entropy(z, target, reduction="none")
    y = target.double().reshape(z.shape)
    each = {
        "squared": lambda: functional.mse_loss(z, y, reduction="none"),
        "absolute": lambda: functional.l1_loss(z, y, reduction="none"),
        "huber": lambda: functional.huber_loss(z, y, reduction="none", delta=0.7),
        "quantile": lambda: torch.maximum(0.8 * (y - z), -0.2 * (y - z)),
        "binary_cross_entropy": lambda: functional.binary_cross_entropy_with_logits(z, y, reduction="none"),
        "multi_label": lambda: functional.binary_cross_entropy_with_logits(z, y, reduction="none"),
        "poisson": lambda: functional.poisson_nll_loss(z, y, log_input=True, full=False, reduction="none"),
    }[name]()
    return each.mean(dim=1)


SETTINGS: dict[str, dict[str, float]] = {"huber": {"delta": 0.7}, "quantile": {"quantile": 0.8}}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", losses.NAMES)
def test_same_as_torch(name: str, weighted: bool) -> None:
    random = np.random.default_rng(3)
    target = smooth_target(name, random)
    outputs = 2 * random.normal(size=(ROWS, 1 if name == "binary_cross_entropy" else 3))
    weights = random.uniform(0, 2, ROWS) if weighted else None
    z = torch.tensor(outputs, requires_grad=True)
    w = torch.tensor(np.ones(ROWS) if weights is None else weights)
    reported = (w * torch_rows(name, z, torch.from_numpy(target))).sum() / w.sum()
    (reported * (0.5 if name == "squared" else 1.0)).backward()
    settings = SETTINGS.get(name)
    assert_allclose(losses.loss(name, outputs, target, weights, settings), reported.item(), rtol=1e-12)
    assert z.grad is not None
    assert_allclose(losses.gradient(name, outputs, target, weights, settings), z.grad.numpy(), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", ["squared", "huber", "cross_entropy", "multi_label", "poisson"])
def test_finite_differences(name: str) -> None:
    random = np.random.default_rng(4)
    target, outputs = smooth_target(name, random), random.normal(size=(ROWS, 3))
    halved = 0.5 if name == "squared" else 1.0
    gradient = losses.gradient(name, outputs, target)
    for row, column in ((0, 0), (5, 2), (11, 1)):
        shift = np.zeros_like(outputs)
        shift[row, column] = 1e-6
        rise = losses.loss(name, outputs + shift, target) - losses.loss(name, outputs - shift, target)
        assert_allclose(halved * rise / 2e-6, gradient[row, column], rtol=1e-6, atol=1e-9)


def test_quantile_of_scikit_learn() -> None:
    random = np.random.default_rng(6)
    y, z, w = random.normal(size=(ROWS, 1)), random.normal(size=(ROWS, 1)), random.uniform(0, 1, ROWS)
    expected = mean_pinball_loss(y, z, sample_weight=w, alpha=0.3)
    assert_allclose(losses.loss("quantile", z, y, w, {"quantile": 0.3}), expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["absolute", "quantile"])
def test_gradient_is_zero_where_the_loss_is(name: str) -> None:
    y = np.array([[1.0], [2.0]])
    assert_allclose(losses.gradient(name, y, y, settings={"quantile": 0.8}), 0.0)


def test_one_logit_is_the_softmax_of_two() -> None:
    random = np.random.default_rng(7)
    z, y = random.normal(size=(ROWS, 1)), random.integers(0, 2, ROWS)
    two = np.hstack([np.zeros_like(z), z])
    assert_allclose(losses.loss("binary_cross_entropy", z, y), losses.loss("cross_entropy", two, y), rtol=1e-12)
    one, both = losses.gradient("binary_cross_entropy", z, y), losses.gradient("cross_entropy", two, y)
    assert_allclose(one[:, 0], both[:, 1], rtol=1e-9)


def test_large_logits_stay_finite() -> None:
    z, y = np.array([[800.0, -800.0, 0.0]]), np.array([1])
    assert_allclose(losses.loss("cross_entropy", z, y), 1600.0)
    assert_allclose(losses.gradient("cross_entropy", z, y), [[1.0, -1.0, 0.0]], atol=1e-12)
    assert_allclose(losses.loss("binary_cross_entropy", np.array([[-800.0]]), y), 800.0)


def test_soft_targets() -> None:
    """Probabilities as targets: the loss is linear in them."""
    z = np.array([[0.3, -1.0, 2.0]])
    mixed = np.array([[0.25, 0.0, 0.75]])
    parts = [losses.loss("cross_entropy", z, np.array([k])) for k in range(3)]
    assert_allclose(losses.loss("cross_entropy", z, mixed), 0.25 * parts[0] + 0.75 * parts[2], rtol=1e-12)
    expected = functional.cross_entropy(torch.tensor(z), torch.tensor(mixed)).item()
    assert_allclose(losses.loss("cross_entropy", z, mixed), expected, rtol=1e-12)


@pytest.mark.parametrize("name", losses.NAMES)
def test_a_weight_of_two_is_the_row_twice(name: str) -> None:
    random = np.random.default_rng(8)
    target = smooth_target(name, random)
    outputs = random.normal(size=(ROWS, 1 if name == "binary_cross_entropy" else 3))
    counts = random.integers(0, 3, ROWS)
    again = np.repeat(np.arange(ROWS), counts)
    weighted = losses.loss(name, outputs, target, counts.astype(float))
    assert_allclose(weighted, losses.loss(name, outputs[again], target[again]), rtol=1e-12)
