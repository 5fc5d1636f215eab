"""Optimisers on given functions: the paths of PyTorch's, gradients of the surfaces, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import check_grad

import wellfit
from wellfit.errors import InputError
from wellfit.studies.optimization.functions import SURFACES, Surface

START = (-1.2, 1.0)
TORCH: dict[str, tuple[dict[str, Any], Callable[[Any], torch.optim.Optimizer]]] = {
    "sgd": ({"learning_rate": 1e-3}, lambda w: torch.optim.SGD(w, lr=1e-3)),
    "momentum": ({"learning_rate": 1e-3, "momentum": 0.9}, lambda w: torch.optim.SGD(w, lr=1e-3, momentum=0.9)),
    "adam": ({"learning_rate": 0.02}, lambda w: torch.optim.Adam(w, lr=0.02)),
    "adagrad": ({"learning_rate": 0.05}, lambda w: torch.optim.Adagrad(w, lr=0.05)),
}


def rosenbrock(w: Any) -> Any:
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


@pytest.mark.parametrize("name", TORCH)
def test_paths_are_those_of_torch(name: str) -> None:
    settings, make = TORCH[name]
    path = wellfit.optimize(rosenbrock, START, wellfit.Recipe.plain(optimizer={"name": name, **settings}), updates=60)
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer, points = make([w]), [START]
    for _ in range(60):
        optimizer.zero_grad()
        rosenbrock(w).backward()
        optimizer.step()
        points.append(tuple(w.detach().tolist()))
    np.testing.assert_allclose(path.points, points, atol=2e-5)
    np.testing.assert_allclose(path.values, [rosenbrock(p) for p in path.points])


def test_nesterov_takes_the_gradient_where_the_velocity_leads() -> None:
    recipe = wellfit.Recipe.plain(optimizer={"name": "nesterov", "learning_rate": 1e-3, "momentum": 0.9})
    path = wellfit.optimize(rosenbrock, START, recipe, updates=40)
    point, velocity = torch.tensor(START, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    for _ in range(40):
        ahead = (point + 0.9 * velocity).requires_grad_()
        (slope,) = torch.autograd.grad(rosenbrock(ahead), ahead)
        velocity = 0.9 * velocity - 1e-3 * slope
        point = (point + velocity).detach()
    np.testing.assert_allclose(path.points[-1], point, atol=2e-5)


def test_schedules_clipping_and_decay_act_as_in_training() -> None:
    recipe = wellfit.Recipe.plain(
        optimizer={"name": "sgd", "learning_rate": 0.1}, schedule="cosine", clipping={"name": "norm", "limit": 1.0},
        weight_decay=0.1,
    )  # fmt: skip
    path = wellfit.optimize(rosenbrock, START, recipe, updates=20)
    point = np.array(START)
    for t in range(20):
        x = torch.tensor(point, requires_grad=True)
        (g,) = torch.autograd.grad(rosenbrock(x), x)
        slope, rate = g.numpy(), path.rates[t]
        assert path.gradient_norms[t] == pytest.approx(np.linalg.norm(slope), rel=1e-3)
        slope = slope * min(1.0, 1.0 / np.linalg.norm(slope))
        point = (1 - rate * 0.1) * point - rate * slope
    assert path.rates[0] == pytest.approx(0.1) and path.rates[-1] < 0.01
    np.testing.assert_allclose(path.points[-1], point, atol=1e-5)


def test_a_path_that_diverges_ends_there() -> None:
    recipe = wellfit.Recipe.plain(optimizer={"name": "sgd", "learning_rate": 10.0})
    path = wellfit.optimize(lambda w: float(w[0] ** 4), [3.0], recipe, updates=100)
    assert path.diverged and len(path.points) < 100 and np.isfinite(path.points).all()


@pytest.mark.parametrize("surface", SURFACES, ids=lambda one: one.name)
def test_surfaces_have_the_gradients_and_lowest_values_they_say(surface: Surface) -> None:
    from scipy.optimize import minimize

    random = np.random.default_rng(0)
    for _ in range(5):
        assert check_grad(lambda w: float(surface.value(w)), surface.gradient, random.normal(size=2)) < 1e-5
    found = min(minimize(surface.value, start, jac=surface.gradient).fun for start in random.normal(size=(8, 2)))
    assert found == pytest.approx(surface.lowest, abs=1e-4)


def test_what_cannot_be_minimised_is_refused() -> None:
    with pytest.raises(InputError, match="finite numbers"):
        wellfit.optimize(rosenbrock, [np.nan, 1.0])
    with pytest.raises(InputError, match="weight_noise needs a network"):
        wellfit.optimize(rosenbrock, START, wellfit.Recipe.plain(weight_noise=0.1))
    for updates in (0, "x", math.nan, True):
        with pytest.raises(InputError, match="updates is a whole number of 1 or more; got"):
            wellfit.optimize(rosenbrock, START, updates=updates)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="start is a list of one or more finite numbers; got 'abc'"):
        wellfit.optimize(rosenbrock, "abc")
    for function in (lambda w: w, lambda w: None, lambda w: "high"):
        with pytest.raises(InputError, match="function gives one number"):
            wellfit.optimize(function, START)  # type: ignore[arg-type,return-value]
    for gradient in (lambda w: [1.0], lambda w: np.ones(3), lambda w: None):
        with pytest.raises(InputError, match="gradient gives one number a parameter, of shape"):
            wellfit.optimize(rosenbrock, START, gradient=gradient)


def test_the_study_of_paths_says_who_is_there_first() -> None:
    study = wellfit.studies.optimizer_paths(
        functions=["quadratic", "plateau"], optimizers=["sgd", "nesterov"], rates=[0.01, 0.05], updates=60
    )
    table = study.table.to_dicts()
    reached = {(row["function"], row["optimizer"]): row["updates_to_reach"] for row in table}
    assert reached["quadratic", "nesterov"] < reached["quadratic", "sgd"], "curvatures 1 and 30: momentum helps"
    assert "none on the plateau" in study.verdict and reached["plateau", "sgd"] is None
    assert [figure.name for figure in study.figures] == ["paths-quadratic", "paths-plateau"]
    with pytest.raises(InputError, match="The functions are quadratic"):
        wellfit.studies.optimizer_paths(functions=["hill"])
