"""Tiny fits with bad names, whose folders several tests read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.search.little import make_little
from wellfit.cli import run

COLUMN = "<script>"
CLASSES = ('it\'s "so"', "</script>")
ROWS = 240


def bad_table(path: Path) -> Path:
    """A number that tells the class, a number that tells nothing, and a category, in that order of worth."""
    random = np.random.default_rng(3)
    tells, noise = random.normal(size=ROWS), random.normal(size=ROWS)
    city = random.choice(["Oslo", "B&rgen"], ROWS)
    wrong = random.uniform(size=ROWS) < 0.05
    label = np.where((tells > 0) ^ wrong, CLASSES[0], CLASSES[1])
    number = 3 * tells + (city == "Oslo") + random.normal(0, 0.1, ROWS)
    table = pl.DataFrame({COLUMN: tells, "noise": noise, "city": city, "label": label, "amount": number})
    table.write_csv(path)
    return path


def fit(folder: Path, *options: object, target: str = "label", drop: str = "amount") -> Path:
    """Search on the bad table within a few updates. Returns the folder of the result."""
    table, out = bad_table(folder / "bad.csv"), folder / "out"
    with pytest.MonkeyPatch.context() as patch:
        make_little(patch)
        words = ["fit", table, "--target", target, "--drop", drop, "--folds", 2, "--jobs", 1, "--out", out, *options]
        assert run(list(map(str, words))) == 0
    return out
