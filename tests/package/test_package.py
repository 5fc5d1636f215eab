"""The package as it is installed: light to import, typed, and documented without traces of one machine."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import json
import os
import re
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import pytest

import wellfit

REPOSITORY = Path(__file__).resolve().parents[2]
HEAVY = {
    "numba", "sklearn", "polars", "scipy", "pandas", "torch", "pyarrow", "pydantic", "typer", "rich", "altair",
    "vl_convert", "jinja2",
}  # fmt: skip
DOCUMENTS = sorted({*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("examples/*.md")})
# A folder of somebody's machine, but not a web address or a path inside the project.
MACHINE_PATH = re.compile(r"(?<![\w.:/~$)}-])/(?:home|root|work|tmp|opt|mnt|srv|Users)/\w")


def modules_loaded_by(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `statement`."""
    code = (
        f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def names_shown_after(statement: str) -> list[str]:
    """What `dir(wellfit)` gives in a fresh interpreter after `statement`."""
    code = f"{statement}\nimport json; print(json.dumps(dir(wellfit)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def test_importing_wellfit_loads_nothing_heavy() -> None:
    loaded = modules_loaded_by("import wellfit")
    assert "wellfit" in loaded
    assert loaded & HEAVY == set()
    drawing = {"altair", "vl_convert", "jinja2"}  # which are loaded when a figure is drawn
    assert modules_loaded_by("import wellfit.figures, wellfit.cli.app, wellfit.models.model") & drawing == set()


def test_a_heavy_module_would_be_noticed() -> None:
    assert "polars" in modules_loaded_by("import wellfit, polars")


@pytest.mark.parametrize("name", wellfit.__all__)
def test_every_public_name_can_be_loaded(name: str) -> None:
    assert getattr(wellfit, name).__module__.startswith("wellfit.") if name != "__version__" else wellfit.__version__


def test_dir_shows_the_public_names_alone_before_and_after_they_are_loaded() -> None:
    shown = names_shown_after("import wellfit, wellfit.tables")
    assert shown == names_shown_after("from wellfit import train, View; import wellfit, wellfit.training.transfer")
    assert shown == sorted(wellfit.__all__)
    assert {"train", "Recipe", "__version__"} <= set(shown)
    assert not {"annotations", "import_module", "tables", "TYPE_CHECKING", "_HOMES", "__getattr__"} & set(shown)


def test_no_two_public_names_are_one_thing_and_no_module_hides_one() -> None:
    loaded = {name: getattr(wellfit, name) for name in wellfit.__all__}
    assert len({id(thing) for thing in loaded.values()}) == len(loaded)
    modules = [name for name, thing in loaded.items() if isinstance(thing, types.ModuleType)]
    assert modules == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'NetworkClasifier'"):
        _ = wellfit.NetworkClasifier


def test_the_version_is_the_installed_one() -> None:
    assert importlib.metadata.version("wellfit") == wellfit.__version__


def test_the_tests_run_against_the_installed_package_where_one_was_put_first() -> None:
    """`make test` puts an installed wheel at the head of the path; without it the working tree is what is installed."""
    first = Path(os.environ.get("PYTHONPATH", "").split(os.pathsep)[0] or "src").resolve()
    assert Path(wellfit.__file__).parent == first / "wellfit"


def test_type_hints_are_shipped() -> None:
    assert importlib.resources.files("wellfit").joinpath("py.typed").is_file()


def test_the_command_is_installed() -> None:
    (command,) = importlib.metadata.distribution("wellfit").entry_points.select(name="wellfit")
    assert command.group == "console_scripts"
    assert callable(command.load())


def test_every_dependency_is_pinned_for_development() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["dev"] + extras["docs"]
    lines = (REPOSITORY / "constraints-dev.txt").read_text().splitlines()
    pins = {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    assert {re.split(r"[\[<>=]", requirement)[0] for requirement in wanted} - pins == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_documents_name_no_folder_of_one_machine(document: Path) -> None:
    assert MACHINE_PATH.findall(document.read_text()) == []


def test_sources_name_no_folder_of_one_machine() -> None:
    sources = [*REPOSITORY.glob("src/**/*.py"), REPOSITORY / "Makefile", REPOSITORY / "pyproject.toml"]
    guilty = [str(path.relative_to(REPOSITORY)) for path in sources if MACHINE_PATH.search(path.read_text())]
    assert guilty == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see /home/me/table.csv", True),
        ("(/tmp/run)", True),
        ("https://example.org/home/me", False),
        ("examples/work/one.csv", False),
    ],
)
def test_the_search_for_machine_paths_finds_them(text: str, found: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is found


def test_the_changelog_tells_of_changes_to_trained_results() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    assert "### Changes to trained results" in changelog
