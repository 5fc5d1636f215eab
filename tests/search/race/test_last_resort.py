"""No search ends without a model: what it has when its time is over, else a few updates, else a linear network."""

from __future__ import annotations

import numpy as np
import pytest

from tests.search.little import TINY
from wellfit.search import ChosenEnsemble, SearchSettings, search
from wellfit.search.race.race import Race
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 3)).astype(np.float32)
ARRAYS = Arrays(X, np.zeros((120, 0), np.int32))
TARGET = make_target(2 * X[:, 0] - X[:, 1] + 0.3 * RANDOM.normal(size=120))
NAN = TINY.vary(optimizer={"name": "sgd", "learning_rate": 1e30}, clipping="none", batch_size=8)


def parameters(found: ChosenEnsemble) -> list[list[float]]:
    return [network.parameters.tolist() for state in found.states for network in state.networks]


@pytest.mark.parametrize("rows", [120, 15], ids=["folds", "too few rows for folds"])
def test_a_search_that_had_no_time_for_an_update_has_a_network(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    some, settings = np.arange(rows), SearchSettings(seconds=1e-6, recipes=[TINY.vary(epochs=500)], folds=3)
    monkeypatch.setattr(Race, "run", lambda *arguments: False)  # as if the clock had ended every round at once
    found = search(ARRAYS.take(some), TARGET.take(some), None, settings)
    monkeypatch.undo()
    assert "an unfinished network" in found.notes[-1] and "More time gives a better one" in found.notes[-1]
    assert all(any(weights) for weights in parameters(found))
    assert np.isfinite(found.estimate.mean) == (rows == 120)
    again = search(ARRAYS.take(some), TARGET.take(some), None, settings, record=found.record)
    assert parameters(again) == parameters(found)


@pytest.mark.parametrize("rows", [120, 15], ids=["folds", "too few rows for folds"])
def test_however_short_the_time_there_is_a_network(rows: int) -> None:
    some, settings = np.arange(rows), SearchSettings(seconds=1e-6, recipes=[TINY.vary(epochs=500)], folds=3)
    found = search(ARRAYS.take(some), TARGET.take(some), None, settings)
    assert "There was time for 1 epoch of training where the recipe has 500: more time helps" in found.notes[-1]
    assert all(any(weights) for weights in parameters(found))


def test_where_every_network_diverges_a_linear_one_is_kept() -> None:
    settings = SearchSettings(updates=300, recipes=[NAN], folds=2, most_candidates=1)
    found = search(ARRAYS, TARGET, None, settings)
    assert found.notes[-1].startswith("Every network diverged: the model is a linear one")
    (state,) = found.states
    assert state.candidate.recipe.hidden == () and state.candidate.origin.startswith("a linear model")
    assert found.estimate.mean < 0.8 * TARGET.values.std(), "better than a constant"
    assert parameters(search(ARRAYS, TARGET, None, settings, record=found.record)) == parameters(found)
