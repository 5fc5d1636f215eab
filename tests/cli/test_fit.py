"""`wellfit fit` and `wellfit predict` on real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from tests.cli.conftest import Command
from wellfit import Model
from wellfit.arrays import Target
from wellfit.cli.baselines import baselines
from wellfit.cli.scores import score
from wellfit.cli.screen import clock, training_display
from wellfit.engine.population import MemberProgress, Progress


def test_classes_from_table_to_predictions(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--drop", "income", "--folds", 3)
    assert done.code == 0, done.err
    for words in (
        "2 classes",
        "category",
        "left out, as asked",
        "bag of 3 networks",
        "1-nearest-neighbour",
        "constant",
    ):
        assert words in done.out
    folder = Path("wellfit-people")
    assert sorted(path.name for path in folder.iterdir()) == ["history.parquet", "model.wellfit", "result.json"]
    result = json.loads((folder / "result.json").read_text())
    assert result["rows"] == {"training": 270, "test": 30, "test_source": "30 rows held out"}
    assert [line["name"] for line in result["scores"]][1:4] == ["constant", "linear", "1-nearest-neighbour"]
    assert len(result["members"]) == 3 and result["members"][0]["status"] == "finished"
    assert pl.read_parquet(folder / "history.parquet").height == 3 * 3
    predicted = wellfit("predict", folder / "model.wellfit", people, "--out", "said.csv")
    assert predicted.code == 0
    said = pl.read_csv("said.csv")
    assert said.columns == ["prediction", "probability_no", "probability_yes"]
    assert said.height == 300 and set(said["prediction"]) <= {"yes", "no"}
    np.testing.assert_allclose(said["probability_no"] + said["probability_yes"], 1, atol=1e-9)
    assert ((said["probability_yes"] > 0.5) == (said["prediction"] == "yes")).all()


def test_the_test_rows_are_seen_by_nothing(wellfit: Command, people: Path, quick: Path, tmp_path: Path) -> None:
    """Spoiling every feature of the test rows leaves the trained model as it was."""
    arguments = ("--target", "answer", "--recipe", quick, "--folds", 2, "--drop", "income")
    assert wellfit("fit", people, *arguments, "--out", "a").code == 0
    table = pl.read_csv(people)
    from wellfit.data import holdout, make_target

    test = holdout(make_target(table["answer"].to_numpy()), 0.1, 0, part="test").test
    spoilt = np.isin(np.arange(300), test)
    table = table.with_columns(
        pl.when(pl.Series(spoilt)).then(pl.lit(1e6)).otherwise(pl.col("age")).alias("age"),
        pl.when(pl.Series(spoilt)).then(pl.lit("Nowhere")).otherwise(pl.col("city")).alias("city"),
    )
    table.write_csv(tmp_path / "spoilt.csv")
    assert wellfit("fit", tmp_path / "spoilt.csv", *arguments, "--out", "b").code == 0
    a, b = Model.load("a/model.wellfit"), Model.load("b/model.wellfit")
    for one, other in zip(a.networks, b.networks, strict=True):
        assert np.array_equal(one.parameters, other.parameters)


def test_numbers_with_weights_groups_and_another_test_table(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit(
        "fit", people, "--target", "income", "--recipe", quick, "--weight", "weight", "--group", "household",
        "--test", people, "--out", "numbers", "--folds", 2,
    )  # fmt: skip
    assert done.code == 0, done.err
    result = json.loads(Path("numbers/result.json").read_text())
    assert result["rows"]["training"] == result["rows"]["test"] == 300
    assert {"RMSE", "1 - R2"} <= set(result["scores"][0])
    assert wellfit("predict", "numbers/model.wellfit", people, "--out", "said.parquet").code == 0
    assert pl.read_parquet("said.parquet").columns == ["prediction"]
    households = pl.read_csv(people)["household"]
    assert {"weight", "household"}.isdisjoint({c["column"] for c in result["columns"] if c["kind"] != "dropped"})
    assert households.n_unique() < 300


def test_without_test_rows_it_says_what_is_missing(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--test", "none", "--folds", 2)
    assert done.code == 0 and "test on no rows" in done.out
    assert json.loads(Path("wellfit-people/result.json").read_text())["rows"]["training"] == 300


def test_a_result_is_not_overwritten_unasked(wellfit: Command, people: Path, quick: Path) -> None:
    arguments = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    assert wellfit(*arguments).code == 0
    before = Path("wellfit-people/model.wellfit").read_bytes()
    again = wellfit(*arguments)
    assert again.code == 2 and "--overwrite" in again.err
    assert wellfit(*arguments, "--overwrite").code == 0
    assert Path("wellfit-people/model.wellfit").read_bytes() == before  # one seed, one result


def test_one_seed_one_result_on_any_number_of_threads(wellfit: Command, people: Path, quick: Path) -> None:
    arguments = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    for jobs in (1, 3):
        assert wellfit(*arguments, "--jobs", jobs, "--out", f"jobs{jobs}").code == 0
    assert wellfit(*arguments, "--seed", 1, "--out", "other").code == 0
    one, three, other = (Path(f"{name}/model.wellfit").read_bytes() for name in ("jobs1", "jobs3", "other"))
    assert one == three != other


def test_a_time_limit_ends_the_training(wellfit: Command, people: Path, tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_text("hidden = [8]\nepochs = 1000000\nbatch_size = 32\n")
    done = wellfit("fit", people, "--target", "answer", "--recipe", tmp_path / "long.toml", "--time", "2s")
    assert done.code == 0 and "The time limit ended 5 networks" in done.out


def test_ten_rows_train_a_fixed_number_of_epochs(wellfit: Command, tmp_path: Path, quick: Path) -> None:
    pl.DataFrame({"a": range(10), "b": [0.5, 3.0] * 5, "y": ["u", "v"] * 5}).write_csv(tmp_path / "tiny.csv")
    done = wellfit("fit", tmp_path / "tiny.csv", "--target", "y", "--recipe", quick)
    assert done.code == 0, done.err
    assert "fixed number of epochs" in done.out and "nothing was measured" in done.out


def test_ctrl_c_saves_what_there_is(people: Path, tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_text("hidden = [8]\nepochs = 1000000\nbatch_size = 32\n")
    command = [sys.executable, "-m", "wellfit", "fit", str(people), "--target", "answer", "--recipe", "long.toml"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen = ""
    while "Training 5 networks" not in seen and process.poll() is None:
        seen += process.stdout.readline()
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Interrupted: this is what there was." in out
    assert (tmp_path / "wellfit-people" / "model.wellfit").exists()


def test_the_recipe_commands(wellfit: Command, quick: Path, tmp_path: Path) -> None:
    shown = wellfit("recipe", "show")
    assert shown.code == 0 and "[optimizer]" in shown.out
    (tmp_path / "own.toml").write_text(shown.out)
    assert "changes 0 settings" in wellfit("recipe", "check", tmp_path / "own.toml").out
    assert "epochs:" in wellfit("recipe", "check", quick).out
    described = wellfit("recipe", "schema").out
    assert "nesterov" in described and "above 0" in described
    assert "properties" in json.loads(wellfit("recipe", "schema", "--json").out)


def test_the_command_is_installed() -> None:
    program = Path(sys.executable).with_name("wellfit")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0 and done.stdout.startswith("wellfit ")
    assert subprocess.run([program, "fit"], capture_output=True).returncode == 2


def test_scores_against_scikit_learn() -> None:
    from sklearn.metrics import log_loss, mean_squared_error, r2_score

    random = np.random.default_rng(0)
    w = random.uniform(0.1, 2, 60)
    truth = random.integers(0, 3, 60)
    p = random.dirichlet(np.ones(3), 60)
    classes = score(Target("classes", truth[:, None].astype(np.float32), (0, 1, 2)), p, w, interval=True)
    assert classes.values["log-loss"] == pytest.approx(log_loss(truth, p, sample_weight=w), rel=1e-6)
    assert classes.values["error rate"] == pytest.approx(np.average(p.argmax(1) != truth, weights=w))
    assert classes.interval is not None and classes.interval[0] < classes.values["error rate"] < classes.interval[1]
    y = random.normal(size=60).astype(np.float32)
    z = y + random.normal(size=60)
    numbers = score(Target("numbers", y[:, None]), z[:, None], w)
    assert numbers.values["RMSE"] ** 2 == pytest.approx(mean_squared_error(y, z, sample_weight=w), rel=1e-6)
    assert 1 - numbers.values["1 - R2"] == pytest.approx(r2_score(y, z, sample_weight=w), rel=1e-5)


def test_baselines_learn_what_they_can() -> None:
    from wellfit.arrays import Arrays
    from wellfit.recipe import Recipe

    random = np.random.default_rng(0)
    x = random.normal(size=(400, 3)).astype(np.float32)
    y = (3 * x[:, 0] - x[:, 1]).astype(np.float32)
    arrays = Arrays(x, np.zeros((400, 0), np.int32))
    w = np.ones(400, np.float32)
    constant, linear, nearest = baselines(
        arrays, Target("numbers", y[:, None]), w, arrays, Recipe(scaling="standard"), 0
    )
    assert np.allclose(constant.predicted, y.mean())
    assert np.mean((linear.predicted[:, 0] - y) ** 2) < 1e-3
    assert np.allclose(nearest.predicted[:, 0], y)  # its own nearest neighbour


def test_progress_is_shown_on_a_terminal_and_in_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    members = (
        MemberProgress("waiting", 50, 100, 5, 10, 0.25, 40),
        MemberProgress("finished", 100, 100, 10, 10, 0.5, 60),
    )
    progress = Progress(10.0, 60.0, members)
    terminal = Console(force_terminal=True, width=100, record=True, file=open(os.devnull, "w"))
    with terminal.file, training_display(terminal, ["fold 1", "fold 2"]) as observe:
        observe(progress)
    plain = Console(force_terminal=False, width=100, record=True, file=open(os.devnull, "w"))
    monkeypatch.setattr("wellfit.cli.screen.PLAIN_LINE_SECONDS", 0.0)
    with plain.file, training_display(plain, ["fold 1", "fold 2"]) as observe:
        observe(progress)
    assert "75% of the updates, 10s gone, about 3s left" in plain.export_text()
    assert clock(185) == "3m 05s"
