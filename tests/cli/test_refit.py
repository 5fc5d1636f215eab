"""`wellfit fit --refit` where something goes wrong: what was trained is kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.test_refit_promises import cut_off
from wellfit import Model


def test_an_interrupted_refit_leaves_the_command_its_bag(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    given = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    assert wellfit(*given, "--out", "plain").code == 0
    monkeypatch.setattr("wellfit.refitting.door.run_population", cut_off)
    done = wellfit(*given, "--refit", "from_scratch", "--out", "cut")
    assert done.code == 130 and "on all rows was interrupted" in done.out
    result = json.loads(Path("cut/result.json").read_text())
    assert result["interrupted"] and "refit" not in result
    one, other = Model.load("plain/model.wellfit"), Model.load("cut/model.wellfit")
    for before, after in zip(one.networks, other.networks, strict=True):
        assert np.array_equal(before.parameters, after.parameters)
