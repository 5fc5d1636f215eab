"""CONTRIBUTING's map of the source, and the ways on the page "How it works", are those of the tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.generator import defaults, how_it_works
from docs.generator.source_map import REPOSITORY, holds, layers, place, with_table


def test_the_map_in_contributing_is_that_of_the_tree() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert with_table(text) == text, "run: python -m docs.generator.source_map"


def test_the_page_of_defaults_is_true() -> None:
    text = defaults.PAGE.read_text(encoding="utf-8")
    assert defaults.with_tables(text) == text, "run: python -m docs.generator.defaults"
    assert "| `dropout` | Dropout |" in text
    with pytest.raises(ValueError, match="no place for the table 'on'"):
        defaults.with_tables(text.replace("<!-- on:", "<!-- gone:"))


def test_every_part_has_its_place_and_says_what_it_holds() -> None:
    named = {name for line in layers() for name in line}
    package = Path(REPOSITORY / "src" / "wellfit")
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - {"__init__", "__main__"} == named
    for name in named:
        path = place(name)
        assert path is not None and len(holds(path).split()) > 3, name


@pytest.mark.parametrize("way", [how_it_works.TRAIN, how_it_works.FIT], ids=["train", "fit"])
def test_each_function_of_a_way_calls_the_next(way: tuple[str, ...]) -> None:
    assert len(how_it_works.way(way)) == len(way)


def test_a_way_that_is_no_longer_true_is_noticed() -> None:
    with pytest.raises(ValueError, match="does not call"):
        how_it_works.way((how_it_works.TRAIN[0], "wellfit.files.write_atomically"))
