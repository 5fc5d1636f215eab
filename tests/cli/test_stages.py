"""The stages of a run add up to its time, from the process's start, and are said."""

from __future__ import annotations

import json
import time
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from wellfit.cli.stages import Stages, process_started


def test_the_stages_are_all_that_has_passed() -> None:
    stages = Stages(time.monotonic() - 4.0)
    stages.end("reading")
    stages.last -= 3.0
    stages.end("preparing", {"training": 1.5, "preparing": 0.5})
    assert sum(stages.seconds.values()) == pytest.approx(7.0, abs=0.05)
    assert stages.seconds["training"] == 1.5 and stages.seconds["preparing"] == pytest.approx(1.5, abs=0.05)
    assert stages.in_words() == "Of it reading 4.0 s, training 1.5 s, preparing 1.5 s."


def test_the_clock_counts_from_the_process_start() -> None:
    now = time.monotonic()
    assert process_started(now) <= now
    if Path("/proc/self/stat").exists():
        assert process_started(now) < now - 0.3, "importing the tests took longer than that"


@pytest.mark.parametrize("options", [("--budget", 200, "--folds", 2), ("--recipe", "quick.toml", "--folds", 2)])
def test_where_the_seconds_go(
    wellfit: Command, people: Path, quick: Path, options: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_little(monkeypatch)
    done = wellfit("fit", people, "--target", "income", "--drop", "answer", *options)
    assert done.code == 0, done.err
    seconds = json.loads(Path("wellfit-people/result.json").read_text())["seconds"]
    if max(seconds.values()) > 1.0:  # stages too short to be shown leave no sentence
        assert "Of it " in done.out
    stages = {name: value for name, value in seconds.items() if name not in ("all", "until_trained")}
    assert {"reading", "preparing", "compiling", "training", "measuring"} <= set(stages)
    assert sum(stages.values()) == pytest.approx(seconds["all"], abs=0.1)


def test_a_limit_that_reading_has_used_up_is_said_before_the_search(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_little(monkeypatch)
    assert pl.read_csv(people).height == 300
    done = wellfit("fit", people, "--target", "income", "--drop", "answer", "--time", "0.01s")
    assert done.code == 0, done.err
    said = done.out.index("Starting and reading the table took ")
    assert said < done.out.index("Searching for ") and Path("wellfit-people/model.wellfit").exists()
