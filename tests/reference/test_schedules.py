"""The schedule references against torch.optim.lr_scheduler, where a conversion exists, and at points known by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.optim import lr_scheduler

from tests.reference import schedules

TOTAL, PER_EPOCH, RATE = 60, 6, 0.4


def ours(name: str, **settings: Any) -> list[float]:
    return [schedules.value(name, t, TOTAL, PER_EPOCH, {"value": RATE, **settings}) for t in range(TOTAL)]


def theirs(make: Callable[[torch.optim.Optimizer], Any], key: str = "lr") -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE, momentum=0.9)
    schedule = make(optimizer)
    values = []
    for _ in range(TOTAL):
        values.append(float(optimizer.param_groups[0][key]))
        optimizer.step()
        schedule.step()
    return values


def one_cycle(shape: str, **settings: Any) -> Callable[[torch.optim.Optimizer], Any]:
    """PyTorch divides the START rate by its final divisor: 1e4 below the peak is 400 below the start."""
    conversion = {"div_factor": 25.0, "final_div_factor": 400.0, **settings}
    return lambda o: lr_scheduler.OneCycleLR(o, RATE, total_steps=TOTAL, anneal_strategy=shape, **conversion)


CASES: list[tuple[str, dict[str, Any], Callable[[torch.optim.Optimizer], Any]]] = [
    ("constant", {}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    ("linear", {}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.01, TOTAL)),
    ("linear", {"tau": 20, "end": 0.1}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.25, 20)),
    ("power", {"steps": 5}, lambda o: lr_scheduler.LambdaLR(o, lambda t: 5 / (5 + t))),
    ("exponential", {"steps": 20}, lambda o: lr_scheduler.ExponentialLR(o, 0.1 ** (1 / 20))),
    ("exponential", {"steps_epochs": 2}, lambda o: lr_scheduler.ExponentialLR(o, 0.1 ** (1 / 12))),
    ("step", {"steps": 7, "factor": 0.5}, lambda o: lr_scheduler.StepLR(o, 7, 0.5)),
    ("step", {"boundaries": (10, 25)}, lambda o: lr_scheduler.MultiStepLR(o, [10, 25], 0.1)),
    ("cosine", {"end": 0.01}, lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL, 0.01)),
    ("cosine_restarts", {"first_cycle": 13}, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 13)),
    (
        "cosine_restarts",
        {"first_cycle": 8, "growth": 2, "end": 0.02},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 8, 2, 0.02),
    ),
    ("constant", {"warmup": 10}, lambda o: lr_scheduler.LinearLR(o, 0.1, 1.0, 9)),
    ("constant", {"warmup": 11, "warmup_start": 0.25}, lambda o: lr_scheduler.LinearLR(o, 0.25, 1.0, 10)),
]


@pytest.mark.parametrize(("name", "settings", "make"), CASES)
def test_same_as_torch(name: str, settings: dict[str, Any], make: Callable[[torch.optim.Optimizer], Any]) -> None:
    assert_allclose(ours(name, **settings), theirs(make), rtol=1e-9)


@pytest.mark.parametrize(("ours_shape", "shape"), [("cosine", "cos"), ("linear", "linear")])
@pytest.mark.parametrize("rise", [0.3, 0.5])
def test_one_cycle_of_torch(ours_shape: str, shape: str, rise: float) -> None:
    settings = {"value": RATE, "shape": ours_shape, "rise": rise}
    rates = [schedules.one_cycle(t, TOTAL, PER_EPOCH, settings) for t in range(TOTAL)]
    momenta = [schedules.one_cycle_momentum(t, TOTAL, PER_EPOCH, settings) for t in range(TOTAL)]
    assert_allclose(rates, theirs(one_cycle(shape, pct_start=rise)), rtol=1e-9)
    assert_allclose(momenta, theirs(one_cycle(shape, pct_start=rise), "momentum"), rtol=1e-9)


def test_one_cycle_ends() -> None:
    rate = ours("one_cycle")
    assert_allclose([rate[0], max(rate), rate[-1]], [RATE / 25, RATE, RATE / 1e4], rtol=1e-12)
    assert int(np.argmax(rate)) == 0.3 * TOTAL - 1


def test_warm_up_begins_above_zero_and_ends_at_one() -> None:
    factors = [schedules.warm_up(t, 4) for t in range(6)]
    assert_allclose(factors, [0.25, 0.5, 0.75, 1.0, 1.0, 1.0])
    assert schedules.warm_up(0, 0) == schedules.warm_up(0, 1) == 1.0


def test_growing_cycles_are_four_and_double() -> None:
    """Zero at p = 0, 1/15, 3/15, 7/15, 1; the peaks lie where log2(1 + 15 p) is a half more than an integer."""
    at = [schedules.growing_cycles(t, 1500, 1, {}) for t in range(1501)]
    assert_allclose([at[0], at[100], at[300], at[700], at[1500]], 0.0, atol=1e-12)
    peaks = [t for t in range(1, 1500) if at[t] > at[t - 1] and at[t] >= at[t + 1]]
    assert_allclose(peaks, [100 * (2 ** (n + 0.5) - 1) for n in range(4)], atol=0.6)
    assert max(at) <= 1.0


def test_flat_cosine() -> None:
    at = [schedules.flat_cosine(t, 100, 1, {"value": 0.15}) for t in range(101)]
    assert_allclose(at[:51], 0.15)
    assert_allclose([at[75], at[100]], [0.075, 0.0], atol=1e-15)
    assert all(a >= b for a, b in zip(at, at[1:], strict=False))


def test_linear_stays_at_its_end() -> None:
    assert_allclose([schedules.linear(t, 100, 1, {"tau": 10}) for t in (0, 5, 10, 50)], [1.0, 0.505, 0.01, 0.01])


def test_power_with_an_exponent() -> None:
    assert_allclose(schedules.power(30, 100, 1, {"steps": 10, "exponent": 0.5}), 0.5)


@pytest.mark.parametrize(("patience", "cooldown"), [(1, 0), (3, 0), (2, 4)])
def test_plateau_of_torch(patience: int, cooldown: int) -> None:
    """PyTorch lets `patience` bad evaluations pass and falls at the next: its patience is ours less one."""
    errors = np.random.default_rng(5).normal(size=80) / np.sqrt(1 + np.arange(80))
    errors[20:24] = math.nan
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=RATE)
    schedule = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience - 1, threshold=0.0, cooldown=cooldown, eps=0.0, min_lr=1e-4
    )
    state = schedules.Plateau(RATE)
    for error in errors:
        schedule.step(error)
        settings = {"patience": patience, "cooldown": cooldown, "factor": 0.5, "minimum": 1e-4}
        state = schedules.plateau(state, float(error), settings)
        assert_allclose(state.value, optimizer.param_groups[0]["lr"], rtol=1e-12)
    assert len(state.falls) > 3


def test_plateau_falls_after_patience_evaluations() -> None:
    state = schedules.Plateau(1.0)
    for error in (3.0, 2.0, 2.0, 2.5, 2.1, 1.0):
        state = schedules.plateau(state, error, {"patience": 3})
    assert state.falls == (4,)
    assert_allclose(state.value, 0.1)
