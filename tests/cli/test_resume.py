"""A search that is interrupted or killed, and goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from wellfit import Model, cli

# The command with tiny recipes, a save every moment, and, if asked for, its end after so many pauses.
SCRIPT = """
import os, signal, sys
from pytest import MonkeyPatch
from tests.search.little import make_little
from wellfit.cli import run
from wellfit.engines.compiled.run import growing_population
from wellfit.search.race import checkpoint as saving
make_little(MonkeyPatch())
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
growing_population.PAUSE_SECONDS, saving.SAVE_SECONDS, saving.MOST_SHARE = 0.05, 0.0, 1e9
pauses, saved = [], saving.SearchCheckpoint.save
def save(self):
    saved(self)
    pauses.append(1)
    if len(pauses) == int(sys.argv[1]):
        os.kill(os.getpid(), int(sys.argv[2]))
saving.SearchCheckpoint.save = save
sys.exit(run(sys.argv[3:]))
"""
BUDGET = ("--target", "answer", "--drop", "income", "--budget", "800", "--folds", "2", "--jobs", "2")


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes that train in no time."""
    make_little(monkeypatch)


def killed(people: Path, after: int, by: int, *options: str) -> int:
    """The exit code of a process that was sent a signal after so many saves."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([root, str(Path(cli.__file__).resolve().parents[2])])  # the package that this test runs
    command = [sys.executable, "-c", SCRIPT, str(after), str(by), "fit", str(people), *options]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


def weights(folder: str) -> list[bytes]:
    return [network.parameters.tobytes() for network in Model.load(f"{folder}/model.wellfit").networks]


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_resumed_equals_uninterrupted(wellfit: Command, people: Path, by: signal.Signals) -> None:
    code = killed(people, 3, by, *BUDGET, "--out", "cut")
    assert code == (-signal.SIGKILL if by == signal.SIGKILL else 130)
    assert Path("cut/search/state.json").exists()
    assert Path("cut/model.wellfit").exists() == (by != signal.SIGKILL)
    again = wellfit("fit", people, *BUDGET, "--out", "cut", "--resume")
    assert again.code == 0, again.err
    assert not Path("cut/search").exists()
    assert wellfit("fit", people, *BUDGET, "--out", "whole").code == 0
    assert weights("cut") == weights("whole")
    records = [json.loads(Path(name, "result.json").read_text())["record"]["search"] for name in ("cut", "whole")]
    assert records[0] == records[1]


def test_what_cannot_be_resumed(wellfit: Command, people: Path) -> None:
    fit = ("fit", people, *BUDGET, "--out", "cut")
    none = wellfit(*fit, "--resume")
    assert none.code == 2 and "no interrupted search" in none.err and not Path("cut").exists()
    assert killed(people, 2, signal.SIGKILL, *BUDGET, "--out", "cut") == -signal.SIGKILL
    anew = wellfit(*fit)
    assert anew.code == 2 and "--resume" in anew.err
    other = wellfit(*fit, "--resume", "--seed", 1)
    assert other.code == 2 and "interrupted run" in other.err and other.err.count("\n") == 1
    state = Path("cut/search/state.json")
    state.write_text(state.read_text()[:100])
    damaged = wellfit(*fit, "--resume")
    assert damaged.code == 2 and "damaged" in damaged.err
    assert wellfit(*fit, "--overwrite").code == 0
