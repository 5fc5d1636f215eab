"""The Python shown in the documents runs, top to bottom, in an empty folder that holds only the examples."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def python_blocks(text: str) -> list[tuple[int, str]]:
    """(line number of its first line, code) of each python block."""
    return [(text.count("\n", 0, match.start(1)) + 1, match.group(1)) for match in BLOCK.finditer(text)]


def run_blocks(text: str, name: str) -> None:
    """Run the blocks one after another, as one program; a traceback names the document's own lines."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line, code in python_blocks(text):
        exec(compile("\n" * (line - 1) + code, name, "exec"), namespace)


DOCUMENTS = [
    path
    for path in sorted({*REPOSITORY.glob("*.md"), *REPOSITORY.glob("examples/*.md")})  # docs: tests/docs/test_pages.py
    if python_blocks(path.read_text())
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_the_python_in_a_document_runs(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    run_blocks(document.read_text(), document.name)


def test_readme_shows_python() -> None:
    assert REPOSITORY / "README.md" in DOCUMENTS


def test_a_block_that_raises_is_an_error_at_its_own_line() -> None:
    text = "# Title\n\n```python\nx = 1\n```\n\n```python\nassert x == 1\nraise KeyError('wrong')\n```\n"
    with pytest.raises(KeyError, match="wrong") as caught:
        run_blocks(text, "document")
    assert caught.traceback[-1].lineno + 1 == 9


def test_only_python_blocks_run() -> None:
    assert python_blocks("```console\nrm *\n```\n\n```python\npass\n```\n") == [(6, "pass\n")]
