"""The loss around networks: curvature against PyTorch's Hessian, and the study on a real table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_wine

import wellfit
from wellfit.engines.compiled.measure.curvature import curvature
from wellfit.engines.compiled.measure.full_gradient import LossSurface


def test_extreme_curvatures_are_those_of_torch() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(50, 4)).astype(np.float32)
    recipe = wellfit.Recipe.plain((5,), activation="tanh", scaling="none", epochs=3)
    engine = wellfit.train(recipe, X, X[:, 0] * X[:, 1] > 0, budget=5).engine
    network = engine.network(0)
    surface = LossSurface(network, engine.arrays, engine.target)
    found = curvature(surface, surface.start)
    names = [s for s in network.segments if s.role != "statistic"]
    x, y = torch.tensor(X, dtype=torch.float64), torch.tensor(engine.target.values[:, 0], dtype=torch.float64)

    def loss(flat: torch.Tensor) -> torch.Tensor:
        parts, begin = {}, 0
        for segment in names:
            size = segment.end - segment.begin
            parts[segment.name], begin = flat[begin : begin + size].reshape(segment.shape), begin + size
        hidden = torch.tanh(x @ parts["hidden0.weight"] + parts["hidden0.bias"])
        z = hidden @ parts["output.weight"] + parts["output.bias"]
        return torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], y)

    flat = torch.cat([torch.tensor(network.weights()[s.name].ravel(), dtype=torch.float64) for s in names])
    eigenvalues = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, flat))
    assert found.largest == pytest.approx(float(eigenvalues[-1]), rel=1e-3)
    assert found.smallest == pytest.approx(float(eigenvalues[0]), abs=2e-3 * found.largest)
    assert found.objective == pytest.approx(float(loss(flat)), rel=1e-6)
    flat.requires_grad_()
    (slope,) = torch.autograd.grad(loss(flat), flat)
    assert found.gradient_norm == pytest.approx(float(slope.norm()), rel=1e-6)


def test_the_study_measures_ends_way_and_surroundings() -> None:
    X, y = load_wine(return_X_y=True)
    recipe = wellfit.Recipe.plain((4,), activation="tanh", epochs=15, batch_size=32)
    study = wellfit.studies.landscape(recipe, X, y, widths=[2, 16], folds=2, seeds=2, resolution=5)
    small, large = study.table.to_dicts()
    assert small["relative_spread_low"] < small["relative_spread"] < small["relative_spread_high"]
    assert large["training_loss"] < small["training_loss"] and large["parameters"] > small["parameters"]
    plane = study.details["plane"]
    middle = plane.filter((plane["first"] == 0) & (plane["second"] == 0))["loss"][0]
    way = study.details["path"]
    assert middle == pytest.approx(way["objective"][-1], rel=1e-9), "the plane's middle is the trained network"
    assert way["update"].is_sorted() and way["update"][0] == 0 and way["objective"][0] > way["objective"][-1]
    assert "Over 2 seeds the final training loss spreads by" in study.verdict


def test_networks_that_diverge_are_said_and_measured_no_further() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    wild = wellfit.Recipe.plain((2,), epochs=2, batch_size=16, optimizer={"name": "sgd", "learning_rate": 1e30})
    study = wellfit.studies.landscape(wild, X, X[:, 0] > 0, widths=[2, 2], folds=2, seeds=2, resolution=3, n_jobs=1)
    assert study.verdict.startswith("How minima differ cannot be told") and "nan" not in study.verdict
    assert "last place before it diverged" in study.verdict and study.details["path"]["update"].to_list() == [0]
    assert study.remarks == ("4 of 4 networks diverged.",)


def test_a_single_seed_left_by_a_limit_shows_no_spread() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    recipe = wellfit.Recipe.plain((2,), epochs=1)
    study = wellfit.studies.landscape(recipe, X, X[:, 0], widths=[2], folds=2, seeds=3, budget=1, resolution=3)
    assert study.verdict.startswith("One seed says nothing"), study.verdict


def test_an_interrupted_measurement_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from wellfit.studies.optimization import landscape

    def stopped(*given: Any, **more: Any) -> Any:
        run = whole(*given, **more)
        run.interrupted = more.get("budget") != 0
        return run

    whole = landscape.train_plans
    monkeypatch.setattr(landscape, "train_plans", stopped)
    X = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.raises(KeyboardInterrupt):
        wellfit.studies.landscape(wellfit.Recipe.plain((2,), epochs=1), X, X[:, 0], widths=[2], folds=2, seeds=1)


def test_after_an_interruption_nothing_long_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    from wellfit.studies.optimization import landscape

    monkeypatch.setattr(landscape, "_around", None)
    whole = landscape.train_grid
    monkeypatch.setattr(landscape, "train_grid", lambda *given: replace(whole(*given), ended="interrupted"))
    X = np.random.default_rng(0).normal(size=(40, 2))
    study = wellfit.studies.landscape(wellfit.Recipe.plain((2,), epochs=1), X, X[:, 0], widths=[2], folds=2, seeds=2)
    assert study.verdict.startswith("Over 2 seeds the final") and list(study.details) == ["networks"]
    assert [figure.name for figure in study.figures] == ["final-losses"]
