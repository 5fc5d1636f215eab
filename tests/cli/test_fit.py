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

from tests.cli.conftest import Command
from wellfit import Model


def test_classes_from_table_to_predictions(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--drop", "income", "--folds", 3)
    assert done.code == 0, done.err
    for words in (
        "2 classes",
        "category",
        "income: left out, as asked",
        "bag of 3 networks",
        "1-nearest-neighbour",
        "constant",
    ):
        assert words in done.out
    folder = Path("wellfit-people")
    assert sorted(path.name for path in folder.iterdir()) == [
        "history.parquet",
        "model.wellfit",
        "probes.parquet",
        "result.json",
    ]
    result = json.loads((folder / "result.json").read_text())
    assert result["rows"] == {"training": 270, "test": 30, "test_source": "30 rows set aside"}
    assert [one["on"] for one in result["scores"]] == ["test", "cross-validation"]
    names = [line["name"] for line in result["scores"][0]["predictors"]]
    assert names == ["bag of 3 networks", "constant", "linear", "1-nearest-neighbour"]
    low, high = result["scores"][0]["difference"]["networks_better_by"]["interval_95"]
    assert low < high and result["scores"][0]["effective_rows"] == 30
    assert result["scores"][0]["predictors"][0]["scores"]["error"]["better"] == "lower"
    assert result["options"]["folds"] == 3 and result["versions"]["numba"]
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
    from wellfit.tables import holdout, make_target

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
    assert list(result["scores"][0]["predictors"][0]["scores"]) == ["r2", "rmse"]
    assert result["target"]["column"] == "income" and result["target"]["minimum"] > 0
    assert wellfit("predict", "numbers/model.wellfit", people, "--out", "said.parquet").code == 0
    assert pl.read_parquet("said.parquet").columns == ["prediction"]
    households = pl.read_csv(people)["household"]
    assert {"weight", "household"}.isdisjoint({c["column"] for c in result["columns"] if c["kind"] != "dropped"})
    assert households.n_unique() < 300


def test_without_test_rows_everything_is_cross_validated(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--test", "none", "--folds", 2)
    assert done.code == 0 and "Test     none" in done.out and "test rows" not in done.out
    result = json.loads(Path("wellfit-people/result.json").read_text())
    assert result["rows"]["training"] == result["scores"][0]["rows"] == 300
    names = [line["name"] for line in result["scores"][0]["predictors"]]
    assert names == ["single networks", "constant", "linear", "1-nearest-neighbour"]


def test_counts(wellfit: Command, people: Path, quick: Path) -> None:
    done = wellfit("fit", people, "--target", "household", "--task", "count", "--recipe", quick, "--folds", 2)
    assert done.code == 0, done.err
    assert "Task     count, as given" in done.out
    assert wellfit("predict", "wellfit-people/model.wellfit", people, "--out", "said.tsv").code == 0
    assert pl.read_csv("said.tsv", separator="\t")["prediction"].min() > 0  # type: ignore[operator]


def test_a_result_is_not_overwritten_unasked(wellfit: Command, people: Path, quick: Path) -> None:
    arguments = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    assert wellfit(*arguments).code == 0
    before = Path("wellfit-people/model.wellfit").read_bytes()
    again = wellfit(*arguments)
    assert again.code == 2 and "--overwrite" in again.err
    assert wellfit(*arguments, "--overwrite").code == 0
    assert Path("wellfit-people/model.wellfit").read_bytes() == before  # one seed, one result
    assert sorted(os.listdir("wellfit-people")) == ["history.parquet", "model.wellfit", "probes.parquet", "result.json"]


def test_one_seed_one_result_on_any_number_of_threads(wellfit: Command, people: Path, quick: Path) -> None:
    arguments = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    for jobs in (1, 3):
        assert wellfit(*arguments, "--jobs", jobs, "--out", f"jobs{jobs}").code == 0
    assert wellfit(*arguments, "--seed", 1, "--out", "other").code == 0
    one, three, other = (Path(f"{name}/model.wellfit").read_bytes() for name in ("jobs1", "jobs3", "other"))
    assert one == three != other


def test_a_time_limit_ends_the_training(wellfit: Command, people: Path, tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_text("hidden = [8]\nepochs = 1000000\nbatch_size = 32\n")
    done = wellfit("fit", people, "--target", "answer", "--recipe", tmp_path / "long.toml", "--time", "1s")
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
    assert "Interrupted after " in out and "baselines were left out" in out
    assert (tmp_path / "wellfit-people" / "model.wellfit").exists()


def test_ctrl_c_that_an_import_turned_into_an_error_is_told_as_ctrl_c(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Python 3.11 does to one that comes while a class is made."""

    def fail(*_: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise RuntimeError("Error calling __set_name__") from error

    monkeypatch.setattr("wellfit.cli.job.show_columns", fail)
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick)
    assert (done.code, done.err) == (130, "wellfit: interrupted.\n")


def test_ctrl_c_before_training_leaves_nothing(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wellfit.cli.job.show_columns", interrupt)
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick)
    assert done.code == 130 and done.err == "wellfit: interrupted before there was anything to save.\n"
    assert not Path("wellfit-people").exists()


def test_ctrl_c_among_the_baselines_keeps_the_networks(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wellfit.training.measure.baselines", interrupt)
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick)
    assert done.code == 130 and "bag of 5 networks" in done.out and "baselines were left out" in done.out
    assert Path("wellfit-people/model.wellfit").exists()


def test_a_failure_while_writing_leaves_the_earlier_result(
    wellfit: Command, people: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    assert wellfit(*arguments).code == 0
    before = {path.name: path.read_bytes() for path in Path("wellfit-people").iterdir()}
    assert set(before) == {"model.wellfit", "result.json", "history.parquet", "probes.parquet"}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Model, "save", full)
    done = wellfit(*arguments, "--seed", 1, "--overwrite")
    assert done.code == 2 and "No space left on device" in done.err
    # What was trained stays too, for --resume.
    assert {path.name: path.read_bytes() for path in Path("wellfit-people").iterdir() if path.is_file()} == before
    assert Path("wellfit-people/training").is_dir()


def test_the_members_in_the_result_replay_the_run(wellfit: Command, people: Path, quick: Path) -> None:
    """Recipe, seed and views in result.json say what was trained: the same command gives the same history."""
    for out in ("a", "b"):
        assert wellfit("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--out", out).code == 0
    assert pl.read_parquet("a/history.parquet").equals(pl.read_parquet("b/history.parquet"))
    members = json.loads(Path("a/result.json").read_text())["members"]
    assert [member["view"] for member in members] == ["fold 1", "fold 2"]
    assert all(member["updates"] == 15 and member["by"] == "own end" for member in members)


def test_predictions_are_printed_without_a_file(wellfit: Command, people: Path, quick: Path) -> None:
    assert wellfit("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2, "--out", "m").code == 0
    printed = wellfit("predict", "m/model.wellfit", people)
    assert printed.code == 0 and printed.out.startswith("prediction,probability_no,probability_yes\n")
    model = Model.load("m/model.wellfit")
    read = pl.read_csv(printed.out.encode())
    assert np.array_equal(read["prediction"].to_numpy(), model.predict(str(people)))
    assert np.array_equal(read["probability_yes"].to_numpy(), model.predict_proba(str(people))[:, 1])
    assert wellfit("predict", "m/model.wellfit", people, "--out", "said.csv.gz").code == 0
    assert pl.read_csv("said.csv.gz").equals(read)


def test_a_bag_of_bootstrap_samples(wellfit: Command, people: Path, quick: Path) -> None:
    arguments = ("fit", people, "--target", "answer", "--recipe", quick, "--bootstrap", 3, "--seeds", 2)
    done = wellfit(*arguments, "--average", "logits")
    assert done.code == 0, done.err
    assert "bag of 6 networks" in done.out and "training rows, out of bag:" in done.out
    result = json.loads(Path("wellfit-people/result.json").read_text())
    assert [one["on"] for one in result["scores"]] == ["test", "out-of-bag"]
    assert [(m["view"], m["seed"]) for m in result["members"][:3]] == [
        ("sample 1", 0),
        ("sample 1", 1),
        ("sample 2", 0),
    ]
    model = Model.load("wellfit-people/model.wellfit")
    assert model.average == "logits" and len(model.networks) == 6 and not model.score_sentence
    untested = wellfit(*arguments, "--test", "none", "--out", "untested")
    assert untested.code == 0 and "part of the bag" in untested.out


@pytest.mark.parametrize("way", ["from_scratch", "continue"])
def test_training_once_more_on_all_rows(wellfit: Command, people: Path, quick: Path, way: str) -> None:
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--folds", 3, "--refit", way)
    assert done.code == 0, done.err
    assert "Training once more, on all rows." in done.out
    result = json.loads(Path("wellfit-people/result.json").read_text())
    model = Model.load("wellfit-people/model.wellfit")
    assert result["refit"]["name"] == model.info["refit"]["name"] == way
    losses = [member["best_validation_loss"] for member in result["members"]]
    assert result["cross_validation"][0]["loss"]["mean"] == pytest.approx(np.mean(losses), rel=1e-6)
    said = wellfit("predict", "wellfit-people/model.wellfit", people)
    assert said.code == 0 and "Expected of this model: error rate " in said.err
    assert f"log-loss {np.mean(losses):.4f} (95 % interval" in said.err


def test_the_default_of_practice(wellfit: Command, people: Path) -> None:
    shown = wellfit("recipe", "practice", "--hidden", "8,8,8,8,8")
    assert shown.code == 0 and 'name = "batch"' in shown.out and 'name = "he_normal"' in shown.out
    assert wellfit("recipe", "show", "practice").out == wellfit("recipe", "practice").out
    Path("practice.toml").write_text(shown.out.replace("epochs = 64", "epochs = 1"))
    done = wellfit("fit", people, "--target", "answer", "--recipe", "practice.toml", "--folds", 2)
    assert done.code == 0, done.err
    assert "takes whole numbers" in wellfit("recipe", "practice", "--hidden", "many").err


def test_options_that_do_not_go_together(wellfit: Command, people: Path, quick: Path) -> None:
    fit = ("fit", people, "--target", "answer", "--recipe", quick)
    assert "give one of the two" in wellfit(*fit, "--folds", 3, "--bootstrap", 3).err
    assert "averaged by mean, logits, majority; got 'median'" in wellfit(*fit, "--average", "median").err
    assert "got 'again'" in wellfit(*fit, "--refit", "again").err
    assert not Path("wellfit-people").exists()


def test_what_is_said_of_the_kept_epoch_is_true(wellfit: Command, people: Path, quick: Path) -> None:
    """A rule that counts updates keeps the last weights, and its run is no number of epochs of the recipe."""
    quick.write_text(quick.read_text() + 'snapshots = {name = "spaced", count = 2}\n'
                     + '[stopping]\nname = "updates"\nupdates = 25\n')  # fmt: skip
    done = wellfit("fit", people, "--target", "answer", "--recipe", quick, "--folds", 2)
    assert done.code == 0, done.err
    said = " ".join(done.out.split())  # 135 rows in batches of 32 make 5 updates an epoch
    assert "the weights kept are those after epoch 5 of 5." in said and "at their best" not in said
    assert "Note: The recipe takes snapshots, and this bag holds the kept weights instead" in said
