"""Runs in folders: killed or interrupted, they go on to the same bits; what cannot be read is refused."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import wellfit
from tests.engines.compiled.run.mixed import PLANS, RECIPES, VIEW, assert_same_members, table
from tests.training.checkpoint.runs import resume_run, train_in_folder
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.compiled.run.updates import train_member
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Progress
from wellfit.engines.contract.saver import MemberState
from wellfit.errors import InputError
from wellfit.training.checkpoint import run_folder
from wellfit.training.checkpoint.member_file import save_state
from wellfit.training.checkpoint.run_folder import load_run


def test_ctrl_c_ends_cleanly_and_the_run_can_go_on(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.members[0].update > 0:
            raise KeyboardInterrupt

    plans = [Plan(RECIPES[0].vary(epochs=4000), VIEW, seed) for seed in range(2)]
    whole = train_plans(plans, *table(), n_jobs=2)
    cut = train_in_folder(tmp_path / "run", plans, *table(), observers=[interrupt], n_jobs=2)
    assert cut.interrupted and cut.members[0].status == "interrupted"
    assert 0 < cut.members[0].update < whole.members[0].update
    resumed = resume_run(tmp_path / "run", n_jobs=2)
    assert_same_members(resumed, whole)


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.engines.compiled.run.mixed import RECIPES, VIEW, Plan, table
from tests.training.checkpoint.runs import train_in_folder
from wellfit.engines.compiled.run import saving
saving.SAVE_SECONDS = 0.0
plans = [Plan(recipe.vary(epochs={epochs}), VIEW, 0) for recipe in RECIPES[:3]]
train_in_folder(Path({folder!r}), plans, *table(), n_jobs=2)
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
    at_kill, _ = load_run(folder)
    assert any(0 < m.update < m.horizon.updates for m in at_kill.members), "the kill came too early or too late"
    resumed = resume_run(folder, n_jobs=2)
    plans = [Plan(recipe.vary(epochs=epochs), VIEW, 0) for recipe in RECIPES[:3]]
    assert_same_members(resumed, train_plans(plans, *table(), n_jobs=2))


def test_resuming_under_other_versions_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_in_folder(tmp_path / "part", PLANS[:1], *table(), budget=3)
    train_in_folder(tmp_path / "whole", PLANS[:1], *table())
    monkeypatch.setattr("wellfit.training.checkpoint.run_folder.fingerprint", lambda: {"numpy": "0.1"})
    with pytest.warns(RuntimeWarning, match="other numpy"):
        load_run(tmp_path / "part")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_run(tmp_path / "part", goes_on=False)
        load_run(tmp_path / "whole")  # nothing of it remains to be trained


def test_loading_trained_networks_of_an_unfinished_run_warns_of_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = np.random.default_rng(0).normal(size=(100, 3))
    wellfit.train(wellfit.Recipe(hidden=(4,), epochs=9), X, X[:, 0], budget=3, folder=tmp_path / "run")
    monkeypatch.setattr("wellfit.training.checkpoint.run_folder.fingerprint", lambda: {"numpy": "0.1"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert wellfit.load(tmp_path / "run")[0].status == "out_of_budget"
    with pytest.warns(RuntimeWarning, match="other numpy"):
        wellfit.resume(tmp_path / "run", budget=1000)


def test_a_checkpoint_that_cannot_be_written_warns_once_and_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Path] = []

    def full_at_first(state: MemberState, path: Path) -> None:
        calls.append(path)
        if len(calls) < 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        save_state(state, path)

    monkeypatch.setattr(run_folder, "save_state", full_at_first)
    with pytest.warns(RuntimeWarning, match="No space left") as told:
        trained = train_in_folder(tmp_path / "run", PLANS[:2], *table())
    assert len([one for one in told if "No space" in str(one.message)]) == 1
    assert_same_members(trained, load_run(tmp_path / "run")[0])


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    train_in_folder(tmp_path, PLANS[:1], *table())
    with pytest.raises(InputError, match="already holds a run"):
        train_in_folder(tmp_path, PLANS[:1], *table())


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    train_in_folder(tmp_path, PLANS[:1], *table())
    path = tmp_path / "member-00000.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="damaged"):
        load_run(tmp_path)
    with pytest.raises(InputError, match="does not hold a run"):
        load_run(tmp_path / "nothing")


def test_what_is_loaded_is_what_was_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a round ends between the last update and its evaluation."""
    monkeypatch.setattr(
        "wellfit.engines.compiled.run.workers.train_member", lambda *rest: train_member(*rest, seconds=0.0)
    )
    trained = train_in_folder(tmp_path / "run", PLANS[:2], *table(), budget=9)
    loaded, _ = load_run(tmp_path / "run")
    assert_same_members(trained, loaded)
    assert loaded.decisions == trained.decisions
    assert loaded.members[0].best is not None


def test_wrong_numbers_of_threads_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="n_jobs = 0"):
        wellfit.train(RECIPES[0], table()[0].numbers, table()[1].values[:, 0] > 0, n_jobs=0, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()
