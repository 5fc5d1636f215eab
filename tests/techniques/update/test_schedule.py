"""Schedules against the formulas of tests/reference/schedules.py, update by update."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.oracle import schedule_words
from tests.reference import schedules as reference
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.update.schedule import Plateau

SETTINGS: list[dict[str, Any]] = [
    *({"name": name} for name in REGISTRY["schedule"] if name != "plateau"),
    {"name": "linear", "end": 0.2, "tau": 13},
    {"name": "power", "s": 7.0, "c": 0.5},
    {"name": "exponential", "s": 9.0},
    {"name": "step", "epochs": 2, "gamma": 0.5},
    {"name": "cosine", "end": 0.1},
    {"name": "cosine", "cycles": 3},
    {"name": "cosine", "cycles": 4, "growth": 2.0, "end": 0.05},
    {"name": "one_cycle", "rise": 0.5, "start": 10.0, "end": 100.0, "shape": "linear"},
    {"name": "one_cycle", "momentum_high": 0.99, "momentum_low": 0.5},
    {"name": "switch", "share": 0.3},
    {"name": "switch", "epoch": 3},
    {"name": "range", "low": 1e-3},
    {"name": "constant", "warmup": 5},
    {"name": "cosine", "warmup": 0.25},
]


@pytest.mark.parametrize(("total", "per_epoch"), [(40, 5), (97, 8)])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_update_of_a_run(settings: dict[str, Any], total: int, per_epoch: int) -> None:
    schedule = Recipe(schedule=settings).schedule
    ours = schedule.values(np.arange(total, dtype=float), total, per_epoch)
    name, words = schedule_words(schedule, 1.0, total, per_epoch)
    theirs = [reference.value(name, t, total, per_epoch, words) for t in range(total)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)
    momentum = schedule.momentum(np.arange(total, dtype=float), total)
    if settings["name"] == "one_cycle":
        expected = [reference.one_cycle_momentum(t, total, per_epoch, words) for t in range(total)]
        np.testing.assert_allclose(momentum, expected, rtol=1e-12)
    else:
        assert momentum is None


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_rounds_do_not_matter(settings: dict[str, Any]) -> None:
    """Values in pieces are the values of the whole, bit for bit: a round may end anywhere."""
    schedule, t = Recipe(schedule=settings).schedule, np.arange(40, dtype=float)
    whole = schedule.values(t, 40, 5)
    pieces = [schedule.values(t[a:b], 40, 5) for a, b in [(0, 1), (1, 17), (17, 18), (18, 40)]]
    assert np.array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_schedule_of_fixed_length_stays_at_its_end(settings: dict[str, Any]) -> None:
    """A run may go on after it, where a fixed number of updates outlasts the horizon."""
    schedule = Recipe(schedule=settings).schedule
    values = schedule.values(np.array([40.0, 41.0, 55.0, 80.0, 400.0]), 40, 5)
    assert not schedule.fixed_length or np.ptp(values) < 1e-12


def test_the_ends_of_1cycle() -> None:
    schedule = Recipe(schedule="one_cycle").schedule
    values = schedule.values(np.arange(100, dtype=float), 100, 10)
    assert values[0] == pytest.approx(1 / 25) and values[29] == pytest.approx(1) and values[-1] == pytest.approx(1e-4)


def losses() -> list[list[float]]:
    rng = np.random.default_rng(0)
    return [list(np.round(rng.uniform(0, 1, 60) + np.linspace(1, 0, 60), 1)), [1.0] * 30, list(np.linspace(1, 0, 25))]


@pytest.mark.parametrize("patience", [1, 3, 10])
@pytest.mark.parametrize("series", losses(), ids=["noisy", "flat", "falling"])
def test_plateau_falls_when_the_reference_does(series: list[float], patience: int) -> None:
    schedule, state = Plateau(patience=patience, gamma=0.5), reference.Plateau(1.0)
    for k, loss in enumerate(series):
        state = reference.plateau(state, loss, {"patience": patience, "factor": 0.5})
        assert schedule.falls(series[: k + 1]) == len(state.falls)


def test_fixed_lengths_and_patience_exclude_each_other() -> None:
    with pytest.raises(InputError, match="fixed length"):
        Recipe(schedule="one_cycle", stopping="patience")
    assert Recipe(schedule="growing_cycles", stopping={"name": "patience", "growth": 2.0})


def test_plateau_is_for_the_rate_alone() -> None:
    with pytest.raises(InputError, match="learning rate alone"):
        Recipe(l2={"value": 0.1, "schedule": "plateau"})
