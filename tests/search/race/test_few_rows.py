"""Tables with too few rows to hold any out, and settings that no search can have."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.search.little import TINY, Little
from wellfit import WellfitClassifier, WellfitRegressor
from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.errors import InputError
from wellfit.search import ChosenEnsemble, SearchSettings, search
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays

LONG = TINY.vary(epochs=200)
MANY = 12


def few(y: Any = None, weight: Any = None, **settings: Any) -> ChosenEnsemble:
    X = np.random.default_rng(0).normal(size=(MANY, 3)).astype(np.float32)
    target = make_target(["a", "b", "b"] * 4 if y is None else y)
    options = {"recipes": [LONG], "proposer": Little(), **settings}
    return search(Arrays(X, np.zeros((MANY, 0), np.int32)), target, weight, SearchSettings(**options))


def updates(found: ChosenEnsemble) -> list[int]:
    return [member.update for member in found.population.members]


@pytest.mark.parametrize("budget", [40, 300, 10**6])
def test_a_budget_is_kept_and_every_network_comes_to_its_end(budget: int) -> None:
    found = few(updates=budget)
    assert sum(updates(found)) <= budget and min(updates(found)) > 0
    assert all(member.update == member.horizon.updates for member in found.population.members)
    assert sum(updates(found)) > 0.7 * min(budget, 8 * 200)
    again = few(updates=budget, n_jobs=2)
    for one, two in zip(found.states[0].networks, again.states[0].networks, strict=True):
        assert np.array_equal(one.parameters, two.parameters)


def test_the_time_is_kept() -> None:
    few(updates=10)  # compiled
    started = time.monotonic()
    found = few(seconds=1.0, recipes=[LONG.vary(epochs=10**7)])
    assert time.monotonic() - started < 4.0  # far from the hours that all epochs would take
    assert max(updates(found)) < 8 * 10**6


def test_without_a_limit_it_is_refused() -> None:
    with pytest.raises(InputError, match="give one of the two"):
        few()


@pytest.mark.parametrize("kind", ["class", "number", "count"])
def test_what_nobody_held_out_is_unknown(kind: str) -> None:
    found = few(None if kind == "class" else np.arange(MANY) * (1.5 if kind == "number" else 1), updates=100)
    assert found.predictions.shape == (0, 2 if kind == "class" else 1) and not np.isfinite(found.estimate.mean)


def test_interrupted_and_resumed_equals_uninterrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = few(updates=800)
    work, begun = GrowingPopulation._train_with_pauses, []

    def cut(population: GrowingPopulation, seconds: float | None) -> bool:
        if not begun:
            begun.append(1)
            half = {k: m.limit for k, m in enumerate(population.run.members)}
            for member in population.run.members:
                member.limit = 30
            work(population, seconds)
            for k, limit in half.items():
                population.run.members[k].limit, population.run.members[k].status = limit, "waiting"
            population.interrupt()
            assert population.pause is not None
            population.pause()
            return False
        return work(population, seconds)

    saved = {"folder": tmp_path, "data_fingerprint": "few"}
    with monkeypatch.context() as patch:
        patch.setattr(GrowingPopulation, "_train_with_pauses", cut)
        part = few(updates=800, **saved)
    assert part.interrupted and max(updates(part)) == 30
    found = few(updates=800, **saved, resume=True)
    assert updates(found) == updates(whole)
    for one, two in zip(found.states[0].networks, whole.states[0].networks, strict=True):
        assert np.array_equal(one.parameters, two.parameters)


def test_an_estimator_knows_nothing_of_rows_that_nobody_held_out() -> None:
    X = np.random.default_rng(0).normal(size=(MANY, 3))
    settings: dict[str, Any] = {"budget": 100, "recipes": [LONG], "n_jobs": 1, "random_state": 0}
    found = WellfitClassifier(**settings).fit(X, ["a", "b", "c"] * 4)
    assert found.out_of_fold_.shape == (MANY, 3) and np.isnan(found.out_of_fold_).all()
    assert sum(found.history_.group_by("member").max()["update"]) <= 100
    numbers = WellfitRegressor(**settings).fit(X, np.stack([np.arange(MANY), X[:, 0]], axis=1))
    assert numbers.out_of_fold_.shape == (MANY, 2) and np.isnan(numbers.out_of_fold_).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"recipes": []}, "empty list"),
        ({"folds": 1}, "2 or more"),
        ({"folds": 2.5}, "2 or more"),
        ({"folds": 13}, "12"),
    ],
)
def test_settings_that_cannot_be(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        few(updates=100, **given)


def test_folds_are_counted_in_rows_that_count() -> None:
    weight = np.ones(MANY, np.float32)
    weight[5:] = 0
    with pytest.raises(InputError, match="here 5; got 6"):
        few(updates=100, weight=weight, folds=6)
