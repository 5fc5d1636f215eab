"""`wellfit fit --refit` after a search, and what else the command says or keeps around one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from tests.training.test_refit_scores import cut_off
from wellfit import Model
from wellfit.search.choose import ensemble as choice

SEARCH = ("--budget", 600, "--folds", 2)


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes that train in no time."""
    make_little(monkeypatch)


def result(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "result.json").read_text())
    return found


def weights(folder: str) -> list[bytes]:
    return [network.parameters.tobytes() for network in Model.load(f"{folder}/model.wellfit").networks]


def test_the_ensemble_is_trained_on_all_rows(wellfit: Command, people: Path) -> None:
    fit = ("fit", people, "--target", "answer", *SEARCH)
    assert wellfit(*fit, "--out", "plain").code == 0
    done = wellfit(*fit, "--refit", "from_scratch", "--out", "again")
    assert done.code == 0, done.err
    assert "once more, on all rows" in done.out and "before they were trained on all rows" in done.out
    plain, again = result("plain"), result("again")
    assert (
        plain["estimate"]["cross_validated"] == again["estimate"]["cross_validated"]
        and plain["ensemble"] == again["ensemble"]
    )
    assert len(weights("plain")) == len(weights("again")) == again["refit"]["networks"]
    assert not set(weights("plain")) & set(weights("again"))
    said = wellfit("predict", "again/model.wellfit", people)
    assert "before the networks were trained on all rows" in said.err and said.code == 0


def test_a_replay_trains_the_same_networks_again(wellfit: Command, people: Path) -> None:
    fit = ("fit", people, "--target", "answer")
    done = wellfit(*fit, "--folds", 2, "--time", "4s", "--refit", "continue", "--out", "a")
    assert done.code == 0, done.err
    assert result("a")["refit"]["name"] == "continue"
    assert wellfit(*fit, "--replay", "a/result.json", "--out", "b").code == 0
    assert result("a")["record"]["refit"] == result("b")["record"]["refit"]
    assert weights("a") == weights("b")


def test_ctrl_c_keeps_the_ensemble_before(wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = ("fit", people, "--target", "answer", *SEARCH)
    assert wellfit(*fit, "--out", "plain").code == 0
    monkeypatch.setattr("wellfit.training.refit.on_all_rows.train_run", cut_off)
    done = wellfit(*fit, "--refit", "from_scratch", "--out", "cut")
    assert done.code == 130 and "on all rows was interrupted" in " ".join(done.out.split())
    assert weights("cut") == weights("plain")
    assert result("cut")["interrupted"] and "refit" not in result("cut")


def test_ctrl_c_while_choosing_leaves_what_was_trained(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    fit = ("fit", people, "--target", "answer", *SEARCH)
    with monkeypatch.context() as patch:
        patch.setattr(choice, "_selected", interrupted)
        done = wellfit(*fit, "--out", "cut")
    assert done.code == 130 and "--resume" in done.out and "cut/search" in done.out
    assert not Path("cut/model.wellfit").exists()
    assert wellfit(*fit, "--out", "cut", "--resume").code == 0
    assert wellfit(*fit, "--out", "whole").code == 0
    assert weights("cut") == weights("whole")
    assert result("cut")["record"]["search"] == result("whole")["record"]["search"]


@pytest.mark.parametrize(
    "options", [("--bootstrap", 2), ("--seeds", 2, "--folds", 2), ("--average", "median"), ("--target", "answer")]
)
def test_options_of_a_bag_say_that_nothing_is_searched_for(
    wellfit: Command, people: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[Any, ...]
) -> None:
    done = wellfit("fit", people, "--target", "income", "--time", "1s", *options, "--test", "none")
    assert done.code == 0, done.err
    name = "several targets" if options[0] == "--target" else options[0]
    notes = [note for note in result("wellfit-people")["notes"] if note.startswith("No search")]
    assert len(notes) == 1 and name in notes[0] and f"No search: {name}" in done.out


def test_with_a_recipe_no_search_is_mentioned(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit("fit", people, "--target", "income", "--recipe", quick, "--folds", 2, "--seeds", 2)
    assert done.code == 0 and "No search" not in done.out


def test_a_small_network_and_all_rows_exclude_each_other(wellfit: Command, people: Path) -> None:
    done = wellfit("fit", people, "--target", "answer", "--small", "--refit", "continue")
    assert done.code == 2 and "--small" in done.err and "--refit" in done.err
