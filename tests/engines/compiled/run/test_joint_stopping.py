"""Joint early stopping: folds keep the weights of the one evaluation with the least mean validation loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wellfit import Recipe
from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.engines.compiled.run.joint_stopping import CUT
from wellfit.engines.contract.plan import Plan
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.training.checkpoint.member_file import restore_member, save_member

ROWS, FOLDS, EPOCHS = 90, 3, 20
# Overfits early, at another epoch on each fold.
HASTY = Recipe(
    hidden=(32,), epochs=EPOCHS, batch_size=16, dropout=0.0, optimizer={"name": "adam", "learning_rate": 0.03}
)


def noisy() -> tuple[Arrays, Target]:
    random = np.random.default_rng(4)
    X = random.normal(size=(ROWS, 5)).astype(np.float32)
    y = (X[:, 0] + 1.5 * random.normal(size=ROWS) > 0).astype(int)
    return Arrays(X, np.zeros((ROWS, 0), np.int32), ()), make_target(y)


def plans(recipe: Recipe = HASTY, rows: int = ROWS) -> list[Plan]:
    everyone = np.arange(rows)
    views = [View(everyone[everyone % FOLDS != k], everyone[everyone % FOLDS == k], name=f"{k}") for k in range(FOLDS)]
    return [Plan(recipe, view, seed) for seed, view in enumerate(views)]


def pool(recipe: Recipe = HASTY, n_jobs: int = 1, jointly: bool = True, rows: int = ROWS) -> GrowingPopulation:
    made = GrowingPopulation(*noisy(), n_jobs=n_jobs)
    made.add(plans(recipe, rows), jointly=jointly)
    return made


def trained(made: GrowingPopulation, until: int | None = None) -> GrowingPopulation:
    members = made.run.members
    made.train({k: until or member.horizon.updates for k, member in enumerate(members)})
    return made


def kept(made: GrowingPopulation) -> list[np.ndarray]:
    return [made.networks(k)[0].parameters for k in range(FOLDS)]


def curves(made: GrowingPopulation) -> np.ndarray:
    return np.array([member.history.column("validation_loss") for member in made.run.members])


def assert_equal(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_common_evaluation_has_the_least_mean_loss_and_its_weights_are_kept() -> None:
    made = trained(pool())
    alone = trained(pool(jointly=False))
    losses = curves(made)
    np.testing.assert_array_equal(losses, curves(alone))  # the runs are the same, what is kept is not
    best = losses.mean(axis=0).argmin()
    assert len(set(losses.argmin(axis=1))) > 1  # the folds by themselves would have kept others
    members = made.run.members
    assert [member.best_loss for member in members] == losses[:, best].tolist()
    assert [member.best_update for member in members] == [(best + 1) * member.evaluate_every for member in members]
    cut = trained(pool(jointly=False), until=int(best + 1) * members[0].evaluate_every)
    assert_equal(kept(made), [cut.networks(k)[1].parameters for k in range(FOLDS)])  # the weights at that update


def test_threads_and_rounds_change_nothing() -> None:
    whole = kept(trained(pool()))
    assert_equal(kept(trained(pool(n_jobs=3))), whole)
    rounds = pool(n_jobs=2)
    every = rounds.run.members[0].evaluate_every
    for until in (3 * every, 4 * every + 1, 11 * every):  # the second ends between two evaluations
        trained(rounds, until)
    losses = curves(trained(rounds))
    assert losses.shape[1] == EPOCHS + 1  # that of the cut too
    assert losses.mean(axis=0).argmin() != 4
    assert_equal(kept(rounds), whole)


def test_a_fold_that_is_ahead_waits_for_the_others_in_a_checkpoint_too(tmp_path: Path) -> None:
    whole = kept(trained(pool()))
    ahead = pool()
    ahead.train({1: ahead.run.members[1].horizon.updates})
    assert len(ahead.run.members[1].pending) == EPOCHS
    again = pool()
    for index, member in enumerate(ahead.run.members):
        if member.update:
            save_member(member, index, tmp_path)
        restore_member(again.run.members[index], tmp_path / f"member-{index:05d}.safetensors")
    assert_equal(kept(trained(again)), whole)
    assert not any(member.pending for member in again.run.members)


def test_a_run_that_ends_between_two_evaluations() -> None:
    recipe = HASTY.vary({"stopping.every": 7, "optimizer.learning_rate": 1e-4})  # the last weights are the best
    made = trained(pool(recipe))
    for member in made.run.members:
        assert member.horizon.updates % 7
        assert member.best_update == member.horizon.updates


def test_unequal_runs_meet_at_their_ends() -> None:
    """Of one fold the end lies on the grid of its evaluations, of the others between two."""
    recipe = HASTY.vary({"batch_size": 29, "epochs": 14, "stopping.every": 7, "optimizer.learning_rate": 1e-4})
    made = trained(pool(recipe, rows=88))
    members = made.run.members
    assert {member.horizon.updates % 7 for member in members} == {0}
    made = trained(pool(recipe.vary({"stopping.every": 4}), rows=88))
    members = made.run.members
    assert {member.horizon.updates % 4 == 0 for member in members} == {True, False}
    assert [member.best_update for member in members] == [member.horizon.updates for member in members]


def test_where_limits_cut_folds_off_the_order_decides_nothing() -> None:
    """A round that ends between two evaluations of one fold only, then another: whoever trains first, the same."""
    recipe = HASTY.vary({"batch_size": 29, "optimizer.learning_rate": 1e-4})
    found = []
    for order in ((0, 1, 2), (2, 1, 0)):
        made = pool(recipe, rows=88)
        every = [member.evaluate_every for member in made.run.members]
        assert every == [2, 3, 3]
        for until in (6, 7):  # 6 is an evaluation of all, 7 of none
            made.train({index: until for index in order})
        found.append([member.best_update for member in made.run.members])
        assert not any(place == CUT for member in made.run.members for place in member.pending)
        made.train({index: 9 for index in order})  # the first fold is between two, the others are not
        made.train({index: 10 for index in order})
        found.append([member.best_update for member in made.run.members])
    assert found[:2] == found[2:] == [[7, 7, 7], [10, 10, 10]]


def test_folds_of_a_diverged_one_store_nothing() -> None:
    made = pool()
    members = made.run.members
    made.train({0: 3 * members[0].evaluate_every})
    members[0].status = "diverged"
    made.train({1: members[1].horizon.updates, 2: members[2].horizon.updates})
    assert not any(member.pending for member in members[1:])


def test_what_is_noted_does_not_hang_on_who_came_last() -> None:
    first, last = pool(), pool()
    for index in (0, 1, 2):
        first.train({index: first.run.members[index].horizon.updates})
    for index in (2, 1, 0):
        last.train({index: last.run.members[index].horizon.updates})
    for one, other in zip(first.run.members, last.run.members, strict=True):
        assert one.memory == other.memory
        assert one.memory["kept_evaluation"] == one.best_update // one.evaluate_every


def test_before_a_common_evaluation_each_keeps_its_own() -> None:
    made = pool()
    made.train({0: 4 * made.run.members[0].evaluate_every})
    first = made.run.members[0]
    assert first.best_loss == min(first.validation_losses())
    assert made.run.members[1].best is None


@pytest.mark.parametrize(("rows", "batch"), [(88, 29), (85, 28)])
def test_folds_of_unequal_sizes_meet(rows: int, batch: int) -> None:
    made = trained(pool(HASTY.vary(batch_size=batch), rows=rows))
    losses = curves(made)
    assert len({member.evaluate_every for member in made.run.members}) == 2
    assert {member.best_update // member.evaluate_every for member in made.run.members} == {
        int(losses.mean(axis=0).argmin()) + 1
    }
