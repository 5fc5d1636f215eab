"""What is said of a later table that is unlike training: each kind of stranger, and silence for ordinary tables."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from wellfit.tables import Schema, read_table
from wellfit.tables.columns.unlike import UnlikeTrainingWarning, in_lines, notes_on, warn_of

ROWS = 300
RANDOM = np.random.default_rng(0)
TRAINING = {
    "percent": RANDOM.uniform(0, 100, ROWS).round(1),
    "share": RANDOM.uniform(0, 1, ROWS).round(3),
    "around_zero": RANDOM.normal(0, 1, ROWS),
    "answer": [("yes", "no")[k % 2] for k in range(ROWS)],
    "flag": [("TRUE", "FALSE")[k % 2] for k in range(ROWS)],
    "zero_one": [k % 2 for k in range(ROWS)],
    "city": [("Oslo", "Bergen", "Tromso", "Bodo")[k % 4] for k in range(ROWS)],
    "day": [f"2021-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(ROWS)],
}
SCHEMA = Schema.infer(read_table(TRAINING))


def said(**columns: Any) -> list[str]:
    """The sentences on a later table of 100 rows of training, with some columns replaced."""
    rows = max((len(cells) for cells in columns.values()), default=100)
    table = {name: list(cells[:rows]) for name, cells in TRAINING.items()} | columns
    return in_lines(notes_on(SCHEMA.reports(read_table(table))))


STRANGERS = [
    ({"answer": ["Yes", "No"] * 50}, ["'answer'", "none of its 100 values", "'Yes' for 'yes'"]),
    ({"answer": ["yes", "no"] * 49 + [" YES", "no"]}, ["1 of its 100 values was", "'YES' for 'yes'"]),
    ({"flag": [1, 0] * 50}, ["none of its 100", "'1' for 'true'", "'0' for 'false'"]),
    ({"flag": ["yes", "no"] * 50}, ["'yes' for 'true'", "'no' for 'false'"]),
    ({"answer": ["TRUE", "FALSE"] * 50}, ["'true' for 'yes'"]),
    ({"city": ["Olso", *["Oslo"] * 99]}, ["1 of its 100", "'Olso' for 'Oslo'"]),
    ({"city": ["Paris"] * 100}, ["none of its 100 values was seen", "'Paris'", "training had 'Bergen'"]),
    ({"city": [f"town {k}" for k in range(30)] * 3}, ["none of its 90"]),
    ({"percent": (RANDOM.uniform(0, 1, 100)).round(3)}, ["100 times smaller", "shares in place of percents"]),
    ({"share": RANDOM.uniform(0, 100, 100)}, ["100 times larger", "percents in place of shares"]),
    ({"share": [45.0]}, ["100 times larger"]),
    ({"around_zero": RANDOM.normal(0, 0.01, 100)}, ["100 times smaller"]),
    ({"around_zero": RANDOM.normal(0, 1000, 100)}, ["1,000 times larger"]),
    ({"percent": [*[50.0] * 98, 4000.0, -30.0]}, ["2 of its 100 values lie outside", "-30 to 4000 here, 0"]),
    ({"percent": ["50", "many", "60", "many", "few"]}, ["3 of 5 cells cannot be read", "('many', 'few')"]),
    ({"percent": [50.0, np.inf, 60.0]}, ["1 of 3 cells cannot be read"]),
    ({"zero_one": ["TRUE", "FALSE", "TRUE"]}, ["all 3 cells", "Perhaps they stand for 1 and 0"]),
    ({"day": ["2021-05-05", "someday"]}, ["1 of 2 cells cannot be read as a date", "'someday'"]),
    ({"day": ["2031-05-05"] * 20}, ["all its 20 values lie outside", "2031-05-05 here, 2021-01-01 to 2021-12-"]),
    ({"percent": [None] * 20}, ["all 20 cells are missing"]),
]


@pytest.mark.parametrize(
    ("columns", "words"), STRANGERS, ids=[f"{k} {next(iter(c))}" for k, (c, _) in enumerate(STRANGERS)]
)
def test_a_stranger_is_told_in_one_sentence(columns: dict[str, Any], words: list[str]) -> None:
    lines = said(**columns)
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]


def test_ordinary_tables_pass_in_silence() -> None:
    assert said() == []
    assert said(percent=[0.3], answer=["no"]) == []  # one row may be small by chance
    assert said(percent=list(RANDOM.uniform(40, 60, 100)), zero_one=[0] * 100) == []
    (line,) = said(city=["Oslo 2", *["Oslo"] * 99])
    assert "Perhaps" not in line  # another number is another thing
    assert said(around_zero=list(RANDOM.normal(0, 0.5, 100)), share=[0.5] * 100) == []


def test_a_few_nearly_equal_images_are_in_no_other_unit() -> None:
    draws = np.random.default_rng(3)
    edge = np.where(draws.uniform(size=ROWS) < 0.96, draws.uniform(0, 2, ROWS), draws.uniform(5, 16, ROWS)).round()
    middle = draws.integers(0, 200, ROWS)
    schema = Schema.infer(read_table({"edge": edge, "middle": middle}))
    for rows in (10, 15, 20, 100):
        batch = {"edge": 8 + draws.integers(-1, 2, rows), "middle": 1 + draws.integers(-1, 2, rows)}
        assert in_lines(notes_on(schema.reports(read_table(batch)))) == [], rows
    cents = {"edge": np.tile(edge, 2) * 100, "middle": middle.repeat(2) * 100}
    assert len(in_lines(notes_on(schema.reports(read_table(cents))))) == 2


def test_slight_excess_is_one_line_for_all_columns() -> None:
    (line,) = said(percent=[*[50.0] * 99, 101.0], share=[*[0.5] * 98, 1.1, -0.1])
    assert line == "3 values lie a little outside the range of training, in 'percent', 'share'."


def test_many_columns_are_not_all_listed() -> None:
    table = {f"x{k}": [float(i) for i in range(40)] for k in range(30)}
    reports = Schema.infer(read_table(table)).reports(read_table({name: ["?!"] * 40 for name in table}))
    lines = in_lines(notes_on(reports), most=5)
    assert len(lines) == 6 and "'x29'" in lines[-1] and len(lines[-1]) < 300


def test_long_and_hostile_values_are_cut() -> None:
    (line,) = said(city=["\x1b[2J" + "a" * 500] * 100)
    assert len(line) < 250 and "\x1b" not in line


def test_python_warns_of_mistakes_and_not_of_strangers_that_happen() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for good in ({}, {"city": ["Paris", *["Oslo"] * 99]}, {"percent": [*[50.0] * 99, 400.0]}, {"city": ["Paris"]}):
            table = {name: list(cells[:100]) for name, cells in TRAINING.items()} | good
            rows = len(next(iter(good.values()), table["share"]))
            warn_of(SCHEMA.reports(read_table({name: cells[:rows] for name, cells in table.items()})))
    with pytest.warns(UnlikeTrainingWarning, match="'Yes' for 'yes'"):
        warn_of(SCHEMA.reports(read_table({**TRAINING, "answer": ["Yes", "No"] * 150})))
