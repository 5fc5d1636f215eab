"""`wellfit lab`: what it lists, runs, writes, keeps and refuses."""

from __future__ import annotations

import csv
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wellfit as package
from tests.cli.conftest import Command
from wellfit.cli import lab, lab_app
from wellfit.engines.contract.progress import Progress
from wellfit.lab.interruption import ended_by_ctrl_c
from wellfit.studies import Study


@pytest.fixture
def smallest(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every experiment is one at its smallest size. Returns the names that are run."""
    ran: list[str] = []
    real = lab.run

    def run(name: str, **options: Any) -> Study:
        ran.append(name)
        if name == "ctrl_c":
            raise KeyboardInterrupt
        study = real("more_rows", **{**options, "size": "smallest"})
        return replace(study, facts={**study.facts, "size": options["size"]})

    monkeypatch.setattr(lab, "run", run)
    monkeypatch.setattr(lab, "every_experiment", lambda published=False: {"more_rows": lab.experiment("more_rows")})
    return ran


def test_the_list_has_every_experiment(wellfit: Command) -> None:
    done = wellfit("lab", "list")
    every = package.lab.every_experiment()
    assert done.code == 0 and f"{len(every)} experiments" in done.out.replace("1 experiment,", "1 experiments,")
    assert all(name.replace("_", "-") in done.out for name in every)


def test_the_examples_of_the_help_name_experiments() -> None:
    examples = f"{lab_app.RUN_EXAMPLES}\n{lab_app.ALL_EXAMPLES}"
    words = [line.split() for line in examples.splitlines() if " lab run " in line]
    named = {word for line in words for word in line[3:] if not word.startswith("--") and not word.endswith("/")}
    assert len(named) >= 3 and {name.replace("-", "_") for name in named} <= set(package.lab.every_experiment())


def test_a_run_says_its_verdicts_and_writes_a_page(wellfit: Command, smallest: list[str]) -> None:
    done = wellfit("lab", "run", "more-rows", "--quick", "--out", "here")
    assert done.code == 0, done.err
    study = Study.load("here/more_rows")
    assert f"{study.details['claims']['verdict'][0].capitalize()}: More training rows shrink the gap" in done.out
    page = Path("here/more_rows/report.html").read_text()
    assert study.question in page and "def run(lab: Lab)" in page
    again = wellfit("lab", "run", "more-rows", "--quick", "--out", "here")
    assert again.code == 2 and "--resume" in again.err and smallest == ["more_rows"]
    assert wellfit("lab", "run", "more-rows", "--quick", "--out", "here", "--resume").code == 0
    assert smallest == ["more_rows"], "what is finished is kept"
    assert wellfit("lab", "run", "more-rows", "--out", "here", "--resume").code == 0
    assert smallest == ["more_rows"] * 2, "of another size it is run"


def test_all_write_the_gallery_and_go_on(
    wellfit: Command, smallest: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    about = lab.experiment("more_rows")
    monkeypatch.setattr(lab, "every_experiment", lambda published=False: {"more_rows": about, "ctrl_c": about})
    done = wellfit("lab", "all", "--out", "here")
    assert done.code == 130 and "1 experiment of 2. --resume goes on" in done.out
    assert (
        "<details" in Path("here/gallery.html").read_text()
        and "## Data and noise" in Path("here/gallery.md").read_text()
    )
    rows = list(csv.DictReader(Path("here/claims.csv").read_text().splitlines()))
    assert len(rows) == 2 and rows[0]["experiment"] == "more_rows" and rows[0]["verdict"] == "held"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "more-row"), "did you mean more_rows?"),
        (("run",), "Name one or more experiments"),
        (("run", "more-rows", "--data", "nowhere"), "There is no folder 'nowhere'"),
        (("run", "--published"), "reads MNIST"),
        (("all", "--data", "nowhere"), "There is no folder 'nowhere'"),
    ],
)
def test_what_cannot_be_run(wellfit: Command, arguments: tuple[str, ...], says: str) -> None:
    done = wellfit("lab", *arguments)
    assert done.code == 2 and says in done.err and not list(Path().iterdir())


def test_ctrl_c_gives_no_answer_of_networks_half_trained() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    recipe = package.Recipe(hidden=(4,), epochs=100_000, stopping="none")
    pressed: list[float] = []

    def press(progress: Progress) -> None:
        if not pressed:
            pressed.append(progress.seconds)
            os.kill(os.getpid(), signal.SIGINT)

    trained = []
    with pytest.raises(KeyboardInterrupt), ended_by_ctrl_c() as observer:
        trained += [package.train(recipe, X, X[:, 0] > 0, observers=[press, observer])[0].status for _ in range(2)]
    assert trained == ["interrupted"] * 2, "the second training ended at once"
