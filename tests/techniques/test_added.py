"""Techniques that are added to a copy of the package, by a file each and a slot, work everywhere at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import wellfit
from tests.conftest import REPOSITORY
from tests.techniques.added import add_to
from wellfit.techniques.base import REGISTRY


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process shows that has the copy first on its path."""
    folder = tmp_path_factory.mktemp("added")
    package = folder / "copy" / "wellfit"
    shutil.copytree(Path(wellfit.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    add_to(package)
    path = os.pathsep.join([str(package.parent), str(REPOSITORY)])
    command = [sys.executable, "-m", "tests.techniques.added_shown"]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100"}, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / "shown.json").read_text())
    assert found["package"] == str(package)
    return found


def test_they_are_registered_there_and_not_here(shown: dict[str, Any]) -> None:
    assert shown["registered"] == {"activation": True, "log_penalty": True}
    assert "softsign" not in REGISTRY["activation"] and "log_penalty" not in REGISTRY


def test_they_train_and_change_the_weights_only_when_they_are_on(shown: dict[str, Any]) -> None:
    moved = shown["moved"]
    assert shown["finite"] and moved["off"] == 0.0
    assert moved["on"] > 1e-4 and moved["activation"] > 1e-4


def test_the_command_explains_them(shown: dict[str, Any]) -> None:
    lines = shown["explained"].splitlines()
    assert any("softsign" in line and "activate" in line for line in lines)
    assert any("log_penalty" in line and "weights" in line for line in lines)


def test_the_command_lists_them_with_settings_and_range(shown: dict[str, Any]) -> None:
    schema = shown["schema"]
    assert "softsign" in schema and "more slowly than tanh" in schema
    assert "log_penalty" in schema and "adds lambda sum log(1 + w^2)" in " ".join(schema.split())


def test_a_recipe_refuses_what_they_refuse(shown: dict[str, Any]) -> None:
    assert "log_penalty and max_norm both hold the weights" in shown["refusal"]


def test_an_estimator_takes_their_settings(shown: dict[str, Any]) -> None:
    assert shown["keyword"] == 0.25


def test_the_documentation_has_a_page_of_each(shown: dict[str, Any]) -> None:
    pages = shown["pages"]
    assert set(pages) == {"activation.softsign", "log_penalty.log_penalty"}
    assert "Glorot & Bengio" in pages["activation.softsign"]
    assert "| `strength` |" in pages["log_penalty.log_penalty"]
    assert shown["answers"] == ["log_penalty"]


def test_the_contract_demands_a_case_of_each(shown: dict[str, Any]) -> None:
    assert sorted(shown["demanded"]) == ["activation.softsign", "log_penalty.log_penalty"]


def test_the_activation_is_in_the_numerical_contract_by_being_registered(shown: dict[str, Any]) -> None:
    code, line = shown["numerics"]
    assert code == 0, line
    assert int(line.split()[0]) >= 6, line
