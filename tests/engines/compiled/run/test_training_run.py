"""Members of a mix equal members alone, whatever the threads, the clock, or the neighbours."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import make_bench, tiny
from tests.engines.compiled.run.mixed import PLANS, RECIPES, ROWS, VIEW, assert_same, assert_same_members, table
from wellfit.engines.compiled.run.training_run import TrainingRun, train_plans
from wellfit.engines.compiled.step.sums import means_of
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Progress
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, View


@pytest.fixture(scope="module")
def trained() -> TrainingRun:
    return train_plans(PLANS, *table(), n_jobs=1)


def test_a_member_alone_equals_the_member_in_the_mix(trained: TrainingRun) -> None:
    for index in (0, 3, 7, 9):
        alone = train_plans([PLANS[index]], *table())
        assert_same(alone.members[0], trained.members[index])


def test_threads_and_order_do_not_matter(trained: TrainingRun) -> None:
    threaded = train_plans(PLANS[::-1], *table(), n_jobs=3)
    threaded.members.reverse()
    assert_same_members(threaded, trained)


def test_seeds_do_matter(trained: TrainingRun) -> None:
    assert not np.array_equal(trained.members[0].parameters, trained.members[1].parameters)


def test_history_is_one_tidy_table(trained: TrainingRun) -> None:
    history = trained.history
    assert history.columns[:3] == ["member", "epoch", "update"]
    assert history.filter(history["member"] == 0)["epoch"].to_list() == [1, 2, 3, 4, 5, 6]
    assert history["validation_loss"].is_finite().all()
    assert (history["gradient_norm"] > 0).all() and history["gradient_norm"].is_finite().all()


@pytest.mark.parametrize("clipping", [{"name": "norm", "limit": 1e9}, {"name": "value", "low": -1e9, "high": 1e9}])
def test_the_norm_of_the_gradient_is_recorded_with_and_without_clipping(clipping: dict[str, Any]) -> None:
    """What clips nothing sees the same gradient, penalties included, and the same updates are made of it."""
    recipe = RECIPES[0].vary(l2=0.1, epochs=2)
    plans = [Plan(recipe, VIEW, 0), Plan(recipe.vary(clipping=clipping), VIEW, 0)]
    plain, clipped = train_plans(plans, *table()).members
    assert np.array_equal(plain.parameters, clipped.parameters)
    norms = plain.history.column("gradient_norm")
    np.testing.assert_allclose(norms, clipped.history.column("gradient_norm"), rtol=1e-6)
    bench = make_bench(recipe, *table(), view=VIEW, seed=0, precision="float32")
    bench.train(plain.horizon.per_epoch)
    trained = bench.machine.gradient[: bench.member.program.trained]
    assert norms[0] == pytest.approx(float(np.linalg.norm(trained.astype(np.float64))), rel=1e-9)


def test_a_clipped_gradient_is_measured_before_it_is_clipped() -> None:
    recipe = RECIPES[0].vary(epochs=1)
    short = recipe.vary(clipping={"name": "value", "low": -1e-9, "high": 1e-9})
    plain, clipped = train_plans([Plan(one, VIEW, 0) for one in (recipe, short)], *table()).members
    assert clipped.history.last("gradient_norm") > 0.01 and plain.history.last("gradient_norm") > 0.01


@pytest.mark.parametrize("kind", ["numbers", "tasks"])
def test_a_member_that_diverges_in_its_first_epoch_has_a_curve(kind: str) -> None:
    """Its last row tells of the updates before the one whose loss is not finite."""
    sgd = {"name": "sgd", "learning_rate": 0.01}
    recipe, arrays, target = tiny(kind, rows=60, batch_size=5, optimizer=sgd, epochs=2)
    view = View(np.arange(50), np.arange(50, 60))
    bench = make_bench(recipe, arrays, target, view=view, precision="float32")
    bench.train(3)
    before = means_of(bench.member.sums)
    bench.member.parameters[:], bench.member.limit = np.nan, None
    member = bench.finish()
    assert (member.status, member.update, len(member.history)) == ("diverged", 4, 1)
    row = member.history.row(0)
    assert (row["update"], row["epoch"], row["learning_rate"]) == (4, 0.4, pytest.approx(0.01))
    assert np.isfinite(before[0]) and row["running_loss"] == before[0] and row["objective"] == before[2]
    assert np.isnan([row["training_loss"], row["validation_loss"], row["validation_error"]]).all()
    assert not np.isfinite(row["gradient_norm"])


def test_a_member_that_diverges_at_its_first_update_has_a_row() -> None:
    recipe, arrays, target = tiny(rows=60, batch_size=5)
    bench = make_bench(recipe, arrays, target, precision="float32")
    bench.member.parameters[0] = np.nan
    member = bench.finish()
    assert member.history.column("update") == [1.0] and np.isnan(member.history.last("running_loss"))


def test_the_kept_weights_are_those_of_the_best_validation_loss(trained: TrainingRun) -> None:
    for member in trained.members:
        losses = member.validation_losses()
        assert member.best_loss == min(losses)
        last_best = max(k for k, loss in enumerate(losses) if loss == min(losses))
        assert member.best_update == member.history.column("update")[last_best]


def test_budget_in_updates_is_shared_and_repeatable() -> None:
    once = train_plans(PLANS, *table(), budget=205, n_jobs=2)
    assert [m.update for m in once.members] == [
        min(21 - (k > 4), m.horizon.updates) for k, m in enumerate(once.members)
    ]
    assert_same_members(once, train_plans(PLANS, *table(), budget=205))


def test_a_timed_run_can_be_replayed() -> None:
    plans = [Plan(RECIPES[0].vary(epochs=100_000), VIEW, seed) for seed in range(3)]
    timed = train_plans(plans, *table(), budget="0.3s", n_jobs=2)
    assert {m.status for m in timed.members} == {"out_of_budget"}
    assert {d["by"] for d in timed.decisions} == {"time limit"}
    replay = train_plans(plans, *table(), budget=[d["updates"] for d in timed.decisions])
    assert_same_members(timed, replay)


def test_a_diverged_member_harms_no_other(trained: TrainingRun) -> None:
    wild = Plan(Recipe(hidden=(8,), optimizer={"name": "sgd", "learning_rate": 1e30}, epochs=5), VIEW, 0)
    mixed = train_plans([wild, *PLANS], *table(), n_jobs=2)
    assert mixed.members[0].status == "diverged"
    for one, other in zip(mixed.members[1:], trained.members, strict=True):
        assert_same(one, other)


def test_observers_see_progress_and_cannot_change_it(trained: TrainingRun) -> None:
    seen: list[Progress] = []
    observed = train_plans(PLANS, *table(), observers=[seen.append])
    assert_same_members(observed, trained)
    assert seen and seen[-1].members[0].last_update == observed.members[0].horizon.updates
    with pytest.raises(AttributeError):
        seen[-1].members[0].update = 3  # type: ignore[misc]


def test_an_observer_that_is_slow_sees_the_end_all_the_same() -> None:
    seen: list[Progress] = []

    def slow(progress: Progress) -> None:  # training ends while it is busy
        seen.append(progress)
        time.sleep(0.5)

    plans = [replace(plan, recipe=plan.recipe.vary({"epochs": 20})) for plan in PLANS]
    train_plans(plans, *table(), n_jobs=2, observers=[slow])
    assert all(member.status not in ("waiting", "interrupted") for member in seen[-1].members)
    assert all(member.probed() == {} and member.plan in plans for member in seen[-1].members)


def test_an_observer_that_fails_stops_the_run() -> None:
    def fail(progress: Progress) -> None:
        raise ZeroDivisionError

    plans = [Plan(RECIPES[0].vary(epochs=100_000), VIEW, 0)]
    with pytest.raises(ZeroDivisionError):
        train_plans(plans, *table(), observers=[fail])


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (3, "at least one"),
        ("soon", "not a time"),
        ("0s", "not a time"),
        ([1, 2], "one count"),
        (float("nan"), "whole updates"),
    ],
)
def test_senseless_budgets_are_refused(budget: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_plans(PLANS, *table(), budget=budget)  # type: ignore[arg-type]


def test_infinite_inputs_and_impossible_views_are_refused() -> None:
    arrays, target = table()
    arrays.numbers[5, 2] = np.inf
    with pytest.raises(InputError, match="column 2 is infinite in row 5"):
        train_plans(PLANS[:1], arrays, target)
    with pytest.raises(InputError, match="names row 999"):
        train_plans([Plan(RECIPES[0], View(np.array([1, 999])), 0)], *table())


def test_members_that_cannot_fit_in_memory_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = Plan(Recipe(hidden=(400_000, 400_000)), VIEW, 0)
    with pytest.raises(InputError, match="GiB are free"):
        train_plans([huge], *table())
    monkeypatch.setattr("wellfit.engines.compiled.run.memory.free_memory", lambda: 1000)
    with pytest.raises(InputError, match="make the layers"):
        train_plans(PLANS[:1], *table())


def test_a_view_says_what_is_wrong_with_its_rows() -> None:
    with pytest.raises(ValueError, match="both in a view's training rows"):
        View(np.arange(10), np.array([3]))
    with pytest.raises(ValueError, match="negative"):
        View(np.array([-1, 2]))
    with pytest.raises(ValueError, match="at least one training row"):
        View(np.array([], dtype=np.int64))


def test_a_plateau_without_validation_rows_stays_constant() -> None:
    recipe = Recipe(hidden=(4,), epochs=5, schedule={"name": "plateau", "patience": 1})
    arrays, target = table()
    member = train_plans([Plan(recipe, View(np.arange(ROWS)), 0)], arrays, target).members[0]
    assert set(member.history.column("learning_rate")) == {recipe.optimizer.learning_rate}


def test_class_weights_that_leave_nothing_and_columns_that_do_not_vary_are_refused() -> None:
    arrays, target = table()
    nothing = RECIPES[0].vary(class_weight={"False": 0, "True": 0})
    with pytest.raises(InputError, match="no training row of positive weight"):
        train_plans([Plan(nothing, VIEW, 0)], arrays, target)
    codes = np.ones((ROWS, 1), np.int32)
    codes[:2] = 0
    constant = Arrays(np.zeros((ROWS, 0), np.float32), codes, (2,))
    with pytest.raises(InputError, match="No column varies"):
        train_plans([Plan(RECIPES[0], View(np.arange(2, ROWS)), 0)], constant, target)


def test_a_mask_is_not_taken_for_row_numbers() -> None:
    with pytest.raises(ValueError, match="flatnonzero"):
        View(np.arange(10) < 5)
