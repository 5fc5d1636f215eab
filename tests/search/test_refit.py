"""The ensemble's networks once more on all rows: as long as before, as many, and with the estimate of those before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.search.distil.test_distillation import RECIPES, searched
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.search import ChosenEnsemble, distil, refit_ensemble
from wellfit.search.race import folds
from wellfit.tables import Schema
from wellfit.tables.arrays import View

Searched = tuple[ChosenEnsemble, Schema, Any]


@pytest.fixture(scope="module")
def numbers() -> Searched:
    return searched("number", updates=1_500)


def networks(found: ChosenEnsemble) -> list[Network]:
    return [state.networks[fold] for state, kept in zip(found.states, found.folds, strict=True) for fold in kept]


def at_rung_1(found: ChosenEnsemble) -> ChosenEnsemble:
    """The found ensemble with the first candidate's weights at its first rung alone."""
    race = found.searched.race
    one = next(c for c in race.candidates if race.at_rungs(c))
    state = replace(found.states[0], candidate=one, rung=1, networks=race.at_rungs(one)[1])
    return replace(found, states=(state,), weights=np.ones(1), folds=((0, 2),))


def test_networks_are_those_of_a_training_on_all_rows_as_long_as_before(numbers: Searched) -> None:
    found, schema, _ = numbers
    found = at_rung_1(found)
    again = refit_ensemble(found, schema=schema)
    p, candidate = found.population, found.states[0].candidate
    i, everyone = candidate.updates_at(1, p.members[candidate.members[0]]), View(np.arange(240), name="all")
    for fold, network in zip((0, 2), networks(again), strict=True):
        old = p.members[candidate.members[fold]]
        # The oracle is the engine's: the same schedule, cut off after i updates, on all rows.
        rule = {"name": "updates", "updates": i, "horizon": old.horizon.schedule, "epoch": old.horizon.epoch}
        plan = Plan(old.recipe.vary(stopping=rule), everyone, old.plan.seed)
        alone = train_plans([plan], p.arrays, p.target, p.weight)
        assert alone.members[0].update == i < old.update
        np.testing.assert_array_equal(network.parameters, alone.network(0).parameters)
    assert again.record["refit"]["of"] == [[candidate.number, 1, 0], [candidate.number, 1, 2]]


@pytest.mark.parametrize("way", ["from_scratch", "continue", {"name": "continue", "state": "carried"}])
def test_as_many_networks_with_the_estimate_of_those_before(numbers: Searched, way: Any) -> None:
    found, schema, X = numbers
    again = refit_ensemble(found, way, schema=schema)
    before, model = found.model(schema), again.model(schema)
    assert len(model.networks) == len(before.networks)
    np.testing.assert_array_equal(np.asarray(model.weights), np.asarray(before.weights))
    records = (again.refitted or {})["members"]
    for one, other, record in zip(before.networks, model.networks, records, strict=True):
        assert np.array_equal(one.parameters, other.parameters) == (record["updates"] == 0)
    assert sum(record["updates"] for record in records) > 0
    assert again.estimate == found.estimate and np.array_equal(again.predictions, found.predictions)
    np.testing.assert_allclose(
        model.predict_interval(X) - model.predict(X)[:, None], before.predict_interval(X) - before.predict(X)[:, None]
    )
    assert model.info["cross_validated_estimate"] == {
        "metric": "rmse",
        **found.estimate.to_plain(),
        "before_refit": True,
    }
    assert not before.info["cross_validated_estimate"]["before_refit"]
    assert "before the networks were trained on all rows" in model.score_sentence
    assert "before" not in before.score_sentence
    truth = 40 * (X[:, 0] + X[:, 1] * X[:, 2]) + 200
    errors = [float(np.sqrt(np.mean((one.predict(X) - truth) ** 2))) for one in (before, model)]
    assert errors[1] < 1.5 * errors[0] < 1.5 * truth.std()


def test_averaged_weights_of_a_common_evaluation_are_trained_further() -> None:
    """Not those of the fold's own least loss: the optimiser's state is that of training replayed to them."""
    wild = {"averaging": "ema", "optimizer.learning_rate": 0.3}
    averaged = [recipe.vary(wild) for recipe in (RECIPES[0], RECIPES[-1])]
    found, schema, _ = searched("number", updates=1_500, recipes=averaged, most_candidates=2)
    members = [found.population.members[i] for state in found.states for i in state.candidate.members]
    own = [min(member.validation_losses()) for member in members]
    assert any(member.best_loss > least for member, least in zip(members, own, strict=True))
    again = refit_ensemble(found, {"name": "continue", "state": "carried"}, schema=schema)
    assert len(networks(again)) == len(networks(found))


def test_rows_that_validation_left_out_are_trained_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folds, "MOST_VALIDATION", 20)
    found, schema, X = searched("number", updates=600, recipes=[RECIPES[0].vary(scaling="robust")])
    medians = np.median(X.astype(np.float32), axis=0)  # of all 240 rows, to which the columns are fitted anew
    for network in networks(refit_ensemble(found, schema=schema)):
        np.testing.assert_allclose(network.encoding.centre, medians, rtol=1e-6)


def test_time_goes_to_the_networks_that_weigh_most_for_it(numbers: Searched) -> None:
    found, schema, _ = numbers
    for member in found.population.members:
        member.seconds_per_update = 1.0
    none = refit_ensemble(found, schema=schema, seconds=0.5)
    assert none.refitted is not None and none.refitted["networks"] == 0 and networks(none) == networks(found)
    everything = refit_ensemble(found, schema=schema)
    long = sum(record["updates"] for record in everything.refitted["members"])  # type: ignore[index]
    some = refit_ensemble(found, schema=schema, seconds=long / 2 / 0.8)
    refitted = some.refitted
    assert refitted is not None and 0 < refitted["networks"] < len(networks(found))
    assert refitted["networks"] + refitted["as_they_were"] == len(networks(found))
    assert sum(record["updates"] for record in refitted["members"]) <= long / 2
    kept = sum(a is b for a, b in zip(networks(some), networks(found), strict=True))
    assert kept == refitted["as_they_were"]
    same = refit_ensemble(found, schema=schema, only=some.record["refit"]["of"])
    for one, other in zip(networks(some), networks(same), strict=True):
        np.testing.assert_array_equal(one.parameters, other.parameters)


def test_what_cannot_be(numbers: Searched) -> None:
    found, schema, _ = numbers
    with pytest.raises(InputError, match="none"):
        refit_ensemble(found, "none", schema=schema)
    with pytest.raises(InputError, match="got 'twice'"):
        refit_ensemble(found, "twice", schema=schema)
    with pytest.raises(InputError, match="trained on all rows"):
        distil(refit_ensemble(found, schema=schema))
    with pytest.raises(InputError, match="Nothing was held out"):
        refit_ensemble(replace(found, rows=np.zeros(0, np.int64)), schema=schema)


def test_a_schedule_that_follows_validation_rows_stays_as_it_was() -> None:
    recipes = [RECIPES[0].vary(schedule="plateau")]
    found, schema, _ = searched("class", updates=500, recipes=recipes, most_candidates=1)
    again = refit_ensemble(found, schema=schema)
    assert again.refitted is not None and again.refitted["networks"] == 0
    assert networks(again) == networks(found)
