"""One member's steps shared by several threads: the same bits, however many they are and whenever they come."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.run.mixed import assert_same, assert_same_members
from wellfit.engines.compiled.run import teams, workers
from wellfit.engines.compiled.run.member_state import member_state, restore_state
from wellfit.engines.compiled.run.teams import Teams, is_large
from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_plans, train_run
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.contract.budget import parse_budget
from wellfit.engines.contract.plan import Plan
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import COMPILED, compile_seconds
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View

pytestmark = pytest.mark.skipif(not COMPILED, reason="plain Python has no helpers")

ROWS, INPUTS, CLASSES = 330, 140, 3
VIEW = View(np.arange(260), np.arange(260, ROWS))
NET: dict[str, Any] = {"hidden": (200, 200), "activation": "relu", "batch_size": 48, "epochs": 6}  # a short last batch
RECIPES = {
    "dropout, Adam, clipping, average": {"dropout": 0.2, "clipping": "norm", "averaging": "ema", "skip": "residual"},
    "batch norm, decay": {"normalization": "batch", "weight_decay": 0.02, "optimizer": "nesterov", "skip": "none"},
    "layer norm, percentiles, penalty": {"normalization": "layer", "clipping": "percentile", "l2": 0.01},
    "concatenation, sharpness": {"skip": "concatenate", "sharpness_aware": 0.05, "activation": "gelu"},
}


def table() -> tuple[Arrays, Target]:
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, INPUTS)).astype(np.float32)
    classes = np.argmax(x @ random.normal(size=(INPUTS, CLASSES)), axis=1)
    return Arrays(x, np.zeros((ROWS, 0), np.int32)), Target("classes", classes[:, None].astype(np.float32), (0, 1, 2))


def plan(name: str, seed: int = 0, **slots: Any) -> Plan:
    return Plan(Recipe(**{**NET, **RECIPES[name], **slots}), VIEW, seed)


@pytest.fixture(autouse=True)
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teams, "LARGE", 0)


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many parts each turn of a helper has done."""
    workers.load_training()
    counts: list[int] = []
    plain = Teams.help

    def counted(self: Teams) -> int:
        counts.append(plain(self))
        return counts[-1]

    monkeypatch.setattr(Teams, "help", counted)
    return counts


@pytest.mark.parametrize("name", RECIPES)
def test_a_member_is_the_same_on_one_core_and_on_several(name: str, helped: list[int]) -> None:
    alone = train_plans([plan(name)], *table())
    assert not helped
    tries, until = 0, time.monotonic() + 60
    while tries < 2 or (sum(helped) == 0 and time.monotonic() < until):  # the system may be slow to let a helper run
        assert_same_members(train_plans([plan(name)], *table(), n_jobs=2 + tries % 2), alone)
        tries += 1
    assert sum(helped) > 0


def test_members_with_and_without_helpers_end_the_same() -> None:
    """Two members on three threads, later one: the helper goes from one to the other."""
    first = next(iter(RECIPES))
    plans = [plan(first, seed, epochs=epochs) for seed, epochs in enumerate((3, 9))]
    assert_same_members(train_plans(plans, *table(), n_jobs=3), train_plans(plans, *table()))


def resumed(run: TrainingRun, plans: list[Plan]) -> TrainingRun:
    """A new run at the state of another, as from a checkpoint."""
    new = make_training_run(plans, *table())
    for member, old in zip(new.members, run.members, strict=True):
        restore_state(member, member_state(old))
    return new


def test_stopped_and_resumed_on_other_numbers_of_cores_is_the_same() -> None:
    plans = [plan(next(iter(RECIPES)), epochs=400)]  # a tenth of them end within the limit on a fast machine
    whole = train_plans(plans, *table())
    by_clock = train_plans(plans, *table(), n_jobs=3, budget="0.02s")
    assert 0 < by_clock.members[0].update < whole.members[0].update
    replay = train_plans(plans, *table(), budget=[by_clock.members[0].update])
    assert_same_members(by_clock, replay)
    part = train_plans(plans, *table(), n_jobs=3, budget=[17])
    for n_jobs, updates in ((1, 70), (2, None)):
        part = resumed(part, plans)
        train_run(part, parse_budget(None if updates is None else [updates], 1), n_jobs)
    member, straight = part.members[0], whole.members[0]
    assert member.update == straight.update
    assert np.array_equal(member.parameters, straight.parameters) and np.array_equal(member.state, straight.state)


def test_a_member_that_was_taken_when_all_were_told_to_stop_is_trained_by_the_next_run() -> None:
    run = make_training_run([plan(next(iter(RECIPES)), epochs=1)], *table())
    threads = workers.WorkerThreads(run.members, engine_data(run.arrays, run.target), n_jobs=1)
    take = threads._take_member

    def take_and_stop() -> int | None:
        index = take()
        threads.stop[0] = 1
        return index

    with single_threaded_blas(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(teams, "LARGE", np.inf)  # nobody waits to help: a member that is lost is not trained
        with pytest.MonkeyPatch.context() as once:
            once.setattr(threads, "_take_member", take_and_stop)
            threads.run(None)
        threads.run(None)
    assert run.members[0].status == "finished"


def test_a_member_that_diverges_does_so_at_the_same_update_and_harms_no_other() -> None:
    wild = plan("batch norm, decay", optimizer={"name": "sgd", "learning_rate": 1e30}, normalization="none")
    tame = plan("batch norm, decay")
    alone, mixed = train_plans([wild, tame], *table()), train_plans([wild, tame], *table(), n_jobs=3)
    assert mixed.members[0].status == "diverged"
    for one, other in zip(alone.members, mixed.members, strict=True):
        assert_same(one, other)


def test_an_error_in_the_thread_of_a_member_ends_the_helpers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(workers, "train_member", fail)
    with pytest.raises(ZeroDivisionError):
        train_plans([plan(next(iter(RECIPES)))], *table(), n_jobs=3)


def test_what_training_runs_is_in_the_list_that_is_compiled_beforehand() -> None:
    """A helper that compiled its loop first would do so inside a time limit."""
    workers.load_training()
    before = compile_seconds()
    train_plans([plan("batch norm, decay")], *table())  # its kernels
    kernels = compile_seconds()
    train_plans([plan("batch norm, decay")], *table(), n_jobs=3)
    assert compile_seconds() == kernels >= before


def test_a_member_is_large_by_its_network_and_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    small, batches, wide = (
        make_training_run([plan("batch norm, decay", **slots)], *table()).members[0]
        for slots in ({"hidden": (20,)}, {"batch_size": 256}, {"hidden": (1024, 1024)})
    )
    assert [is_large(member) for member in (small, batches, wide)] == [False, True, True]
