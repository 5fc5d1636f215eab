"""Files and folders through the command: fitted, and predicted from the saved model alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xlsxwriter
from PIL import Image

from tests.cli.conftest import Command

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=60).round(3)


def rows() -> pl.DataFrame:
    return pl.DataFrame(
        {"x": X, "when": [f"{1 + k % 28:02d}.{1 + k // 28:02d}.2020" for k in range(60)], "a, b": 2 * X}
    )


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    """A folder of dark and bright images, of two sizes."""
    for k in range(24):
        dark = k % 2
        place = tmp_path / "leaves" / ("dark" if dark else "bright") / f"{k:02d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        shape = (6, 8) if k % 3 else (8, 6)
        Image.fromarray((RANDOM.integers(0, 90, shape) + 150 * (1 - dark)).astype(np.uint8)).save(place)
    return tmp_path / "leaves"


def test_a_folder_of_images(wellfit: Command, leaves: Path, quick: Path) -> None:
    done = wellfit("fit", leaves, "--recipe", quick, "--folds", 2, "--size", "5x4", "--colour", "--out", "out")
    assert done.code == 0, done.err
    assert "5 x 4 pixels of 3 channels" in done.out
    told = wellfit("predict", "out/model.wellfit", leaves)
    lines = told.out.splitlines()
    assert lines[0] == "file,prediction,probability_bright,probability_dark" and lines[1].startswith("bright/00.png,")
    paths = pl.DataFrame({"at": [str(path) for path in sorted(leaves.rglob("*.png"))], "y": ["b"] * 12 + ["d"] * 12})
    paths.write_csv("paths.csv")
    assert wellfit("evaluate", "out/model.wellfit", leaves).code == 0
    again = wellfit("fit", "paths.csv", "--images", "at", "--target", "y", "--recipe", quick, "--folds", 2, "--grey")
    assert again.code == 0, again.err
    paths.with_columns(g=pl.Series([*"ab" * 11, "a", None])).write_csv("gap.csv")
    paths.with_columns(g=pl.Series([*"ab" * 12])).write_csv("whole.csv")
    given = ("--images", "at", "--target", "y", "--group", "g", "--out", "none")
    for table, test, words in (("gap.csv", "none", "groups must"), ("whole.csv", "gap.csv", "groups of gap.csv must")):
        refused = wellfit("fit", table, *given, "--test", test)
        assert refused.code == 2 and f"{words} be known in every row, and row 24 has none" in refused.err
    assert len(wellfit("predict", "wellfit-paths/model.wellfit", "paths.csv").out.splitlines()) == 25


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("leaves/dark",), "subfolders of a folder of images are their classes, and leaves/dark has none"),
        (("leaves", "--drop", "x"), "--drop names a column that is learned from"),
        (("rows.csv", "--target", "x", "--size", "3x3"), "--size is for image files"),
        (("rows.csv",), "--target names the column to predict; the columns of rows.csv are 'x', 'when', 'a, b'"),
        (("rows.csv", "--target", "x", "--time-column", "when", "--group", "a, b"), "--group otherwise"),
        (("rows.csv", "--target", "x", "--time-column", "no"), "no column 'no' (--time-column)"),
        (("words.csv", "--target", "x", "--time-column", "w"), "dates, times or numbers, and 'w' holds 'red'"),
        (("rows.csv", "--target", "x", "--sheet", "s"), "leave --sheet"),
        (("bare.csv", "--target", "x"), "line 1 of bare.csv looks like a row of data"),
    ],
)
def test_refused(wellfit: Command, leaves: Path, arguments: tuple[str, ...], words: str) -> None:
    rows().write_csv("rows.csv")
    rows().write_csv("bare.csv", include_header=False)
    pl.DataFrame({"x": X, "w": ["red", "blue"] * 30}).write_csv("words.csv")
    told = wellfit("fit", *arguments)
    assert told.code == 2 and words in " ".join(told.err.split()), told.err


def test_rows_in_the_order_of_time(wellfit: Command, quick: Path) -> None:
    rows().sample(fraction=1.0, shuffle=True, seed=0).write_csv("rows.csv")
    done = wellfit("fit", "rows.csv", "--target", "a, b", "--time-column", "when", "--recipe", quick, "--folds", 3)
    assert done.code == 0, done.err
    assert "the last 10 rows set aside" in done.out
    members = json.loads(Path("wellfit-rows/result.json").read_text())
    assert members["options"]["time_column"] == "when"
    found = wellfit("fit", "rows.csv", "--target", "a, b", "--time-column", "when", "--budget", 60, "--out", "found")
    assert found.code == 0, found.err
    record = json.loads(Path("found/result.json").read_text())["record"]["search"]
    assert record["folds"] == 5


def test_a_sheet_without_names_of_columns(wellfit: Command, quick: Path) -> None:
    with xlsxwriter.Workbook("book.xlsx") as book:
        book.add_worksheet("Notes").write(0, 0, "made by hand")
        sheet = book.add_worksheet("Data")
        for place, row in enumerate(rows().rows()):
            sheet.write_row(place, 0, row)
    given = ("--sheet", "Data", "--no-header", "--target", "column 3", "--recipe", quick, "--folds", 2)
    done = wellfit("fit", "book.xlsx", *given)
    assert done.code == 0, done.err
    told = wellfit("predict", "wellfit-book/model.wellfit", "book.xlsx", "--sheet", "Data")
    assert len(told.out.splitlines()) == 61
    given = ("wellfit-book/model.wellfit", "book.xlsx", "--target", "column 3")
    assert wellfit("evaluate", *given, "--sheet", "Data").code == 0 != wellfit("evaluate", *given).code
