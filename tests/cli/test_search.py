"""`wellfit fit` without a recipe: the search on real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from wellfit import Model

SEARCH = ("--budget", 600, "--folds", 2)


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes that train in no time."""
    make_little(monkeypatch)


def result(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "result.json").read_text())
    return found


def test_from_table_to_ensemble(wellfit: Command, people: Path) -> None:
    done = wellfit("fit", people, "--target", "answer", "--drop", "income", *SEARCH)
    assert done.code == 0, done.err
    for words in (
        "Searching with 600 updates",
        "The ensemble:",
        "hidden ",
        "held-out log-loss",
        "constant",
        "Estimated by cross-validation: log-loss ",
    ):
        assert words in done.out
    folder = Path("wellfit-people")
    assert sorted(path.name for path in folder.iterdir()) == [
        "history.parquet",
        "model.wellfit",
        "probes.parquet",
        "result.json",
    ]
    found = result("wellfit-people")
    assert found["estimate"]["better"] == found["estimate"]["held_out"]["error"]["better"] == "lower"
    assert found["metric"] == "log_loss" and not found["interrupted"]
    assert abs(sum(part["weight"] for part in found["ensemble"]) - 1) < 1e-9
    assert len(found["record"]["search"]["candidates"]) >= 2
    assert 300 < sum(member["updates"] for member in found["members"]) < 900
    model = Model.load(folder / "model.wellfit")
    assert len(model.networks) == sum(part["networks"] for part in found["ensemble"])
    assert pl.read_parquet(folder / "history.parquet")["member"].n_unique() == len(found["members"])


def test_the_test_score_is_the_models_own(wellfit: Command, people: Path) -> None:
    """The figure beside the estimate, computed again from the saved model on another table."""
    options = ("--target", "income", "--metric", "mae", "--test", people, *SEARCH)
    assert wellfit("fit", people, *options, "--out", "a").code == 0
    model, table = Model.load("a/model.wellfit"), pl.read_csv(people)
    errors = np.abs(model.predict(people) - table["income"].to_numpy())
    estimate = result("a")["estimate"]
    assert estimate["metric"] == "mae" and estimate["test"]["mean"] == pytest.approx(errors.mean(), rel=1e-6)
    low, high = estimate["test"]["interval_95"]
    assert low < errors.mean() < high


def test_a_budget_gives_the_same_on_any_number_of_threads(wellfit: Command, people: Path) -> None:
    for jobs in (1, 2):
        options = ("--target", "answer", "--jobs", jobs, *SEARCH)
        assert wellfit("fit", people, *options, "--out", f"on{jobs}").code == 0
    one, two = (Model.load(f"on{jobs}/model.wellfit") for jobs in (1, 2))
    assert len(one.networks) == len(two.networks)
    assert np.array_equal(np.asarray(one.weights), np.asarray(two.weights))
    for a, b in zip(one.networks, two.networks, strict=True):
        assert np.array_equal(a.parameters, b.parameters)
    assert result("on1")["record"]["search"] == result("on2")["record"]["search"]


def test_replay_repeats_a_search_by_the_clock(wellfit: Command, people: Path) -> None:
    options = ("fit", people, "--target", "answer", "--group", "household")
    done = wellfit(*options, "--time", "4s", "--seed", 3, "--folds", 3, "--metric", "auc", "--out", "a")
    assert done.code == 0, done.err
    again = wellfit(*options, "--replay", "a/result.json", "--out", "b", "--jobs", 1)
    assert again.code == 0, again.err
    assert result("b")["metric"] == "auc" and result("b")["seed"] == 3
    assert Path("a/history.parquet").exists()
    one, two = Model.load("a/model.wellfit"), Model.load("b/model.wellfit")
    assert np.array_equal(one.predict_proba(people), two.predict_proba(people))
    assert [a.parameters.tobytes() for a in one.networks] == [b.parameters.tobytes() for b in two.networks]
    assert result("a")["ensemble"] == result("b")["ensemble"]


def refused(done: Any, *words: str) -> None:
    assert done.code == 2 and done.err.count("\n") == 1, done.err
    for word in words:
        assert word in done.err
    assert not Path("out").exists()


def test_options_that_do_not_go_together(wellfit: Command, people: Path, quick: Path) -> None:
    fit = ("fit", people, "--target", "income", "--out", "out")
    refused(wellfit(*fit, "--time", "0s"), "30s")
    refused(wellfit(*fit, "--time", "5s", "--budget", 5), "--time", "--budget")
    refused(wellfit(*fit, "--budget", 0), "--budget")
    refused(wellfit(*fit, "--metric", "auc"), "auc", "rmse")
    refused(wellfit(*fit, "--metric", "auc", "--recipe", quick), "--metric", "--recipe")
    refused(wellfit(*fit, "--budget", 500, "--bootstrap", 2), "--budget", "--bootstrap")
    refused(wellfit(*fit, "--budget", 500, "--target", "answer"), "--budget", "several targets")


def test_replays_that_cannot_be(wellfit: Command, people: Path, tmp_path: Path, quick: Path) -> None:
    fit = ("fit", people, "--target", "answer", "--out", "out")
    assert wellfit("fit", people, "--target", "answer", *SEARCH, "--out", "a").code == 0
    replay = ("--replay", "a/result.json")
    refused(wellfit(*fit, *replay, "--time", "5s"), "--time")
    refused(wellfit(*fit, *replay, "--seed", 4), "--seed")
    refused(wellfit(*fit, *replay, "--drop", "age"), "other columns")
    refused(wellfit("fit", people, "--target", "city", "--out", "out", *replay), "another target")
    other = pl.read_csv(people).with_columns(pl.col("age") + 1)
    other.write_csv("other.csv")
    refused(wellfit("fit", "other.csv", "--target", "answer", "--out", "out", *replay), "other rows")
    whole = Path("a/result.json").read_text()
    for name, text in (("cut", whole[: len(whole) // 2]), ("list", "[]"), ("bare", '{"record": {"search": {}}}')):
        Path(f"{name}.json").write_text(text)
        refused(wellfit(*fit, "--replay", f"{name}.json"), f"{name}.json")
    damaged = json.loads(whole)
    damaged["record"]["search"]["rounds"][0]["until"][0][0] = 999
    Path("damaged.json").write_text(json.dumps(damaged))
    refused(wellfit(*fit, "--replay", "damaged.json"), "whole search")
    assert wellfit("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--out", "bag").code == 0
    refused(wellfit(*fit, "--replay", "bag/result.json"), "no search")
