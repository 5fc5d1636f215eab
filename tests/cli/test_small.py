"""`wellfit fit --small`: one network is saved, and the loss of both is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Command
from wellfit import Model, Recipe
from wellfit.cli import after_search
from wellfit.search.race import run as search_run

TINY = Recipe(hidden=(8,), epochs=8, batch_size=64)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A portfolio of two recipes that train in no time, and proposals of one that is like them."""

    class Little:
        def propose(self, tried: Any, random: np.random.Generator) -> tuple[Recipe, str]:
            return TINY.vary(hidden=(int(random.integers(4, 12)),)), "drawn"

        def examples(self) -> list[Recipe]:
            return []

    monkeypatch.setattr(search_run, "portfolio", lambda kind: [TINY, TINY.vary(dropout=0.0)])
    monkeypatch.setattr(search_run, "Evolution", lambda *arguments: Little())


def result(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "result.json").read_text())
    return found


@pytest.mark.parametrize("limit", [("--budget", 600), ("--time", "4s")])
def test_one_network_and_both_losses(wellfit: Command, people: Path, limit: tuple[Any, ...]) -> None:
    done = wellfit("fit", people, "--target", "answer", "--drop", "income", "--folds", 2, "--small", *limit)
    assert done.code == 0, done.err
    small = result("wellfit-people")["small"]
    words = " ".join(done.out.split())
    assert "one small network, distilled from this ensemble" in words and "one network" in words
    for name in ("small", "ensemble"):
        assert f"{small[name]['mean']:.4g}" in words
    assert result("wellfit-people")["estimate"]["cross_validated"] == small["small"]
    model = Model.load("wellfit-people/model.wellfit")
    assert len(model.networks) == 1
    assert small["cost"] < small["ensemble_cost"]
    assert wellfit("predict", "wellfit-people/model.wellfit", people, "--out", "said.csv").code == 0


def test_without_it_the_ensemble_is_saved(wellfit: Command, people: Path) -> None:
    assert wellfit("fit", people, "--target", "answer", "--folds", 2, "--budget", 600).code == 0
    assert result("wellfit-people")["small"] is None
    assert len(Model.load("wellfit-people/model.wellfit").networks) > 1


def test_ctrl_c_while_distilling_keeps_the_ensemble(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any, **settings: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(after_search, "distil", interrupted)
    done = wellfit("fit", people, "--target", "answer", "--folds", 2, "--budget", 600, "--small")
    assert done.code == 130
    assert "the model is the whole ensemble" in " ".join(done.out.split())
    assert len(Model.load("wellfit-people/model.wellfit").networks) > 1


def test_of_a_bag_it_is_refused(wellfit: Command, people: Path) -> None:
    done = wellfit("fit", people, "--target", "answer", "--recipe", "practice", "--small")
    assert done.code == 2 and "--small" in done.err
