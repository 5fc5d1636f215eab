"""What counts as a change of a source file, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from wellfit.numerics.sources import changed_while_running, code_fingerprint

SOURCE = '''"""A module."""

LIMIT = 3


def add(a, b):
    """Add two numbers."""
    return a + b if b in {1, 2} else LIMIT
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "source.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '"""Another text."""\n# and a comment'),
        ('"""Add two numbers."""', '"""The sum,\n    on two lines."""'),
        ("LIMIT = 3\n", "LIMIT = 3  # why\n\n\n"),
    ],
)
def test_words_do_not_count(file: Path, old: str, new: str) -> None:
    before = code_fingerprint([file])
    file.write_text(SOURCE.replace(old, new))
    assert file.read_text() != SOURCE
    assert code_fingerprint([file]) == before


@pytest.mark.parametrize(("old", "new"), [("a + b", "a - b"), ("3", "4"), ("{1, 2}", "{1, 3}"), ("(a, b)", "(a, b=1)")])
def test_code_counts(file: Path, old: str, new: str) -> None:
    before = code_fingerprint([file])
    file.write_text(SOURCE.replace(old, new))
    assert file.read_text() != SOURCE
    assert code_fingerprint([file]) != before


def test_sources_that_change_under_a_running_process_are_noticed(tmp_path: Path) -> None:
    """Directly or behind an import: an upgrade must not put this process's kernels under the new version's name."""
    (tmp_path / "numerics").mkdir()
    (tmp_path / "numerics" / "one.py").write_text("from wellfit.numerics.two import LIMIT\n")
    (tmp_path / "numerics" / "two.py").write_text("LIMIT = 3\n")
    assert changed_while_running("wellfit.numerics.one", tmp_path)
    assert not changed_while_running("wellfit.numerics.random")
