"""The file of results of benchmarks/accuracy.py: what is there is not run again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from accuracy import package_and_path
from accuracy_data import Task, read_task, write_task
from accuracy_fit import own_words
from accuracy_frames import Coded, Frames
from accuracy_runs import append_line, read_lines, run_all, seconds_of, to_run
from accuracy_systems import interpreter, missing_packages
from sklearn.linear_model import LogisticRegression

from wellfit.statistics.intervals import Estimate


def job(task: str, seed: int = 0, limit: float | None = None, **more: Any) -> dict[str, Any]:
    return {"task": task, "system": "linear", "seed": seed, "time_limit": limit, "threads": 1, **more}


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200)])
def test_times_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["0", "-1s", "soon", "inf", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time|float"):
        seconds_of(text)


def test_only_what_has_no_line_is_run() -> None:
    jobs = [job("a"), job("a", seed=1), job("b"), job("a", limit=60.0)]
    lines = [{"task": "a", "system": "linear", "seed": 0, "error": 0.1}, {**job("b"), "failed": "no"}]
    assert to_run(jobs, lines) == [jobs[1], jobs[3]]
    assert to_run(jobs, lines, retry=True) == jobs[1:]
    assert to_run(jobs, [*lines, {**job("b"), "error": 0.2}], retry=True) == [jobs[1], jobs[3]]


def test_a_line_that_a_crash_cut_short_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lines.jsonl"
    assert read_lines(path) == []
    append_line(path, {"task": "a"})
    append_line(path, {"task": "b"})
    whole = path.read_bytes()
    for length in range(len(whole) // 2 + 1, len(whole)):
        path.write_bytes(whole[:length])
        assert read_lines(path) == [{"task": "a"}]
        append_line(path, {"task": "c"})
        assert read_lines(path) == [{"task": "a"}, {"task": "c"}]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one task whose class is its text column."""
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    word = rng.choice(["low", "high"], 80)
    table = pd.DataFrame({"word": word, "number": rng.normal(size=80), "answer": np.where(word == "low", "no", "yes")})
    table.to_csv(folder / "table.csv", index=False)
    task = {"file": "table.csv", "target": "answer", "kind": "class", "drop": []}
    (folder / "tasks.json").write_text(json.dumps({"words": task}))
    return folder


def test_fits_run_in_processes_of_their_own_and_leave_a_line_each(data: Path, tmp_path: Path) -> None:
    out, rows = tmp_path / "lines.jsonl", tmp_path / "rows.npz"
    jobs = [job(task, data=str(data), rows=str(rows)) for task in ("words", "unknown")]
    run_all(to_run(jobs, read_lines(out)), out, give_up=60)
    good, bad = read_lines(out)
    assert (good["error"], good["train_rows"], good["test_rows"], good["auc"]) == (0.0, 60, 20, 1.0)
    assert 0 < good["core_seconds"] < good["process_seconds"]
    assert good["versions"]["sklearn"]
    assert bad["failed"] == "KeyError: 'unknown'"
    with np.load(rows) as found:
        assert found["wrong"].tolist() == [False] * 20
        assert found["log_loss"].mean() == pytest.approx(good["log_loss"])
    assert to_run(jobs, read_lines(out)) == []


def test_a_fit_that_takes_too_long_is_stopped(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "lines.jsonl"
    run_all([job("words", data=str(data))], out, give_up=0.01)
    assert read_lines(out)[0]["failed"] == "stopped after 0.01 s"


class Searched:
    """What a search leaves on its estimator."""

    record_: ClassVar = {"seconds": {"training": 3.5, "waiting": 0.5, "by round": [1, 2]}, "search": {}}
    estimate_ = Estimate(0.5, 0.4, 0.6)


def test_what_a_search_says_of_itself_goes_into_the_line() -> None:
    assert own_words(Searched()) == {
        "seconds_on": {"training": 3.5, "waiting": 0.5},
        "estimate": {"mean": 0.5, "interval_95": [0.4, 0.6]},
    }
    assert own_words(object()) == {}


FRAME = pd.DataFrame({"a [m]": [1.0, np.nan, 4.0, 3.0], "b": ["x", "y", None, "x"], "c": [1, 2, 3, 4]})


def test_frames_keep_what_training_knew() -> None:
    new = pd.DataFrame({"a [m]": [np.nan, 2.0], "b": ["z", "y"], "c": [5, 6]})
    frames = Frames().fit(FRAME)
    assert frames.transform(FRAME)["f1"].cat.categories.tolist() == ["x", "y"]
    assert frames.transform(new)["f1"].isna().tolist() == [True, False]
    codes = Frames("codes").fit(FRAME).transform(new)
    np.testing.assert_array_equal(codes, [[np.nan, np.nan, 5], [2, 1, 6]])
    assert Frames("words").fit(FRAME).transform(FRAME)["f1"].tolist() == ["x", "y", "missing", "x"]
    assert Frames(most_categories=1).fit(FRAME).transform(new)["f1"].isna().all()
    assert Frames.text_columns(FRAME) == ["f1"]


def test_missing_numbers_become_the_median_of_training_with_an_indicator() -> None:
    new = pd.DataFrame({"a [m]": [np.nan, 2.0], "b": ["z", "y"], "c": [5, np.nan]})
    found = Frames(impute=True).fit(FRAME).transform(new)
    assert found["f0"].tolist() == [3.0, 2.0]
    assert found["f0_missing"].tolist() == [1.0, 0.0]
    assert found["f2"].tolist() == [5.0, 2.5]
    assert "f2_missing" not in found


def test_a_coded_classifier_keeps_the_names_of_the_classes() -> None:
    x = np.arange(8.0)[:, None]
    y = np.where(x[:, 0] < 4, "b", "a")
    model = Coded(LogisticRegression()).fit(x, y)
    assert model.predict(x).tolist() == y.tolist()
    assert model.classes_.tolist() == ["a", "b"]
    assert (model.predict_proba(x)[:4, 1] > 0.5).all()


def test_another_interpreter_reads_what_this_one_wrote(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "lines.jsonl"
    run_all([job("words", data=str(data), python=sys.executable)], out, give_up=60)
    assert (read_lines(out)[0]["error"], read_lines(out)[0]["auc"]) == (0.0, 1.0)


def test_a_written_task_is_read_as_it_was(tmp_path: Path) -> None:
    X = FRAME.assign(b=FRAME["b"].astype(object), d=pd.Series([np.nan, "1", "2", None], dtype=object))
    for is_class, y in ((True, np.array(["u", "v", "u", "v"])), (False, np.array([0.1, 1 / 3, 1e300, -2.0]))):
        write_task(Task("table", is_class, X, y, X[:2], y[:2]), tmp_path / "task.json")
        found = read_task(tmp_path / "task.json")
        assert found[:2] == ("table", is_class)
        pd.testing.assert_frame_equal(found.X, X)
        pd.testing.assert_frame_equal(found.X_test, X[:2])
        assert (found.y.tolist(), found.y_test.tolist()) == (y.tolist(), y[:2].tolist())


def test_packages_are_looked_for_where_the_system_runs() -> None:
    pythons = {"sklearn": sys.executable}
    assert interpreter("linear", pythons) == sys.executable
    assert interpreter("wellfit", pythons) is None
    assert missing_packages("linear", sys.executable) == []
    assert missing_packages("flaml", sys.executable) == missing_packages("flaml")


def test_an_interpreter_is_named_with_its_package(tmp_path: Path) -> None:
    assert package_and_path(f"flaml={sys.executable}") == ("flaml", sys.executable)
    for text in ("flaml", sys.executable, f"flaml={tmp_path / 'none'}"):
        with pytest.raises(argparse.ArgumentTypeError, match="PACKAGE=PATH"):
            package_and_path(text)
