"""`wellfit fit --leave-out` and `--keep-together`: rows named in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command
from wellfit.cli.options import FitOptions
from wellfit.cli.prepare import prepare
from wellfit.diagnosis.examination import every_rule


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """100 rows, each with its number."""
    random = np.random.default_rng(0)
    path = tmp_path / "t.csv"
    pl.DataFrame({"a": random.normal(size=100), "b": random.normal(size=100)}).with_columns(
        y=pl.Series(random.choice(["u", "v"], 100))
    ).write_csv(path)
    return path


def prepared(table: Path, **more: Any) -> Any:
    """What is trained and tested on."""
    given: dict[str, Any] = {
        "table": str(table), "target": "y", "targets": ("y",), "recipe": None, "folds": None, "bootstrap": None,
        "seeds": 1, "average": "mean", "refit": "none", "time": None, "seed": 0, "task": None, "drop": (), "kind": (),
        "weight": None, "group": None, "test": None, "test_target": None, "jobs": None, "out": None,
        "overwrite": False,
    }  # fmt: skip
    return prepare(FitOptions(**given | more))


def test_rows_that_are_left_out_have_no_weight_where_they_would_train(table: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    pl.DataFrame({"row": list(range(30))}).write_csv(file)
    plain, less = prepared(table), prepared(table, leave_out=file)
    assert np.array_equal(less.train.weight == 0, np.isin(less.train.numbers, np.arange(30)))
    assert np.array_equal(less.test.weight, plain.test.weight), "rows that test are as they are"
    assert np.isin(less.test.numbers, np.arange(30)).any()
    assert any("neither train nor validate" in note for note in less.notes)


def test_rows_that_are_kept_together_have_one_group(table: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    pl.DataFrame({"row": [3, 50, 99, 7, 8], "group": [0, 0, 0, 1, 1]}).write_csv(file)
    made = prepared(table, keep_together=file)
    both = [(part.numbers[k], part.groups[k]) for part in (made.train, made.test) for k in range(len(part.numbers))]
    group = dict(both)
    assert group[3] == group[50] == group[99] != group[7] == group[8] and len(set(group.values())) == 97
    sides = {row: row in made.test.numbers for row in (3, 50, 99)}
    assert len(set(sides.values())) == 1


@pytest.mark.parametrize(
    ("rows", "option", "said"),
    [
        ({"row": [500]}, "--leave-out", "names no row that trains"),
        ({"row": list(range(100))}, "--leave-out", "names all rows that train"),
        ({"line": [1]}, "--leave-out", "no CSV file with whole numbers in 'row'"),
        ({"row": [1]}, "--keep-together", "no CSV file with whole numbers in 'row' and 'group'"),
        ({"row": [500], "group": [1]}, "--keep-together", "names no row of the table"),
    ],
)
def test_what_cannot_be_is_refused(
    wellfit: Command, table: Path, tmp_path: Path, rows: dict[str, Any], option: str, said: str
) -> None:
    pl.DataFrame(rows).write_csv(tmp_path / "rows.csv")
    outcome = wellfit("fit", table, "--target", "y", option, "rows.csv")
    assert outcome.code == 2 and said in " ".join(outcome.err.split()), outcome.err


def test_findings_name_rows_as_the_file_counts_them(wellfit: Command, tmp_path: Path) -> None:
    """The first rows have no target and are not read, and every tenth row tests: the places of the others differ."""
    random = np.random.default_rng(0)
    y = random.normal(size=240)
    far = [100, 150, 200]
    y[far] = 1000.0
    frame = pl.DataFrame({"a": random.normal(size=240), "b": random.normal(size=240), "y": y})
    frame.with_columns(y=pl.when(pl.int_range(240) >= 30).then("y")).write_csv(tmp_path / "far.csv")
    (tmp_path / "quick.toml").write_text("hidden = [4]\nepochs = 2\n")
    table = ("far.csv", "--target", "y", "--skip-unknown-targets")
    fitted = wellfit("fit", *table, "--recipe", "quick.toml", "--folds", "3", "--out", "out", "--report", "json")
    assert fitted.code == 0, fitted.err

    def named(file: str) -> set[int]:
        plain = json.loads((tmp_path / file).read_text())
        (one,) = (one for one in plain["examination"]["findings"] if one["code"] == "outliers-in-target")
        (change,) = (each["table"] for each in one["remedies"] if "table" in each)
        assert change["drop_rows"] == one["evidence"]["row numbers"]
        assert f"rows {', '.join(map(str, change['drop_rows']))}." in one["sentence"]
        return set(change["drop_rows"])

    assert named("out/report_data.json") and named("out/report_data.json") <= set(far)
    only = ",".join(code for code in every_rule() if code != "outliers-in-target")
    for name, given in (
        ("doctor", (*table, "--recipe", "quick.toml", *"--folds 2 --seeds 1".split())),
        ("read", ("--result", "out")),
    ):
        found = wellfit("doctor", *given, "--no-trial", "--mute", only, "--out", name)
        assert found.code == 0, found.err
        assert named(f"{name}/diagnosis.json") == set(far) and "Rows are counted from 0." in found.out
        assert "rows 100, 150, 200" in json.loads((tmp_path / name / "diagnosis.json").read_text())["verdict"]
    checked = wellfit("recipe", "check", "quick.toml", "--table", "far.csv", "--target", "y")
    assert "rows 100, 150, 200. Rows are counted from 0." in " ".join(checked.out.split())
