"""Values at the ends of what floats hold: the same result as for ordinary ones, or a sentence; never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Command
from tests.search.little import make_little
from wellfit import Model

RANDOM = np.random.default_rng(0)
A, B = RANDOM.normal(size=(2, 120))
LABEL, NUMBER = np.where(A + 0.3 * B > 0, "p", "q"), A + 0.3 * B
SEARCH = ("--budget", 150, "--folds", 2, "--overwrite", "--out", "o")


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    make_little(monkeypatch)


def fitted(wellfit: Command, frame: dict[str, Any], *options: object) -> tuple[str, dict[str, Any]]:
    pl.DataFrame(frame).write_csv("t.csv")
    done = wellfit("fit", "t.csv", "--target", "y", *options, *SEARCH)
    assert done.code == 0, done.err
    assert np.isfinite(np.asarray(Model.load("o/model.wellfit").outputs(pl.DataFrame(frame)))).all()
    return done.out, json.loads(Path("o/result.json").read_text())


@pytest.mark.parametrize("factor", [2.0**-133, 2.0**126, 2.0**900])
def test_the_unit_of_a_column_does_not_matter(wellfit: Command, factor: float) -> None:
    """Units are powers of 2, so that rounding is the same but for the smallest."""
    _, usual = fitted(wellfit, {"f": A, "b": B, "y": LABEL})
    out, found = fitted(wellfit, {"f": A * factor, "b": B, "y": LABEL})
    mine, theirs = (one["estimate"]["cross_validated"]["mean"] for one in (found, usual))
    assert mine == pytest.approx(theirs, rel=1e-3) and "linear" in out


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
@pytest.mark.parametrize("column", [np.where(np.arange(120) % 9 == 0, 1.0, A * 1e-41), np.where(A > 0, 1e30, B)])
def test_tiny_and_huge_values_beside_others(wellfit: Command, column: np.ndarray, scaling: str) -> None:
    Path("r.toml").write_text(f"hidden = [4]\nepochs = 2\nbatch_size = 32\nscaling = '{scaling}'\n")
    pl.DataFrame({"f": column, "b": B, "y": LABEL}).write_csv("t.csv")
    done = wellfit("fit", "t.csv", "--target", "y", "--recipe", "r.toml", "--folds", 2)
    assert done.code == 0, done.err


@pytest.mark.parametrize("factor", [1e-34, 1e30])
def test_targets_in_any_unit_that_float32_holds(wellfit: Command, factor: float) -> None:
    _, usual = fitted(wellfit, {"a": A, "b": B, "y": NUMBER})
    out, found = fitted(wellfit, {"a": A, "b": B, "y": NUMBER * factor})
    mine, theirs = (one["estimate"]["cross_validated"]["mean"] for one in (found, usual))
    assert mine / factor == pytest.approx(theirs, rel=1e-3)
    assert "inf" not in out.split("Task")[0] and np.isfinite(found["target"]["mean"])


@pytest.mark.parametrize("value", [1e30, 1e-42])
def test_a_constant_target_is_said_to_be_one(wellfit: Command, value: float) -> None:
    out, _ = fitted(wellfit, {"a": A, "b": B, "y": np.full(120, value)}, "--task", "number")
    assert "Note: The target is constant, the same in every training row: there is nothing to learn." in out


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (NUMBER * 1e-42, "must differ by 1e-36 or more"),
        (NUMBER * 1e38, "must be below 1e+36"),
        (1e9 + NUMBER, "subtract a constant"),
        (np.where(np.arange(120) == 7, 1e30, NUMBER), "Every network diverged, and a linear one too"),
        (["same"] * 120, "is constant, so that nothing can be learned"),
    ],
)
def test_what_cannot_be_learned_is_one_sentence(wellfit: Command, target: Any, sentence: str) -> None:
    pl.DataFrame({"a": A, "b": B, "y": target}).write_csv("t.csv")
    done = wellfit("fit", "t.csv", "--target", "y", *SEARCH)
    *findings, said = done.err.splitlines()  # a busy machine trains long enough for findings on the way
    assert done.code == 2 and sentence in said and all(line.startswith("Finding (") for line in findings)
