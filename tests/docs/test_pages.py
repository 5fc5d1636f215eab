"""What the pages say can be done: their Python runs, the recipe lines are recipes, the links lead somewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from docs.generator import indexes, references, technique_pages
from docs.generator.methods import METHODS, methods
from docs.generator.techniques import Entry, entries
from docs.generator.turning_on import CALLS

import wellfit
from tests.package.test_readme import python_blocks, run_blocks
from wellfit.cli.app import command
from wellfit.recipe import Recipe
from wellfit.techniques.base import SYMPTOMS, Symptom
from wellfit.techniques.index import members

CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
REPOSITORY = Path(__file__).resolve().parents[2]
WRITTEN = sorted((REPOSITORY / "docs" / "source").glob("**/*.md"))
ALL = entries()
IDS = [entry.key for entry in ALL]


@pytest.mark.parametrize(
    "document", [path for path in WRITTEN if python_blocks(path.read_text())], ids=lambda p: p.name
)
def test_the_python_of_a_page_runs(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    run_blocks(document.read_text(), document.name)


def test_the_tutorial_shows_python() -> None:
    assert len(python_blocks((REPOSITORY / "docs" / "source" / "tutorial.md").read_text())) >= 5


@pytest.mark.parametrize("entry", ALL, ids=IDS)
def test_the_lines_that_turn_a_technique_on_do_so(entry: Entry) -> None:
    text = technique_pages.technique_page(entry, "A caption.")
    toml = TOML.search(text)
    if entry.family in CALLS:
        assert not entry.slots() and toml is None
        if entry.name != "none":
            run_blocks(text, entry.key)
        return
    assert toml is not None
    recipe = Recipe.from_toml(toml.group(1))
    assert any(type(part) is entry.cls for slot in entry.slots() for part in _parts(getattr(recipe, slot)))
    namespace: dict[str, object] = {}
    (_, code), *_ = python_blocks(text)
    exec(code, namespace)
    assert namespace["recipe"] == recipe
    if entry.cls.main:  # the setting that a bare number stands for, 0 where it is off
        assert getattr(getattr(recipe, entry.slots()[0]), entry.cls.main) != 0


def _parts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def test_a_technique_that_no_slot_takes_is_known() -> None:
    assert {entry.family for entry in ALL if not entry.slots()} == set(CALLS)


def test_the_command_lines_of_pages_are_understood() -> None:
    """Each line's options are parsed by the command itself; tests/cli runs such lines."""
    pages = [references.command_reference(), *(path.read_text() for path in WRITTEN)]
    lines = [line for page in pages for block in CONSOLE.findall(page) for line in block.splitlines()]
    ours = [line.partition(" > ")[0].split()[1:] for line in lines if line.startswith("wellfit ")]
    assert len(ours) >= 8
    for words in ours:
        found: Any = command()
        while hasattr(found, "commands"):
            found = found.commands[words.pop(0)]
        found.make_context("wellfit", words)


def test_the_recipes_of_pages_are_recipes() -> None:
    blocks = TOML.findall(references.recipe_reference())
    assert len(blocks) == 2
    assert Recipe.from_toml(blocks[0]) != Recipe.from_toml(blocks[1]) == Recipe()


def test_links_lead_to_labels() -> None:
    pages = [
        indexes.by_symptom(), indexes.by_mechanism(), indexes.by_seam(), indexes.alphabetical(),
        references.recipe_reference(), references.command_reference(), references.api_reference(),
        technique_pages.contents_page(), *(technique_pages.technique_page(entry, "A caption.") for entry in ALL),
        *(technique_pages.family_page(family) for family in {entry.family for entry in ALL if not entry.alone}),
    ]  # fmt: skip
    pages += [path.read_text() for path in WRITTEN]
    labels = {label for page in pages for label in re.findall(r"^\(([\w-]+)\)=$", page, re.MULTILINE)}
    wanted = {label for page in pages for label in re.findall(r"\{ref\}`[^`]*<([\w-]+)>`", page)}
    wanted |= {label for page in pages for label in re.findall(r"\]\(#([\w-]+)\)", page)}
    assert wanted - labels == set()


def test_the_references_are_whole() -> None:
    recipe, api = references.recipe_reference(), references.api_reference()
    assert [slot for slot in Recipe.model_fields if f"## `{slot}`" not in recipe] == []
    assert [name for name in wellfit.__all__ if not name.startswith("__") and f"## {name}\n" not in api] == []
    commands = references.command_reference()
    assert [word for word in ("wellfit fit", "wellfit predict", "--target COLUMN") if word not in commands] == []


def test_every_call_has_its_section_and_its_place_in_the_indexes() -> None:
    text = (REPOSITORY / "docs" / "source" / "calls.md").read_text()
    assert {f"(method-{name})=" for name in METHODS} <= set(text.splitlines())
    assert "<method-bagging>" in indexes.by_mechanism() and "<method-range-test>" in indexes.by_symptom()


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_three_things_are_to_be_tried_first_and_named_once(symptom: Symptom) -> None:
    """Each of them answers the symptom by its own declaration, and says why it comes first."""
    three = indexes.first_three(symptom)
    answers = {entry.label for entry in ALL if entry.name in members(symptom=symptom).get(entry.family, ())}
    assert len(three) == 3 and {label for label, _, _ in three} <= answers | set(methods(symptom=symptom))
    section = re.split(r"^## ", indexes.by_symptom(), flags=re.MULTILINE)[1 + SYMPTOMS.index(symptom)]
    places = [section.index(f"<{label}>`: {reason}") for label, _, reason in three]
    assert places == sorted(places) and [section.count(f"<{label}>") for label, _, _ in three] == [1, 1, 1]


def test_titles_tell_techniques_apart() -> None:
    titles = [(entry.family, entry.title) for entry in ALL]
    assert len(set(titles)) == len(titles)


def test_every_technique_is_in_the_alphabetical_index() -> None:
    text = indexes.alphabetical()
    assert [entry.key for entry in ALL if entry.name != "none" and f"<{entry.label}>" not in text] == []


def test_the_frame_of_the_step_counts_its_techniques() -> None:
    frame = re.search(r"```text\n(.*?)```", indexes.by_seam(), re.DOTALL)
    assert frame is not None
    assert re.search(r"forward\(x, w\)\s+# \d+", frame.group(1))
