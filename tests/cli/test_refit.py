"""`wellfit fit --refit` where something goes wrong: what was trained is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.training.test_refit_scores import cut_off
from wellfit import Model


def test_an_interrupted_refit_leaves_the_command_its_bag(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    given = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    assert wellfit(*given, "--out", "plain").code == 0
    monkeypatch.setattr("wellfit.training.refit.on_all_rows.train_run", cut_off)
    done = wellfit(*given, "--refit", "from_scratch", "--out", "cut")
    assert done.code == 130 and "on all rows was interrupted" in done.out
    result = json.loads(Path("cut/result.json").read_text())
    assert result["interrupted"] and "refit" not in result
    one, other = Model.load("plain/model.wellfit"), Model.load("cut/model.wellfit")
    for before, after in zip(one.networks, other.networks, strict=True):
        assert np.array_equal(before.parameters, after.parameters)


def test_what_cannot_be_refitted_is_said_before_training(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.delattr("wellfit.cli.bag.train_plans")  # training anything fails
    quick.write_text(quick.read_text() + 'schedule = "plateau"\n')
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--refit", "from_scratch")
    assert done.code == 2 and '"plateau" follows validation rows' in " ".join(done.err.split())
    assert not Path("wellfit-people").exists()


def test_a_refit_that_fails_leaves_the_command_its_bag(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def diverge(population: Any, *given: Any, **named: Any) -> Any:
        for member in population.members:
            member.status = "diverged"
        return population

    monkeypatch.setattr("wellfit.training.refit.on_all_rows.train_run", diverge)
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--refit", "from_scratch")
    assert done.code == 0, done.err
    notes = json.loads(Path("wellfit-people/result.json").read_text())["notes"]
    assert any(note.startswith("Training on all rows failed") and "All 2 members diverged" in note for note in notes)
    assert len(Model.load("wellfit-people/model.wellfit").networks) == 2
