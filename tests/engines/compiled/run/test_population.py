"""Members of a mix equal members alone, whatever the threads, the clock, or a kill in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from wellfit.engines.compiled.run.checkpoint import load_population, resume_population
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.population import Population, train_population
from wellfit.engines.compiled.run.rounds import advance
from wellfit.engines.contract.history import HISTORY
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Progress
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View

ROWS = 400


def table(seed: int = 0) -> tuple[Arrays, Target]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(ROWS, 6)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + 0.3 * random.normal(size=ROWS) > 0).astype(np.float32)
    return Arrays(x, np.zeros((ROWS, 0), np.int32)), Target("binary", y[:, None], (False, True))


VIEW = View(np.arange(300), np.arange(300, 400), name="hold-out")
RECIPES = [
    Recipe(hidden=(8,), epochs=6, batch_size=32, dropout=0.2),
    Recipe(hidden=(12, 5), epochs=4, batch_size=50, optimizer="nesterov", normalization="batch"),
    Recipe(hidden=(7,), epochs=5, batch_size="all", activation="tanh", clipping="norm", l2=0.01),
    Recipe(hidden=(6, 6), epochs=3, batch_size=20, skip="residual", schedule="one_cycle", weight_decay=0.01),
    Recipe(
        hidden=(5,),
        epochs=8,
        batch_size=64,
        stopping={"name": "patience", "patience": 1},
        schedule="constant",
        normalization="layer",
    ),
]
PLANS = [Plan(recipe, VIEW, seed) for recipe in RECIPES for seed in (0, 1)]


def assert_same(a: Member, b: Member) -> None:
    assert (a.update, a.status) == (b.update, b.status)
    assert np.array_equal(a.parameters, b.parameters, equal_nan=True)
    assert np.array_equal(a.state, b.state, equal_nan=True)
    assert np.array_equal(a.history, b.history, equal_nan=True)
    assert (a.best is None) == (b.best is None)
    if a.best is not None and b.best is not None:
        assert np.array_equal(a.best, b.best)


def assert_same_members(a: Population, b: Population) -> None:
    assert len(a) == len(b)
    for one, other in zip(a.members, b.members, strict=True):
        assert_same(one, other)


@pytest.fixture(scope="module")
def trained() -> Population:
    return train_population(PLANS, *table(), n_jobs=1)


def test_a_member_alone_equals_the_member_in_the_mix(trained: Population) -> None:
    for index in (0, 3, 7, 9):
        alone = train_population([PLANS[index]], *table())
        assert_same(alone.members[0], trained.members[index])


def test_threads_and_order_do_not_matter(trained: Population) -> None:
    threaded = train_population(PLANS[::-1], *table(), n_jobs=3)
    threaded.members.reverse()
    assert_same_members(threaded, trained)


def test_seeds_do_matter(trained: Population) -> None:
    assert not np.array_equal(trained.members[0].parameters, trained.members[1].parameters)


def test_history_is_one_tidy_table(trained: Population) -> None:
    history = trained.history
    assert history.columns[:3] == ["member", "epoch", "update"]
    assert history.filter(history["member"] == 0)["epoch"].to_list() == [1, 2, 3, 4, 5, 6]
    assert history["validation_loss"].is_finite().all()
    first = history.filter(history["member"] == 4)  # clipping on
    assert first["gradient_norm"].is_finite().all()
    assert history.filter(history["member"] == 0)["gradient_norm"].is_nan().all()


def test_the_kept_weights_are_those_of_the_best_validation_loss(trained: Population) -> None:
    for member in trained.members:
        losses = member.validation_losses()
        assert member.best_loss == min(losses)
        last_best = max(k for k, loss in enumerate(losses) if loss == min(losses))
        assert member.best_update == member.history[last_best][1]


def test_budget_in_updates_is_shared_and_repeatable() -> None:
    once = train_population(PLANS, *table(), budget=205, n_jobs=2)
    assert [m.update for m in once.members] == [
        min(21 - (k > 4), m.horizon.updates) for k, m in enumerate(once.members)
    ]
    assert_same_members(once, train_population(PLANS, *table(), budget=205))


def test_a_timed_run_can_be_replayed() -> None:
    plans = [Plan(RECIPES[0].vary(epochs=100_000), VIEW, seed) for seed in range(3)]
    timed = train_population(plans, *table(), budget="0.3s", n_jobs=2)
    assert {m.status for m in timed.members} == {"out_of_budget"}
    assert {d["by"] for d in timed.decisions} == {"time limit"}
    replay = train_population(plans, *table(), budget=[d["updates"] for d in timed.decisions])
    assert_same_members(timed, replay)


def test_a_diverged_member_harms_no_other(trained: Population) -> None:
    wild = Plan(Recipe(hidden=(8,), optimizer={"name": "sgd", "learning_rate": 1e30}, epochs=5), VIEW, 0)
    mixed = train_population([wild, *PLANS], *table(), n_jobs=2)
    assert mixed.members[0].status == "diverged"
    for one, other in zip(mixed.members[1:], trained.members, strict=True):
        assert_same(one, other)


def test_observers_see_progress_and_cannot_change_it(trained: Population) -> None:
    seen: list[Progress] = []
    observed = train_population(PLANS, *table(), observers=[seen.append])
    assert_same_members(observed, trained)
    assert seen and seen[-1].members[0].last_update == observed.members[0].horizon.updates
    with pytest.raises(AttributeError):
        seen[-1].members[0].update = 3  # type: ignore[misc]


def test_an_observer_that_fails_stops_the_run() -> None:
    def fail(progress: Progress) -> None:
        raise ZeroDivisionError

    plans = [Plan(RECIPES[0].vary(epochs=100_000), VIEW, 0)]
    with pytest.raises(ZeroDivisionError):
        train_population(plans, *table(), observers=[fail])


def test_ctrl_c_ends_cleanly_and_the_run_can_go_on(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.members[0].update > 0:
            raise KeyboardInterrupt

    plans = [Plan(RECIPES[0].vary(epochs=4000), VIEW, seed) for seed in range(2)]
    whole = train_population(plans, *table(), n_jobs=2)
    cut = train_population(plans, *table(), folder=tmp_path / "run", observers=[interrupt], n_jobs=2)
    assert cut.interrupted and cut.members[0].status == "interrupted"
    assert 0 < cut.members[0].update < whole.members[0].update
    resumed = resume_population(tmp_path / "run", n_jobs=2)
    assert_same_members(resumed, whole)


KILLED = """
import sys
sys.path.insert(0, {root!r})
from tests.engines.compiled.run.test_population import RECIPES, VIEW, Plan, table, train_population
import wellfit.engines.compiled.run.crew as crew
crew.CHECKPOINT_SECONDS = 0.0
plans = [Plan(recipe.vary(epochs={epochs}), VIEW, 0) for recipe in RECIPES[:3]]
train_population(plans, *table(), folder={folder!r}, n_jobs=2)
"""


def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    epochs, folder = 3000, tmp_path / "run"
    script = KILLED.format(root=str(Path(__file__).parents[4]), folder=str(folder), epochs=epochs)
    process = subprocess.Popen([sys.executable, "-c", script], env=os.environ)
    deadline = time.monotonic() + 120
    while not list(folder.glob("member-*.safetensors")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    at_kill, _ = load_population(folder)
    assert any(0 < m.update < m.horizon.updates for m in at_kill.members), "the kill came too early or too late"
    resumed = resume_population(folder, n_jobs=2)
    plans = [Plan(recipe.vary(epochs=epochs), VIEW, 0) for recipe in RECIPES[:3]]
    assert_same_members(resumed, train_population(plans, *table(), n_jobs=2))


def test_resuming_under_other_versions_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_population(PLANS[:1], *table(), folder=tmp_path / "run")
    monkeypatch.setattr("wellfit.engines.compiled.run.checkpoint.fingerprint", lambda: {"numpy": "0.1"})
    with pytest.warns(RuntimeWarning, match="other numpy"):
        load_population(tmp_path / "run")


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
        train_population(PLANS, *table(), budget=budget)  # type: ignore[arg-type]


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    train_population(PLANS[:1], *table(), folder=tmp_path)
    with pytest.raises(InputError, match="already holds a run"):
        train_population(PLANS[:1], *table(), folder=tmp_path)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    train_population(PLANS[:1], *table(), folder=tmp_path)
    path = tmp_path / "member-00000.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="damaged"):
        load_population(tmp_path)
    with pytest.raises(InputError, match="does not hold a run"):
        load_population(tmp_path / "nothing")


def test_infinite_inputs_and_impossible_views_are_refused() -> None:
    arrays, target = table()
    arrays.numbers[5, 2] = np.inf
    with pytest.raises(InputError, match="column 2 is infinite in row 5"):
        train_population(PLANS[:1], arrays, target)
    with pytest.raises(InputError, match="names row 999"):
        train_population([Plan(RECIPES[0], View(np.array([1, 999])), 0)], *table())


def test_members_that_cannot_fit_in_memory_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = Plan(Recipe(hidden=(400_000, 400_000)), VIEW, 0)
    with pytest.raises(InputError, match="GiB are free"):
        train_population([huge], *table())
    monkeypatch.setattr("wellfit.engines.compiled.run.memory.free_memory", lambda: 1000)
    with pytest.raises(InputError, match="make the layers"):
        train_population(PLANS[:1], *table())


def test_a_view_says_what_is_wrong_with_its_rows() -> None:
    with pytest.raises(ValueError, match="both in a view's training rows"):
        View(np.arange(10), np.array([3]))
    with pytest.raises(ValueError, match="negative"):
        View(np.array([-1, 2]))
    with pytest.raises(ValueError, match="at least one training row"):
        View(np.array([], dtype=np.int64))


def test_what_is_loaded_is_what_was_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a round ends between the last update and its evaluation."""
    monkeypatch.setattr("wellfit.engines.compiled.run.crew.advance", lambda *rest: advance(*rest, seconds=0.0))
    trained = train_population(PLANS[:2], *table(), folder=tmp_path / "run", budget=9)
    loaded, _ = load_population(tmp_path / "run")
    assert_same_members(trained, loaded)
    assert loaded.decisions == trained.decisions
    assert loaded.members[0].best is not None


def test_a_plateau_without_validation_rows_stays_constant() -> None:
    recipe = Recipe(hidden=(4,), epochs=5, schedule={"name": "plateau", "patience": 1})
    arrays, target = table()
    member = train_population([Plan(recipe, View(np.arange(ROWS)), 0)], arrays, target).members[0]
    assert {line[HISTORY.index("learning_rate")] for line in member.history} == {recipe.optimizer.learning_rate}


def test_class_weights_that_leave_nothing_and_columns_that_do_not_vary_are_refused() -> None:
    arrays, target = table()
    nothing = RECIPES[0].vary(class_weight={"False": 0, "True": 0})
    with pytest.raises(InputError, match="no training row of positive weight"):
        train_population([Plan(nothing, VIEW, 0)], arrays, target)
    codes = np.ones((ROWS, 1), np.int32)
    codes[:2] = 0
    constant = Arrays(np.zeros((ROWS, 0), np.float32), codes, (2,))
    with pytest.raises(InputError, match="No column varies"):
        train_population([Plan(RECIPES[0], View(np.arange(2, ROWS)), 0)], constant, target)


def test_a_mask_is_not_taken_for_row_numbers() -> None:
    with pytest.raises(ValueError, match="flatnonzero"):
        View(np.arange(10) < 5)


def test_wrong_numbers_of_threads_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="n_jobs = 0"):
        train_population(PLANS[:1], *table(), n_jobs=0, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()
