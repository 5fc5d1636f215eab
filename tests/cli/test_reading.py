"""How cells are read, as the command is told: missing marks, decimals, dates, unknown targets, names with commas."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command
from wellfit import Model
from wellfit.cli.options import FitOptions
from wellfit.cli.prepare import prepare
from wellfit.cli.targets import kinds_of, split_targets
from wellfit.errors import InputError
from wellfit.tables.split import SplitTable

ROWS = 60
INDEX = range(ROWS)


def prepared(columns: dict[str, list[Any]], path: Path, *targets: str, **options: Any) -> SplitTable:
    """A table of text as the command prepares it."""
    file = path / "table.csv"
    pl.DataFrame(columns, strict=False).write_csv(file)
    plain: dict[str, Any] = dict.fromkeys(FitOptions.__dataclass_fields__)
    plain |= dict.fromkeys(("drop", "kind", "missing"), ())
    plain |= dict.fromkeys(("no_header", "skip_unknown_targets"), False)
    return prepare(FitOptions(**(plain | {"table": str(file), "targets": targets or ("y",), "seed": 0} | options)))


def columns(**more: list[Any]) -> dict[str, list[Any]]:
    """A number, a category with the country NA, and a target of two classes."""
    return {
        "x": [f"{i % 7}.5" for i in INDEX],
        "country": [("DE", "NA", "FR")[i % 3] for i in INDEX],
        "y": ["yes" if i % 2 else "no" for i in INDEX],
    } | more


def test_the_marks_that_were_taken_are_named_and_can_be_chosen(tmp_path: Path) -> None:
    usual = prepared(columns(), tmp_path)
    assert any("'country': 'NA' (20) taken as missing" in note for note in usual.notes)
    assert usual.schema.columns[1].vocabulary == ("DE", "FR")
    for given, vocabulary in ((("none",), ("DE", "FR", "NA")), (("FR,NA",), ("DE",)), (("default", "FR"), ("DE",))):
        assert prepared(columns(), tmp_path, missing=given).schema.columns[1].vocabulary == vocabulary


def test_a_missing_mark_among_the_targets_is_named_with_the_ways_out(tmp_path: Path) -> None:
    table = columns(y=["NA" if i % 2 else "DE" for i in INDEX])
    with pytest.raises(InputError, match=r"30 rows \(the first is row 2\).*taken here: 'NA' \(30\).*--skip-unknown-t"):
        prepared(table, tmp_path)
    assert prepared(table, tmp_path, missing=("none",)).train.target.labels == ("DE", "NA")


def test_strays_among_the_targets_are_named_or_left_out(tmp_path: Path) -> None:
    cells = ["pending" if i == 5 else None if i == 7 else f"{i},25" for i in INDEX]
    with pytest.raises(InputError, match=r"'y' holds numbers, and 2 rows .*; got 'pending'"):
        prepared(columns(y=cells), tmp_path)
    split = prepared(columns(y=cells), tmp_path, skip_unknown_targets=True, test="none")
    assert split.train.arrays.rows == len(split.train.target.values) == ROWS - 2
    assert split.train.target.values[:6, 0].tolist() == [0.25, 1.25, 2.25, 3.25, 4.25, 6.25]
    assert "2 of 60 rows were left out: the target is missing or no number ('pending')." in split.notes
    two = prepared(columns(y=cells), tmp_path, "y", "x", skip_unknown_targets=True, test="none")
    assert int(np.isnan(two.train.target.values[:, 0]).sum()) == 2


@pytest.mark.parametrize(
    ("cells", "option", "other", "said"),
    [
        ([f"{1 + i},404" for i in INDEX], "decimal", "comma", r"'(\d+),404' could be read in two ways .* as \1(?:404)"),
        (
            [f"{1 + i % 12:02d}/{1 + i % 11:02d}/2021" for i in INDEX],
            "dates",
            "day-first",
            r"day and month could be exchanged .* so that '",
        ),
    ],
)
def test_what_was_assumed_is_said_with_the_option_that_changes_it(
    cells: list[str], option: str, other: str, said: str, tmp_path: Path
) -> None:
    found, changed = (prepared(columns(x=cells), tmp_path, **given) for given in ({}, {option: other}))
    assert any(re.search(said, note) and f"--{option} {other}" in note for note in found.notes)
    assert not np.array_equal(found.train.arrays.numbers, changed.train.arrays.numbers)
    assert changed.schema.read(columns(x=cells)).choices == changed.schema.choices


def test_weights_are_read_as_columns_are(tmp_path: Path) -> None:
    table = columns(w=[f"{i % 3},5 kg" for i in INDEX])
    split = prepared(table, tmp_path, weight="w", test="none")
    assert split.train.weight[:3].tolist() == [0.5, 1.5, 2.5]
    with pytest.raises(InputError, match="row 4 is missing or no number: .*; got 'heavy'"):
        prepared(table | {"w": ["1", "2", "3", "heavy", *table["w"][4:]]}, tmp_path, weight="w")


def test_names_with_commas(tmp_path: Path) -> None:
    table = {"a,b": columns()["x"], "c": columns()["y"], "d, e": columns()["y"]}
    split = prepared(table, tmp_path, "a,b", task="number", drop=("d, e",), test="none")
    assert split.train.target.labels == ("a,b",) and [c.kind for c in split.schema.columns] == ["category", "dropped"]
    both = prepared(table, tmp_path, "a,b", "d, e", task="a,b=number,d, e=class", test="none")
    assert [(task.name, task.kind) for task in both.train.target.tasks] == [("a,b", "numbers"), ("d, e", "binary")]
    path = str(tmp_path / "table.csv")
    given = (("a,b",), ("c", "d, e"), ("a,b,c",), ("c",))
    found = [split_targets(names, path, False, None) for names in given]
    assert found == [("a,b",), ("c", "d, e"), ("a,b", "c"), ("c",)]
    with pytest.raises(InputError, match="got 'c=word'"):
        kinds_of(("a,b", "c"), "a,b=number,c=word")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--decimal", "dot"), "The decimal mark is comma or point; got 'dot'"),
        (("--dates", "month"), '"month-first" or a format with the year, such as "%d/%m/%y"; got \'month\''),
    ],
)
def test_choices_that_are_none_are_refused(wellfit: Command, people: Path, options: tuple[str, ...], said: str) -> None:
    done = wellfit("fit", people, "--target", "answer", *options)
    assert done.code == 2 and done.err.count("\n") == 1 and said in done.err


def test_notes_are_whole_on_a_narrow_screen_and_the_model_reads_later_tables_alike(
    wellfit: Command, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    table = pl.DataFrame(columns(x=["tba" if i % 20 == 0 else f"{1 + i},404" for i in INDEX]))
    table.write_csv("table.csv")
    given = ("--missing", "none", "--decimal", "comma", "--recipe", quick, "--folds", 2, "--out", "out")
    done = wellfit("fit", "table.csv", "--target", "y", "--test", "none", *given)
    assert done.code == 0, done.err
    assert "3 of 60 cells are no numbers and taken as missing: 'tba' (3)." in done.out
    plain = json.loads(Path("out/result.json").read_text())
    assert any("'tba' (3)" in note for note in plain["notes"])
    schema = Model.load("out/model.wellfit").schema
    assert schema.missing == () and schema.choices.decimal == "comma"
    arrays, reports = schema.apply(schema.read({"x": ["2,5", "tba", "soon"], "country": ["NA", "", "DE"]}))
    assert (
        arrays.numbers[0, 0] == 2.5
        and np.isnan(arrays.numbers[1:, 0]).all()
        and arrays.codes[:, 0].tolist() == [2, -1, 0]
    )
    assert (reports[0].strays, reports[0].stray_examples) == (1, ("soon",))
