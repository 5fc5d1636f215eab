"""A run goes on under sources whose comments and docstrings were edited; a changed kernel is noticed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.training.checkpoint.fingerprint import fingerprint
from wellfit.training.checkpoint.sealed import read_json, write_json

PACKAGE = Path(wellfit.__file__).parent
RECIPE = wellfit.Recipe(hidden=(4,), epochs=20, batch_size=10, dropout=0.2)
EDITED = (
    "numerics/kernel.py",
    "techniques/layout.py",
    "techniques/network/dropout.py",
    "engines/compiled/step/step.py",
    "engines/compiled/run/updates.py",
    "engines/contract/history.py",
    "tables/encoding/encoding.py",
    "recipe/recipe.py",
)
RESUME = """
import json, sys, warnings
import wellfit
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always", RuntimeWarning)
    population = wellfit.resume(sys.argv[1])
weights = population.engine.network(0).parameters.tolist()
print(json.dumps([population[0].updates, weights, [str(warned.message) for warned in seen]]))
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package that a test may edit."""
    package = tmp_path / "copy" / "wellfit"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def edit_comments(path: Path) -> None:
    """Other docstrings, more comments, lines in other places; the code stays."""
    text = path.read_text()
    edited = text.replace('"""', '"""In other words. ', 1)
    edited = edited.replace("import annotations\n", "import annotations  # a comment\n\n# Another.\n", 1)
    edited = re.sub(r'(def [^\n]*:\n +""")', r"\1In other words. ", edited)
    edited = re.sub(r"^( +)return ", r"\1# A comment.\n\n\1return ", edited, flags=re.MULTILINE)
    assert edited.count("\n") > text.count("\n")
    path.write_text(edited)


def begun(folder: Path) -> Path:
    """A run that its budget has ended in the middle."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    wellfit.train(RECIPE, X, X[:, 0] > 0, folder=folder, budget=7)
    return folder


def resumed(folder: Path, package: Path) -> Any:
    """Updates, weights and warnings of a run that goes on under another package."""
    given = {**os.environ, "PYTHONPATH": str(package.parent)}
    command = [sys.executable, "-c", RESUME, str(folder)]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def without_budget(folder: Path) -> None:
    """Let the run's own budget be none."""
    plan = read_json(folder / "plan.json", "The plan")
    plan["budget"]["updates"] = None
    write_json(folder / "plan.json", plan)


def test_edited_comments_and_docstrings_change_nothing(copied: Path, tmp_path: Path) -> None:
    folder = begun(tmp_path / "run")
    without_budget(folder)
    shutil.copytree(folder, tmp_path / "twin")
    for name in EDITED:
        edit_comments(copied / name)
    updates, weights, warned = resumed(folder, copied)
    assert not warned
    whole = wellfit.resume(tmp_path / "twin")
    assert updates == whole[0].updates > 7
    assert weights == whole.engine.network(0).parameters.tolist()
    assert fingerprint(copied) == fingerprint()  # which a search on disk asks for, too


def test_a_changed_kernel_is_noticed(copied: Path, tmp_path: Path) -> None:
    folder = begun(tmp_path / "run")
    path = copied / "techniques" / "network" / "dropout.py"
    text = path.read_text()
    changed = re.sub(r"constant\(1, ", "constant(2, ", text)
    assert changed != text
    path.write_text(changed)
    assert {name for name, value in fingerprint(copied).items() if value != fingerprint()[name]} == {"kernels"}
    _, _, warned = resumed(folder, copied)
    assert len(warned) == 1 and "other kernels" in warned[0]


@pytest.mark.parametrize("name", ["recipe/recipe.py", "tables/encoding/encoding.py"])
def test_code_outside_the_kernels_counts_too(copied: Path, name: str) -> None:
    path = copied / name
    path.write_text(path.read_text() + "\nCHANGED = 1\n")
    assert {key for key, value in fingerprint(copied).items() if value != fingerprint()[key]} == {"encoding"}
