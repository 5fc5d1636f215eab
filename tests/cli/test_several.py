"""Several targets through the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command
from wellfit import Model


@pytest.mark.parametrize("given", [("--target", "income", "--target", "answer"), ("--target", "income,answer")])
def test_two_targets_from_table_to_predictions(
    wellfit: Command, people: Path, quick: Path, given: tuple[str, ...]
) -> None:
    table = pl.read_csv(people).with_columns(
        pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise(pl.col("answer")).alias("answer")
    )
    table.write_csv(people)
    done = wellfit("fit", people, *given, "--recipe", quick, "--folds", 2, "--out", "out")
    assert done.code == 0, done.err
    for words in (
        "2 at once: income (numbers), answer (binary)",
        "income known in 270",
        "answer: ",
        "1-nearest-neighbour",
    ):
        assert words in done.out
    result = json.loads(Path("out/result.json").read_text())
    assert [(one["task"], one["on"]) for one in result["scores"]] == [
        ("income", "test"), ("answer", "test"), ("income", "cross-validation"), ("answer", "cross-validation"),
    ]  # fmt: skip
    assert result["scores"][0]["rows"] == 30 and result["scores"][1]["rows"] < 30
    assert result["target"]["tasks"][0] == {"name": "income", "kind": "numbers", "labels": 270}
    assert [task.name for task in Model.load("out/model.wellfit").tasks] == ["income", "answer"]
    assert wellfit("predict", "out/model.wellfit", people, "--out", "said.csv").code == 0
    said = pl.read_csv("said.csv")
    assert said.columns == [
        "income: prediction", "answer: prediction", "answer: probability_no", "answer: probability_yes",
    ]  # fmt: skip
    expected = Model.load("out/model.wellfit").predict(str(people))
    np.testing.assert_allclose(said["income: prediction"], expected["income"])
    assert (said["answer: prediction"].to_numpy() == expected["answer"]).all()


def test_without_a_test_each_target_is_measured_on_the_folds(wellfit: Command, people: Path, quick: Path) -> None:
    table = pl.read_csv(people).with_columns(
        pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise(pl.col("answer")).alias("answer")
    )
    table.write_csv(people)
    given = ("--target", "income,answer", "--test", "none", "--folds", 2, "--recipe", quick)
    done = wellfit("fit", people, *given, "--out", "out")
    assert done.code == 0, done.err
    assert "No row was held out" not in done.out
    scores = json.loads(Path("out/result.json").read_text())["scores"]
    assert [(one["task"], one["on"], one["rows"]) for one in scores] == [
        ("income", "cross-validation", table.height),
        ("answer", "cross-validation", table["answer"].is_not_null().sum()),
    ]
    assert [len(one["predictors"]) for one in scores] == [4, 4]


def test_a_kind_alone_is_that_of_all_targets(wellfit: Command, people: Path, quick: Path) -> None:
    given = ("--target", "income,household", "--task", "number", "--folds", 2, "--recipe", quick)
    done = wellfit("fit", people, *given, "--out", "out")
    assert done.code == 0, done.err
    assert [task.kind for task in Model.load("out/model.wellfit").tasks] == ["numbers", "numbers"]


def test_another_table_to_measure_on_and_kinds_by_name(wellfit: Command, people: Path, quick: Path) -> None:
    arguments = ("fit", people, "--target", "household,answer", "--recipe", quick, "--folds", 2)
    done = wellfit(*arguments, "--task", "household=count", "--test", people, "--out", "out")
    assert done.code == 0, done.err
    assert Model.load("out/model.wellfit").tasks[0].kind == "counts"
    for words, more in (
        ("--task takes COLUMN=KIND", ("--task", "amount")),
        ("twice", ("--target", "answer")),
        ("no column 'x'", ("--target", "x")),
        ("cannot be the column of --drop", ("--drop", "answer")),
    ):
        told = wellfit(*arguments, *more, "--out", "other")
        assert told.code == 2 and words in " ".join(told.err.split()), told.err
