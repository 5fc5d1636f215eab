"""`wellfit predict`, `evaluate` and `info`: what a saved model says of a table and of itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import wellfit as library
from tests.cli.conftest import Command
from tests.cli.test_bad_input import assert_refused
from wellfit.statistics.metrics import metric_of
from wellfit.tables import make_target

ROWS = 120
RANDOM = np.random.default_rng(0)
COLUMNS: dict[str, Any] = {
    "x": RANDOM.uniform(0, 100, ROWS).round(1),
    "color": [("red", "green", "blue")[k % 3] for k in range(ROWS)],
}
WORTH = (COLUMNS["x"] / 10 + RANDOM.normal(0, 1, ROWS)).round(2)
ANSWER = ["yes" if x > 50 else "no" for x in COLUMNS["x"]]
RECIPE = library.Recipe(hidden=(6,), epochs=30, batch_size=20)


def saved(folder: Path, y: Any, **info: Any) -> Path:
    """A model of the columns, in a file."""
    model = library.train(RECIPE, COLUMNS, y)[0].model
    path = folder / f"{info.get('target', 'several')}.wellfit"
    library.Model(
        model.schema, model.kind, model.labels, model.networks, info={"table": "train.csv", "seed": 0, **info}
    ).save(path)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of a class, of a number, and of both."""
    folder = tmp_path_factory.mktemp("models")
    saved(folder, ANSWER, target="answer", versions={"wellfit": "1.2"})
    saved(folder, WORTH, target="worth", cross_validated_estimate={"metric": "rmse", "mean": 1.5, "interval_95": None})
    saved(folder, {"answer": ANSWER, "worth": WORTH})
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The training rows, with both targets."""
    path = tmp_path / "later.csv"
    pl.DataFrame({**COLUMNS, "answer": ANSWER, "worth": WORTH}).write_csv(path)
    return path


def test_a_stray_is_a_missing_cell_with_a_note(wellfit: Command, models: Path) -> None:
    Path("new.csv").write_text("x,color,more\nmany,red,1\n30,RED,1\ninf,teal,1\n")
    done = wellfit("predict", models / "answer.wellfit", "new.csv")
    assert done.code == 0 and len(done.out.splitlines()) == 4
    assert done.out.startswith("prediction,") and "Note" not in done.out
    notes = [line for line in done.err.splitlines() if line.startswith("Note: ")]
    assert len(notes) == 3
    assert "2 of 3 cells cannot be read as a number ('many', 'inf')" in done.err
    assert "2 of its 3 values were not seen" in done.err and "'RED' for 'red'" in done.err
    assert "Not read, since training had no such column: 'more'." in done.err
    Path("empty.csv").write_text("x,color\n,red\n30,red\n,teal\n")
    empty = wellfit("predict", models / "answer.wellfit", "empty.csv")
    assert empty.out.splitlines()[1] == done.out.splitlines()[1]  # a stray predicts as a missing cell does


def test_a_table_like_training_has_no_notes(wellfit: Command, models: Path, table: Path) -> None:
    done = wellfit("predict", models / "worth.wellfit", table, "--out", "said.csv")
    assert done.code == 0 and done.out == ""
    assert "Note" not in done.err.replace("Note: Not read, since training had no such column: 'answer'.", "")


def test_nothing_that_is_read_is_written_over(wellfit: Command, models: Path, table: Path) -> None:
    model, before = models / "answer.wellfit", table.read_bytes()
    os.link(table, "hard.csv")
    Path("soft.csv").symlink_to(table)
    Path("model.csv").symlink_to(model)
    (table.parent / "sub").mkdir()
    for out in (table, "later.csv", "sub/../later.csv", "hard.csv", "soft.csv"):
        assert_refused(wellfit("predict", model, table, "--out", out), "table that is predicted", str(out))
    assert_refused(wellfit("predict", model, table, "--out", "model.csv"), "the model")
    assert_refused(wellfit("predict", model, "soft.csv", "--out", table), "table that is predicted")
    assert table.read_bytes() == before and library.Model.load(model)
    Path("onnx.onnx").symlink_to(model)
    assert_refused(wellfit("export", model, "onnx.onnx"), "the model")


def test_evaluate_measures_what_predict_predicts(wellfit: Command, models: Path, table: Path) -> None:
    model = models / "answer.wellfit"
    done = wellfit("evaluate", model, table, "--json")
    assert done.code == 0, done.err
    (found,) = json.loads(done.out)["targets"]
    assert (found["target"], found["rows"], found["left_out"]) == ("answer", ROWS, {})
    predicted = np.array(library.Model.load(model).predict(str(table)))
    error = found["scores"]["error"]
    assert error["mean"] == pytest.approx(np.mean(predicted != np.array(ANSWER)), abs=1e-9)
    assert error["interval_95"][0] <= error["mean"] <= error["interval_95"][1]
    shown = wellfit("evaluate", model, table, "--metric", "AUC").out
    assert "answer, on 120 rows of" in shown and "AUC" in shown and "log-loss" not in shown
    assert_refused(wellfit("evaluate", model, table, "--metric", "rmse"), "rmse", "log_loss")
    pl.DataFrame({**COLUMNS, "answer": ANSWER, "g": [*"aa", None, *"b" * (ROWS - 3)]}).write_csv("gap.csv")
    refused = wellfit("evaluate", model, "gap.csv", "--group", "g")
    assert refused.code == 2 and "The groups must be known in every row, and row 3 has none" in refused.err


def test_evaluate_leaves_rows_out_and_says_so(wellfit: Command, models: Path) -> None:
    answers: list[Any] = list(ANSWER)
    answers[0], answers[1], answers[2] = None, "perhaps", "Yes"
    weights = [0.0] * 10 + [2.0] * 20 + [1.0] * (ROWS - 30)
    pl.DataFrame({**COLUMNS, "answer": answers, "w": weights}).write_csv("later.csv")
    done = wellfit("evaluate", models / "answer.wellfit", "later.csv", "--weight", "w", "--json")
    (found,) = json.loads(done.out)["targets"]
    assert found["rows"] == ROWS - 10 and found["left_out"]["have no target"] == 1
    assert any("'perhaps', 'Yes'" in why and count == 2 for why, count in found["left_out"].items())
    model = library.Model.load(models / "answer.wellfit")
    kept = slice(10, None)
    predicted = model.predict_proba({name: list(cells[kept]) for name, cells in COLUMNS.items()})
    target = make_target(ANSWER[kept], labels=model.labels)
    score = metric_of("log_loss", "binary").score(target, predicted, np.array(weights[kept]))
    assert found["scores"]["log_loss"]["mean"] == pytest.approx(score, abs=1e-6)
    assert found["effective_rows"] == pytest.approx((2 * 20 + ROWS - 30) ** 2 / (4 * 20 + ROWS - 30), rel=0.05)
    shown = wellfit("evaluate", models / "answer.wellfit", "later.csv", "--weight", "w").out
    assert f"With their uneven weights the rows tell as much as {found['effective_rows']:.1f} equal ones." in shown
    shown = wellfit("evaluate", models / "answer.wellfit", "later.csv").out
    assert "Left out: 1 row that has no target." in shown and "Left out: 2 rows that have a class" in shown
    pl.DataFrame({**COLUMNS, "answer": ["Ja", "Nej"] * 60}).write_csv("other.csv")
    assert_refused(wellfit("evaluate", models / "answer.wellfit", "other.csv"), "'Ja'", "'no', 'yes'")
    pl.DataFrame(COLUMNS).write_csv("none.csv")
    assert_refused(wellfit("evaluate", models / "answer.wellfit", "none.csv"), "'answer'")


def test_evaluate_reads_targets_and_weights_as_training_does(wellfit: Command, models: Path, tmp_path: Path) -> None:
    worth = [f"{value:.2f}".replace(".", ",") for value in WORTH]
    worth[3] = "unclear"
    weights = ["0,5", "1,5"] * 60
    pl.DataFrame({**COLUMNS, "worth": worth, "w": weights}).write_csv("later.csv")
    done = wellfit("evaluate", models / "worth.wellfit", "later.csv", "--weight", "w", "--json")
    (found,) = json.loads(done.out)["targets"]
    assert found["left_out"] == {"have no number ('unclear')": 1}
    kept = np.arange(ROWS) != 3
    predicted = np.asarray(library.Model.load(models / "worth.wellfit").predict(COLUMNS))[kept]
    squares, weight = (predicted - WORTH[kept]) ** 2, np.array([0.5, 1.5] * 60)[kept]
    assert found["scores"]["rmse"]["mean"] == pytest.approx(np.sqrt(np.average(squares, weights=weight)), rel=1e-5)
    codes = saved(tmp_path, [int(x > 50) for x in COLUMNS["x"]], target="code")
    pl.DataFrame({**COLUMNS, "code": [None, *(int(x > 50) for x in COLUMNS["x"][1:])]}).write_csv("codes.csv")
    (of_codes,) = json.loads(wellfit("evaluate", codes, "codes.csv", "--json").out)["targets"]
    assert of_codes["rows"] == ROWS - 1 and of_codes["left_out"] == {"have no target": 1}


def test_evaluate_several_targets(wellfit: Command, models: Path) -> None:
    worth: list[Any] = [None, *WORTH[1:]]
    pl.DataFrame({**COLUMNS, "answer": ANSWER, "worth": worth}).write_csv("later.csv")
    done = wellfit("evaluate", models / "several.wellfit", "later.csv", "--json")
    assert done.code == 0, done.err
    found = {one["target"]: one for one in json.loads(done.out)["targets"]}
    assert {name: one["rows"] for name, one in found.items()} == {"answer": ROWS, "worth": ROWS - 1}
    assert set(found["worth"]["scores"]) == {"r2", "rmse", "mae"}


def test_evaluate_draws_what_it_measures(wellfit: Command, models: Path, table: Path) -> None:
    done = wellfit("evaluate", models / "several.wellfit", table, "--figures", "new/seen", "--format", "json", "--json")
    assert done.code == 0, done.err
    files = [Path(name) for name in json.loads(done.out)["figures"]]
    assert sorted(files) == sorted(Path("new/seen").iterdir())
    names = {path.stem for path in files}
    assert {"answer-reliability", "answer-confusion", "worth-residuals", "worth-importance"} <= names
    spec = json.loads(Path("new/seen/answer-importance.json").read_text())
    assert spec["title"]["text"][0].startswith("answer: Columns by importance")
    done = wellfit("evaluate", models / "worth.wellfit", table, "--figures", "seen")
    assert done.code == 0 and "figures to seen" in done.err and "figure" not in done.out
    assert Path("seen/residuals.svg").read_text().startswith("<svg")
    assert_refused(wellfit("evaluate", models / "worth.wellfit", table, "--format", "png"), "--figures FOLDER")
    refused = ("--figures", "other", "--format", "pdf")
    assert_refused(wellfit("evaluate", models / "worth.wellfit", table, *refused), "'pdf'")
    assert_refused(wellfit("evaluate", models / "worth.wellfit", table, "--figures", table), "is a file")
    assert not Path("other").exists()


def test_evaluate_images(wellfit: Command, tmp_path: Path) -> None:
    images, labels = RANDOM.integers(0, 255, (40, 4, 4)).astype(np.uint8), np.array([0, 1] * 20, np.uint8)
    library.train(RECIPE, images, labels, kind="class")[0].model.save("images.wellfit")
    for name, array in (("images.idx", images), ("labels.idx", labels)):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        Path(name).write_bytes(head + array.tobytes())
    (found,) = json.loads(wellfit("evaluate", "images.wellfit", "images.idx", "--target", "labels.idx", "--json").out)[
        "targets"
    ]
    assert found["rows"] == 40 and 0 <= found["scores"]["error"]["mean"] <= 1
    assert_refused(wellfit("evaluate", "images.wellfit", "images.idx"), "--target FILE")
    assert_refused(wellfit("evaluate", "images.wellfit", "images.idx", "--target", "images.idx"), "40 images")


def test_info_says_what_a_model_is(wellfit: Command, models: Path) -> None:
    shown = wellfit("info", models / "answer.wellfit")
    assert shown.code == 0, shown.err
    for words in (
        "answer: a class, one of 2: no, yes",
        "kB",
        "none is kept",
        "wellfit 1.2",
        "on train.csv",
        "Networks 1",
    ):
        assert words in shown.out
    for words in ("color", "blue, green, red", "100.0%", "hidden 6", "0.3 to 99.7", "the usual marks"):
        assert words in shown.out
    told = json.loads(wellfit("info", models / "worth.wellfit", "--json").out)
    assert told["kind"] == "numbers" and "1.5" in told["score"] and told["target"] == "worth"
    assert [one["networks"] for one in told["networks"]] == [1]
    assert told["bytes"] == (models / "worth.wellfit").stat().st_size
    assert [(one["column"], one["kind"]) for one in told["columns"]] == [("x", "number"), ("color", "category")]
    several = wellfit("info", models / "several.wellfit").out
    assert "answer: a class" in several and "worth: a number" in several
    assert_refused(wellfit("info", "nothing.wellfit"), "nothing.wellfit")


def test_info_of_the_system_names_what_a_report_of_a_fault_needs(wellfit: Command, models: Path) -> None:
    shown = wellfit("info", "--system")
    assert shown.code == 0
    for word in ("Python", "numpy", "cores", "products", "kernels"):
        assert word in shown.out
    assert set(json.loads(wellfit("info", "--system", "--json").out)) >= {"processor", "products"}
    assert_refused(wellfit("info"), "either a model file or --system")
    assert_refused(wellfit("info", str(models / "answer.wellfit"), "--system"), "either a model file or --system")
