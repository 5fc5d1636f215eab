"""Real tables: all of them read, and their columns are what their authors say."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wellfit.tables import Schema, make_target, read_table

# Kinds of the columns that are left after the target and the columns to drop.
WANTED = {
    "adult": {"number": 6, "category": 8},
    "credit_default": {"number": 23},
    "higgs_small": {"number": 28},
    "telco_churn": {"number": 4, "category": 15},
    "german_credit": {"number": 7, "category": 13},
    "spambase": {"number": 57},
    "htru2": {"number": 8},
    "titanic": {"number": 5, "category": 3},
    "heart_disease": {"number": 6, "category": 3},
    "covertype": {"number": 52, "constant": 2},
    "letter": {"number": 16},
    "satimage": {"number": 36},
    "soybean": {"category": 35},
    "california_housing": {"number": 8, "category": 1},
    "abalone": {"number": 7, "category": 1},
    "bike_sharing": {"number": 12},
    "wine_quality_white": {"number": 11},
    "kin8nm": {"number": 8},
    "concrete": {"number": 8},
    "protein": {"number": 9},
}


def tasks(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((folder / "tasks.json").read_text())
    return found


@pytest.mark.parametrize("name", WANTED)
def test_kinds_of_a_task(name: str, data_folder: Path) -> None:
    task = tasks(data_folder)[name]
    table = read_table(data_folder / task["file"])
    assert table.rows == task["rows"]
    schema = Schema.infer(table, task["target"], task["drop"])
    kinds = Counter(column.kind for column in schema.columns)
    assert dict(kinds - Counter({"dropped": len(task["drop"])})) == WANTED[name]
    arrays = schema.arrays(table)
    assert arrays.rows == task["rows"]
    target = make_target(table.column(task["target"]), task["kind"])
    assert target.kind in (("binary", "classes") if task["kind"] == "class" else ("numbers",))


@pytest.mark.parametrize("name", ["credit_default", "telco_churn", "titanic", "covertype", "bike_sharing"])
def test_identifiers_are_found_without_being_named(name: str, data_folder: Path) -> None:
    task = tasks(data_folder)[name]
    schema = Schema.infer(read_table(data_folder / task["file"]), task["target"])
    found = {column.name for column in schema.columns if column.kind == "identifier"}
    assert found == {"credit_default": {"ID"}, "telco_churn": {"customerID"}, "titanic": {"PassengerId"}}.get(
        name, {"Id"} if name == "covertype" else {"instant"}
    )


def test_missing_values_are_counted(data_folder: Path) -> None:
    counts = {}
    for name, column in (
        ("adult", "workclass"),
        ("telco_churn", "TotalCharges"),
        ("titanic", "Age"),
        ("soybean", "hail"),
    ):
        counts[name] = read_table(data_folder / tasks(data_folder)[name]["file"]).series(column).null_count()
    assert counts == {"adult": 1836, "telco_churn": 11, "titanic": 177, "soybean": 121}


def test_official_test_part_fits_the_schema_of_training(data_folder: Path) -> None:
    schema = Schema.infer(read_table(data_folder / "tabular/adult_train.csv.gz"), "income")
    arrays = schema.arrays(read_table(data_folder / "tabular/adult_test.csv.gz"))
    assert arrays.codes.max(axis=0).tolist() <= list(arrays.levels)
    assert (arrays.codes < np.array(arrays.levels)).all()


def test_column_wholly_missing_is_left_out(data_folder: Path) -> None:
    schema = Schema.infer(read_table(data_folder / "tabular/hypothyroid.csv.gz"), "Class")
    kinds = {column.name: column.kind for column in schema.columns}
    assert kinds["TBG"] == "constant"
    assert kinds["TSH"] == "number"


def test_messages_are_text(data_folder: Path) -> None:
    table = read_table(data_folder / "text/sms_spam.csv.gz")
    assert table.rows == 5574
    schema = Schema.infer(table, "label")
    assert [column.kind for column in schema.columns] == ["text"]
    arrays = schema.arrays(table)
    assert arrays.sparse is not None
    assert arrays.sparse.columns == 1024
    assert make_target(table.column("label")).labels == ("ham", "spam")


def test_dates_become_their_parts(data_folder: Path) -> None:
    table = read_table(data_folder / "tabular/bike_sharing_hour.csv.gz")
    schema = Schema.infer(table, "cnt")
    numbers = schema.arrays(table).numbers
    at = schema.number_names.index
    np.testing.assert_array_equal(numbers[:, at("dteday: month")], table.column("mnth"))
    np.testing.assert_array_equal(numbers[:, at("dteday: day of week")] % 7, table.column("weekday"))
    assert numbers[-1, at("dteday: days")] == 730
