"""Test files stand in the folder of what they test: tests/ has the folders of the package, and a few of its own."""

from __future__ import annotations

from pathlib import Path

import wellfit
from tests.conftest import REPOSITORY

TESTS, PACKAGE = REPOSITORY / "tests", Path(wellfit.__file__).parent
OWN = {"contract", "reference", "package", "benchmarks", "docs"}


def test_every_test_file_stands_in_a_room_of_the_package() -> None:
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert len(folders) > 20 and Path() not in folders, "a test file stands in no folder"
    assert [str(f) for f in folders if f.parts[0] not in OWN and not (PACKAGE / f / "__init__.py").is_file()] == []


def test_every_folder_of_tests_is_a_package_that_says_what_it_holds() -> None:
    """Two test files of one name would be one module otherwise."""
    folders = {path.parent for path in TESTS.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
