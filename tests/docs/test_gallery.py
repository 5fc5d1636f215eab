"""The studies that the documentation shows were made by the present sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.generator import gallery

from tests.conftest import REPOSITORY
from wellfit.studies.catalog import CATALOG

PAGES = REPOSITORY / "docs" / "source" / "studies"


def test_every_study_has_a_page_that_shows_a_run_of_it() -> None:
    wanted = {entry.name for entry in CATALOG}
    assert wanted <= set(gallery.names())
    shown = {name for page in PAGES.glob("*.md") for name in gallery.PLACE.findall(page.read_text(encoding="utf-8"))}
    assert shown == set(gallery.names())
    assert {page.stem for page in PAGES.glob("*.md")} == wanted


@pytest.mark.parametrize("name", gallery.names())
def test_what_is_shown_was_made_by_the_present_sources(name: str) -> None:
    assert gallery.is_fresh(name), f"{name} is stale: run make gallery"
    study = gallery.stored(name)
    assert study["verdict"].endswith(".") and study["table"] and study["figures"]


def test_a_fingerprint_follows_what_the_numbers_depend_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    name = "capacity"
    before = gallery.fingerprint(name)
    copy = tmp_path / "wellfit"
    shutil.copytree(gallery.PACKAGE, copy)
    monkeypatch.setattr(gallery, "PACKAGE", copy)
    assert gallery.fingerprint(name) == before
    file = copy / "studies" / "base" / "losses.py"
    file.write_text(file.read_text() + "\n# a comment\n")
    assert gallery.fingerprint(name) == before, "comments change no number"
    file.write_text(file.read_text() + "\nMORE = 1\n")
    assert gallery.fingerprint(name) != before
