"""No module imports itself through others, and the parts stand in the agreed order (import-linter checks that they keep
it).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.generator.source_map import layers

import wellfit
from tests.package.import_graph import circles, import_graph

PACKAGE = Path(wellfit.__file__).parent
# From the bottom up. What is planned and not there yet is left out by `layers`.
ORDER = (
    "errors", "files", "frames", "parsing", "reprs", "shell", "numerics", "techniques", "recipe", "tables",
    "statistics", "figures", "engines", "cluster", "models", "training", "search", "studies", "diagnosis", "report",
    "estimators", "observers", "lab", "cli",
)  # fmt: skip


def written(folder: Path, files: dict[str, str]) -> Path:
    """A package of some files."""
    for name, text in files.items():
        path = folder / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "made"


def test_no_circle_of_modules() -> None:
    graph = import_graph(PACKAGE)
    assert len(graph) > 100 and graph["wellfit.training.train"], "the sources were not read"
    found = circles(graph)
    assert not found, "these modules import each other in a circle:\n" + "\n".join(found)


def test_the_parts_stand_in_the_agreed_order() -> None:
    parts = [name for line in layers() for name in sorted(line)]
    assert parts == sorted(parts, key=ORDER.index)
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert set(parts) == there - {"__init__", "__main__"}


def test_a_circle_through_a_function_is_found(tmp_path: Path) -> None:
    package = written(tmp_path, {
        "__init__.py": "", "one.py": "def f():\n    from made.two import g\n", "two.py": "import made.three\n",
        "three.py": "from made import one\n", "four.py": "from made.one import f\n",
    })  # fmt: skip
    (found,) = circles(import_graph(package))
    assert found.startswith("3 modules:") and "made.one -> made.two" in found and "four" not in found


def test_a_circle_through_a_name_that_is_loaded_late_is_found(tmp_path: Path) -> None:
    package = written(tmp_path, {
        "__init__.py": "", "room/__init__.py": '_HOMES = {"thing": "inner"}\n', "room/inner.py": "import made.user\n",
        "user.py": "from made.room import thing\n",
    })  # fmt: skip
    (found,) = circles(import_graph(package))
    assert "made.user -> made.room.inner" in found


@pytest.mark.parametrize("form", ["from .two import g", "from . import two", "if 1:\n    import made.two"])
def test_every_form_of_an_import_counts(tmp_path: Path, form: str) -> None:
    package = written(tmp_path, {"__init__.py": "", "one.py": f"{form}\n", "two.py": "from made import one\n"})
    assert len(circles(import_graph(package))) == 1


def test_an_import_for_typing_alone_does_not_count(tmp_path: Path) -> None:
    package = written(tmp_path, {
        "__init__.py": "", "two.py": "from made import one\n",
        "one.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.two import g\n",
    })  # fmt: skip
    assert circles(import_graph(package)) == []
