"""A search that is interrupted or killed, and goes on."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from wellfit import Model, cli
from wellfit.cli import bag, folder
from wellfit.engines.compiled.run import growing_population
from wellfit.engines.contract.progress import Progress
from wellfit.files import write_atomically
from wellfit.models.model import file as model_file
from wellfit.search.race import checkpoint as saving

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


def test_with_nothing_to_resume_a_run_starts_anew_unless_it_would_replace_results(
    wellfit: Command, people: Path
) -> None:
    fit = ("fit", people, *BUDGET, "--out", "new", "--resume")
    anew = wellfit(*fit)
    assert anew.code == 0 and "starts anew" in anew.out, anew.err
    model = Path("new/model.wellfit").read_bytes()
    again = wellfit(*fit)
    assert again.code == 2 and "finished run" in again.err and "--overwrite" in again.err
    assert Path("new/model.wellfit").read_bytes() == model


def test_an_interrupted_bag_is_resumed_to_the_same_bits(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("slow.toml").write_text("hidden = [8]\nepochs = 400\nbatch_size = 32\n")
    fit = ("fit", people, "--target", "answer", "--recipe", "slow.toml", "--folds", 3, "--jobs", 2)

    def interrupt(progress: Progress) -> None:
        if progress.members[0].update > 0:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bag, "training_display", lambda *given: nullcontext(interrupt))
        cut = wellfit(*fit, "--out", "cut")
    assert cut.code == 130 and "--resume" in cut.out and "Interrupted after" in cut.out
    anew = wellfit(*fit, "--out", "cut")
    assert anew.code == 2 and "--resume" in anew.err
    other = wellfit(*fit, "--out", "cut", "--resume", "--seed", 1)
    assert other.code == 2 and "interrupted run" in other.err and other.err.count("\n") == 1
    assert wellfit(*fit, "--out", "cut", "--resume").code == 0
    assert wellfit(*fit, "--out", "whole").code == 0
    assert weights("cut") == weights("whole") and not Path("cut/training").exists()


def full(*given: object) -> None:
    """A disk without room."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_where_checkpoints_cannot_be_written_the_search_goes_on(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing_population, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(growing_population, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(saving, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(saving, "MOST_SHARE", 1e9)
    monkeypatch.setattr(saving, "save_member", full)
    with pytest.warns(RuntimeWarning, match="cannot be saved") as told:
        done = wellfit("fit", people, *BUDGET, "--out", "out")
    assert done.code == 0, done.err
    assert len([one for one in told if one.category is RuntimeWarning]) == 1
    notes = json.loads(Path("out/result.json").read_text())["notes"]
    assert any("No space left on device" in note for note in notes)
    assert not Path("out/search").exists()


@pytest.mark.parametrize("unwritable", ["model.wellfit", "result.json", "history.parquet", "probes.parquet"])
def test_what_can_be_saved_is_saved(
    unwritable: str, wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--jobs", 1, "--out", "out")

    def write(path: Path, content: bytes) -> None:
        if Path(path).name == unwritable:
            full()
        write_atomically(path, content)

    monkeypatch.setattr(model_file, "write_atomically", write)
    monkeypatch.setattr(folder, "write_atomically", write)
    done = wellfit(*fit)
    assert done.code == 2 and done.err.splitlines()[-1].startswith(f"wellfit: {unwritable} cannot be written"), done.err
    others = set(folder.FILES) - {unwritable}
    assert {path.name for path in Path("out").iterdir()} - {"training"} == others
    assert all(name in done.err for name in others)


def test_where_no_new_model_can_be_written_the_earlier_results_stay(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--jobs", 1, "--out", "out")
    assert wellfit(*fit).code == 0
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    monkeypatch.setattr(model_file, "write_atomically", full)
    assert wellfit(*fit, "--overwrite", "--seed", 1).code == 2
    assert {name: Path("out", name).read_bytes() for name in before} == before


def test_a_folder_whose_name_is_not_text_is_refused_before_training(wellfit: Command, people: Path) -> None:
    done = wellfit("fit", people, *BUDGET, "--out", "out\udcff")
    assert done.code == 2 and "UTF-8" in done.err and "Searching" not in done.out


def test_what_cannot_be_resumed(wellfit: Command, people: Path) -> None:
    fit = ("fit", people, *BUDGET, "--out", "cut")
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
