"""What the search decides: which candidates train further, what is proposed, how partitions of the rows compare."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import mean_poisson_deviance

from wellfit import Recipe
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.search import SearchSettings, search
from wellfit.search.choose import candidate_states as found_module
from wellfit.search.race import checkpoint as saving
from wellfit.search.race import race as race_module
from wellfit.search.race.candidate import Candidate, rungs_of
from wellfit.search.race.folds import MOST_VALIDATION, Partitions
from wellfit.search.race.portfolio import portfolio
from wellfit.search.race.proposals import Evolution, Trial
from wellfit.search.race.race import Race
from wellfit.search.race.ranking import clearly_worse, decide, improves_late, leader, overfits
from wellfit.search.race.search_budget import TimeBudget, UpdateBudget
from wellfit.search.race.strategy import Strategy
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays, Target

LITTLE = [Recipe(hidden=(8,), epochs=15, batch_size=32), Recipe(hidden=(4,), epochs=15, batch_size=32)]
BAD = Recipe(hidden=(4,), epochs=15, batch_size=32, optimizer={"name": "adam", "learning_rate": 1e-6})


def blobs(rows: int = 200, seed: int = 0) -> tuple[Arrays, Target]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 4)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] ** 2 + 0.5 * random.normal(size=rows) > 0.5).astype(int)
    return Arrays(X, np.zeros((rows, 0), np.int32), ()), make_target(y)


def with_losses(number: int, *losses: list[float], early: list[float] | None = None) -> Candidate:
    made = Candidate(number, Recipe(), 0, 0, "test", rungs=[3, 7, 15])
    made.losses = [np.array(at) for at in losses]
    made.early = None if early is None else np.array(early)
    return made


def race_of(rows: int = 200) -> Race:
    arrays, target = blobs(rows)
    partitions = Partitions(target, np.ones(rows, np.float32), None, 0, 4)
    return Race(GrowingPopulation(arrays, target), partitions, 0)


def test_the_outlook_goes_on_falling_by_half_of_the_ratio_and_is_the_loss_at_the_end() -> None:
    one = with_losses(0, [4.0, 1.0], [1.0, 1.0], [0.9, 0.8], early=[16.0, 1.0])
    assert one.projected_loss(1).tolist() == [4.0 * 0.5, 1.0]
    assert one.projected_loss(2).tolist() == [0.5, 1.0]
    assert one.projected_loss(3).tolist() == [0.9, 0.8]
    negative = with_losses(1, [-1.0, 2.0], early=[1.0, 2.0])
    assert negative.projected_loss(1).tolist() == [-1.0, 2.0]  # no ratio of a loss below 0


def test_worse_beyond_doubt_is_worse_on_all_folds_alike() -> None:
    best = with_losses(0, [1.0, 2.0, 3.0, 4.0])
    alike = with_losses(1, [1.1, 2.1, 3.1, 4.12])
    mixed = with_losses(2, [0.6, 2.6, 2.7, 4.6])
    assert clearly_worse(alike, best)  # a fold is hard for both: paired, a tenth is clear
    assert not clearly_worse(mixed, best)
    assert not clearly_worse(alike, best, margin=0.1)
    assert not clearly_worse(best, alike)
    assert clearly_worse(with_losses(3, [np.inf, 2.0, 3.0, 4.0]), best)
    assert leader([alike, best, mixed], 1) is best
    assert leader([alike], 2) is None


def test_a_cycle_that_brought_nothing_is_seen() -> None:
    assert not overfits(with_losses(0, [1.0, 1.0]))
    assert overfits(with_losses(0, [1.0, 1.0], [1.0, 0.9999]))
    assert not overfits(with_losses(0, [1.0, 1.0], [0.9, 1.0]))


def test_a_bracket_loses_its_worse_part_and_the_opening_spares_those_that_bloom_late() -> None:
    losses = [1.0, 1.05, 1.2, 1.4, 1.2, 3.0]
    bracket = [with_losses(number, [loss, loss * 1.01]) for number, loss in enumerate(losses)]
    for one in bracket[-2:]:
        one.recipe = Recipe(dropout=0.0, weight_decay=0.0)
    later = decide(bracket, bracket, opening=False)
    assert [one.number for one in later.stay] == [0]  # the others are worse beyond doubt
    assert sorted(one.number for one in later.pruned) == [1, 2, 3, 4, 5]
    opening = decide(bracket, bracket, opening=True)
    assert [one.number for one in opening.stay] == [0, 1, 2, 4, 5]  # of four compared three are within the margin
    assert [one.number for one in opening.pruned] == [3]
    assert not opening.finished
    for one in bracket:
        one.losses.append(one.losses[0].copy())
    second = decide(bracket, bracket, opening=True)
    assert [one.number for one in second.finished] == [0]  # its last cycle brought nothing
    assert sorted(one.number for one in second.pruned) == [1, 2, 3, 4, 5]


def test_rungs_are_whole_evaluations_at_the_ends_of_cycles() -> None:
    race = race_of()
    candidate = race.add(LITTLE[0], "test")
    member = race.members[0]
    assert member.horizon.per_epoch == 5  # 150 training rows in 32
    assert candidate.rungs == rungs_of(member) == [3, 7, 15]
    assert [candidate.updates_at(rung, member) for rung in (1, 2, 3, 99)] == [15, 35, 75, 75]


def test_a_bad_recipe_is_pruned_early_and_a_good_one_goes_to_its_end() -> None:
    race = race_of()
    strategy = Strategy(race, UpdateBudget(5_000), [LITTLE[0], BAD, LITTLE[1]], Evolution("binary"), most_candidates=3)
    strategy.search()
    first, bad = race.candidates[:2]
    assert first.status == "finished"
    assert bad.status == "pruned"
    assert bad.rung < first.rung
    assert sum(race.members[i].update for i in bad.members) < sum(race.members[i].update for i in first.members)


def test_an_unpenalised_recipe_of_the_opening_is_judged_from_the_second_rung_on() -> None:
    unpenalised = BAD.vary({"dropout": 0.0, "weight_decay": 0.0})
    race = race_of()
    recipes = [LITTLE[0], unpenalised, LITTLE[1]]
    Strategy(race, UpdateBudget(8_000), recipes, Evolution("binary"), most_candidates=3).search()
    first, late, _ = race.candidates
    assert improves_late(late)
    assert (first.status, late.status, late.rung) == ("finished", "pruned", 2)


def test_the_first_candidate_has_fewer_epochs_where_the_budget_is_small() -> None:
    race = race_of()
    Strategy(race, UpdateBudget(300), [LITTLE[0]], Evolution("binary"), most_candidates=1).search()
    candidate = race.candidates[0]
    assert candidate.recipe.epochs < LITTLE[0].epochs
    assert candidate.status == "finished"
    assert sum(member.update for member in race.members) <= 300


def test_a_repeat_lies_on_another_deal_of_the_rows() -> None:
    arrays, target = blobs()
    found = search(arrays, target, None, SearchSettings(updates=4_000, recipes=LITTLE[:1], folds=4, most_candidates=2))
    first, again = found.searched.race.candidates
    assert (again.recipe, again.partition, again.origin) == (first.recipe, 1, "repeat of 0")
    views = [found.population.members[c.members[0]].plan.view for c in (first, again)]
    assert set(views[0].validation) != set(views[1].validation)
    assert again.rung == first.rung
    assert found.selection.bagged


def test_held_out_predictions_come_from_networks_that_did_not_see_the_row() -> None:
    arrays, target = blobs()
    found = search(arrays, target, None, SearchSettings(updates=3_000, recipes=LITTLE, folds=4, most_candidates=2))
    race = found.searched.race
    for state in found.states:
        for index, network in zip(state.candidate.members, state.networks, strict=True):
            view = race.members[index].plan.view
            places = np.flatnonzero(np.isin(found.rows, view.validation))
            assert not set(view.validation) & set(view.training)
            from wellfit.engines.compiled.network.predict import predict

            z = predict(network, arrays.take(found.rows[places]))[:, 0].astype(np.float64)
            assert state.predictions[places, 1] == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-12)


def test_labels_of_held_out_rows_cannot_reach_their_own_prediction() -> None:
    """Pure noise as target: held-out predictions that beat chance would betray a leak."""
    random = np.random.default_rng(1)
    X = random.normal(size=(400, 5)).astype(np.float32)
    target = make_target(random.integers(0, 2, 400))
    found = search(
        Arrays(X, np.zeros((400, 0), np.int32), ()),
        target,
        None,
        SearchSettings(updates=4_000, folds=4, most_candidates=4),
    )
    # The least log-loss that chance allows, nearly: early stopping sees the rows, and so flatters by a trifle.
    assert found.selection.estimate.high > np.log(2) - 0.02


def test_proposals_hang_on_the_seed_alone_and_are_never_tried_twice() -> None:
    def propose(seed: int, many: int) -> list[str]:
        tried = [Trial(Recipe(), 1.0, True)]
        for k in range(many):
            recipe, _ = Evolution("classes").propose(tried, np.random.default_rng([seed, k]))
            tried.append(Trial(recipe, 1.0 + k, True))
        return [one.recipe.to_json() for one in tried]

    assert propose(0, 12) == propose(0, 12) != propose(1, 12)
    assert len(set(propose(0, 60))) == 61


@pytest.mark.parametrize("kind", ["binary", "numbers"])
def test_everything_in_portfolio_and_space_makes_a_network(kind: str) -> None:
    arrays, target = blobs(60)
    if kind == "numbers":
        target = make_target(arrays.numbers[:, 0].astype(float), kind="number")
    partitions = Partitions(target, np.ones(60, np.float32), None, 0, 4)
    race = Race(GrowingPopulation(arrays, target), partitions, 0)
    recipes = [*portfolio(target.kind), *Evolution(target.kind).examples()]
    for recipe in recipes:
        race.add(recipe, "test")
    assert len(race.candidates) == len(recipes) > 20


def test_validation_rows_of_many_are_capped_and_folds_stay_disjoint() -> None:
    target = make_target(np.zeros(120_000) + np.arange(120_000) % 2)
    views = Partitions(target, np.ones(120_000, np.float32), None, 0, None).views(0)
    assert len(views) == 5
    assert {len(view.validation) for view in views} == {MOST_VALIDATION}
    assert len(np.unique(np.concatenate([view.validation for view in views]))) == 5 * MOST_VALIDATION
    assert all(len(view.training) == 96_000 for view in views)


def test_rows_of_weight_zero_are_in_no_fold() -> None:
    weight = np.ones(100, np.float32)
    weight[::3] = 0
    _, target = blobs(100)
    for view in Partitions(target, weight, None, 0, 4).views(0):
        assert (weight[view.training] > 0).all()
        assert (weight[view.validation] > 0).all()


def test_a_clock_learns_what_updates_take() -> None:
    race = race_of()
    candidate = race.add(LITTLE[0], "test")
    budget = TimeBudget(100.0, 2)
    member = race.members[candidate.members[0]]
    member.guessed_seconds, member.seconds_per_update, member.update = 1e-3, 5e-3, 10
    budget.record_costs([member])
    assert budget.cost(member, 10) == pytest.approx(0.05)
    other = dataclasses.replace(member, update=0, guessed_seconds=2e-3)
    assert budget.cost(other, 10) == pytest.approx(0.1)  # five times the guess, as of the one that was measured


def test_all_deals_hold_out_the_same_rows_and_no_group_is_on_both_sides() -> None:
    rows = 30_000
    target = make_target(np.arange(rows) % 2)
    plain = Partitions(target, np.ones(rows, np.float32), None, 0, None)
    plain.use = 2
    held = [np.sort(np.concatenate([view.validation for view in plain.views(p)])) for p in range(4)]
    assert len(held[0]) == 12_000
    assert all(np.array_equal(held[0], other) for other in held)
    assert not np.array_equal(plain.views(1)[0].validation, plain.views(2)[0].validation)
    for view in plain.views(3):
        assert len(view.training) == rows - len(view.validation)
        assert not np.isin(view.validation, view.training).any()
    groups = np.arange(rows) // 100
    grouped = Partitions(target, np.ones(rows, np.float32), groups, 0, None)
    grouped.use = 2
    for view in (*grouped.views(0), *grouped.views(1)):
        assert not np.isin(groups[view.validation], groups[view.training]).any()


def test_a_longer_run_that_is_too_dear_does_not_keep_proposals_away() -> None:
    race = race_of()
    strategy = Strategy(race, UpdateBudget(2_500), LITTLE[:1], Evolution("binary"), most_candidates=30)
    strategy.search()
    assert race.proposed > 0


def test_a_repeat_keeps_one_state() -> None:
    arrays, target = blobs()
    found = search(arrays, target, None, SearchSettings(updates=4_000, recipes=LITTLE[:1], folds=4, most_candidates=2))
    states = found.searched.race.states
    assert sorted(states[0]) == list(range(1, found.searched.race.candidates[0].rung + 1))
    assert list(states[1]) == [found.searched.race.candidates[1].rung]


def test_a_loss_below_zero_has_no_ratio() -> None:
    assert not overfits(with_losses(0, [-148.5, -148.4], [-148.55, -148.45]))
    assert overfits(with_losses(0, [-148.5, -148.4], [-148.5, -148.4]))


@pytest.mark.parametrize("weighted", [False, True])
def test_losses_of_counts_are_half_the_deviance(weighted: bool) -> None:
    """Which is above 0: the Poisson loss alone, without its constant, is not."""
    arrays, _ = blobs(120)
    random = np.random.default_rng(2)
    target = make_target(random.poisson(np.exp(2 + 0.5 * arrays.numbers[:, 0])), kind="count")
    weight = (random.integers(1, 4, 120) if weighted else np.ones(120)).astype(np.float32)
    race = Race(GrowingPopulation(arrays, target, weight), Partitions(target, weight, None, 0, 3), 0)
    candidate = race.add(LITTLE[0], "test")
    race.run("whole", [(candidate, 99)])
    assert all(race.members[index].best_loss < 0 for index in candidate.members)
    for index, network, loss in zip(candidate.members, race.kept(candidate), candidate.losses[-1], strict=True):
        rows = race.members[index].plan.view.validation
        rate = predict(network, arrays.take(rows), 1)[:, 0]
        expected = mean_poisson_deviance(target.values[rows].ravel(), rate, sample_weight=weight[rows]) / 2
        assert loss == pytest.approx(expected, rel=1e-5)


def test_weights_that_cannot_be_asked_any_more_are_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is chosen hangs on it."""
    arrays, target = blobs()
    settings = SearchSettings(
        updates=6_000, recipes=[*LITTLE, BAD], folds=3, most_candidates=9, proposer=Evolution("binary")
    )
    whole = search(arrays, target, None, settings)
    monkeypatch.setattr(race_module, "MOST_EVALUATED", 3)
    monkeypatch.setattr(found_module, "MOST_EVALUATED", 3)
    few = search(arrays, target, None, settings)
    race = few.searched.race
    ranked = sorted(race.candidates, key=lambda one: (one.loss, one.number))
    assert len(ranked) > 4 and [one.loss for one in whole.searched.race.candidates] == [
        one.loss for one in race.candidates
    ]
    sizes = [sum(len(race.members[index].parameters) for index in one.members) for one in ranked]
    assert all(sizes[:3]) and not any(sizes[3:])
    assert {state.candidate.number for state in few.states} <= {one.number for one in ranked[:3]}
    assert all(race.members[index].history for one in ranked for index in one.members)


def test_a_search_that_has_forgotten_weights_goes_on_to_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(race_module, "MOST_EVALUATED", 2)
    monkeypatch.setattr(found_module, "MOST_EVALUATED", 2)
    arrays, target = blobs()
    settings = SearchSettings(
        updates=6_000, recipes=[*LITTLE, BAD], folds=3, most_candidates=8, proposer=Evolution("binary")
    )
    whole = search(arrays, target, None, settings)
    pauses = 0

    def cut_in_the_sixth_round(checkpoint: saving.SearchCheckpoint) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 6:
            checkpoint.race.population.interrupt()
        checkpoint.save()

    monkeypatch.setattr(saving.SearchCheckpoint, "pause", cut_in_the_sixth_round)
    kept = dataclasses.replace(settings, folder=tmp_path, data_fingerprint="test")
    cut = search(arrays, target, None, kept)
    assert cut.interrupted and len(cut.searched.race.rounds) < len(whole.searched.race.rounds)
    assert not all(len(member.parameters) for member in cut.searched.race.members)
    again = search(arrays, target, None, dataclasses.replace(kept, resume=True))
    assert again.record["search"] == whole.record["search"]
    np.testing.assert_array_equal(again.predictions, whole.predictions)
