"""A small table, a quick recipe, and the command run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wellfit.cli import run

QUICK = "hidden = [8]\nepochs = 3\nbatch_size = 32\n"


@dataclass(frozen=True)
class Outcome:
    """What the command gave back."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def wellfit(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `wellfit ...` in an empty folder. A fit writes a report only where the test asks for one: it takes time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        without = ("--report", "none") if arguments[:1] == ("fit",) and "--report" not in arguments else ()
        code = run([str(argument) for argument in (*arguments, *without)])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """300 rows with a number, a category, text, missing cells and three possible targets."""
    random = np.random.default_rng(0)
    age, city = random.uniform(18, 80, 300).round(1), random.choice(["Oslo", "Bergen", "Tromso"], 300)
    table = pl.DataFrame(
        {
            "age": [None if k % 17 == 0 else a for k, a in enumerate(age)],
            "city": city,
            "household": random.integers(0, 60, 300),
            "weight": random.integers(0, 3, 300),
            "income": 20000 + 300 * age + random.normal(0, 500, 300),
            "answer": np.where((age > 50) ^ (city == "Oslo"), "yes", "no"),
        }
    )
    path = tmp_path / "people.csv"
    table.write_csv(path)
    return path


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """A recipe that trains in no time."""
    path = tmp_path / "quick.toml"
    path.write_text(QUICK)
    return path
