"""Relative links lead to files: on the pages that are read in the source, and on those of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs.build import made_pages
from docs.generator.technique_pages import family_document
from docs.generator.techniques import entries, families

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "docs" / "source"
READ_IN_PLACE = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")]
READ_IN_PLACE += sorted((REPOSITORY / "benchmarks").glob("*.md"))
PAGES = sorted(SOURCE.glob("**/*.md"))
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:|#|/")  # another site, a place on the page, the root of a site


def links(text: str) -> list[str]:
    """The files that links of a page name, relative to it."""
    targets = LINK.findall(CODE.sub("", text))
    return [target.split("#")[0] for target in targets if not ELSEWHERE.match(target)]


def broken(page: Path, made: frozenset[Path] = frozenset()) -> list[str]:
    """Links of a page that lead to no file. made: files that are there once the documentation is built."""
    found = ((target, (page.parent / target).resolve()) for target in links(page.read_text(encoding="utf-8")))
    return [target for target, path in found if not path.exists() and path not in made]


def made_files() -> frozenset[Path]:
    names = [*made_pages(), *(one.document for one in entries()), *map(family_document, families())]
    return frozenset(SOURCE / f"{name}.md" for name in names)


@pytest.mark.parametrize("page", READ_IN_PLACE, ids=lambda page: page.name)
def test_a_page_that_is_read_in_the_source_links_to_files_of_the_source(page: Path) -> None:
    assert broken(page) == []


def test_the_pages_of_the_documentation_link_to_files_and_to_made_pages() -> None:
    made = made_files()
    assert {page.name: found for page in PAGES if (found := broken(page, made))} == {}


def test_a_link_is_told_from_code_and_from_other_sites() -> None:
    text = "[a](b.md#c) ![d](e.svg) [f](https://g.h) [i](#j) `[k](l.md)`\n```\n[m](n.md)\n```\n[o\np](q.md)"
    assert links(text) == ["b.md", "e.svg", "q.md"]
