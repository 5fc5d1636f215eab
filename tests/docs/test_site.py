"""A site with a page dropped, a dead link or a request to a network does not pass; formulas become MathML."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.generator.mathml import mathml
from docs.generator.outputs import with_outputs
from docs.generator.site_check import faults, refuse_overwritten
from docs.generator.technique_pages import family_page, technique_page
from docs.generator.techniques import Entry, entries

ALL = entries()
# Techniques that words describe better than a formula: what they do is a choice, a rule, or a copy kept.
WITHOUT_FORMULA = {
    "initialization.auto", "loss.auto", "sampling.sampling", "categories.categories", "snapshots.cycles",
    "snapshots.spaced", "stopping.best", "stopping.strict_patience", "stopping.updates", "stopping.loss_below",
}  # fmt: skip
SOURCE = {"index": "# First `page`\n", "more/second": "# Second page\n"}
SITE = {
    "index.html": '<h1>First <code>page</code><a href="#a" id="a">#</a></h1><a href="more/second.html#deep">2</a>',
    "more/second.html": '<h1>Second page</h1><p id="deep"><img src="../a.png"><a href="https://example.org">x</a></p>',
    "a.png": "",
    "search.html": "<h1>Search</h1>",
}


def faults_of(folder: Path, **changes: str | None) -> list[str]:
    """The faults of the small site, with files changed or (None) left out."""
    for name, text in SOURCE.items():
        path = folder / "source" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, given in (SITE | changes).items():
        if given is not None:
            path = folder / "html" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(given)
    return faults(folder / "source", folder / "html")


def test_a_whole_site_has_no_faults(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("more/second.html", None, "more/second.html was not built"),
        ("more/second.html", '<h1>Search</h1><p id="deep"></p>', "is headed 'Search'"),
        ("more/second.html", "<h1>Second page</h1>", "index.html links to more/second.html#deep, which is not there"),
        ("a.png", None, "more/second.html links to ../a.png"),
        ("index.html", '<h1>First page</h1><a href="more/third.html">t</a>', "links to more/third.html"),
        ("index.html", "<h1>First page</h1>", "no link leads to more/second.html"),
        ("index.html", SITE["index.html"] + '<script src="https://cdn.org/m.js"></script>', "from a network"),
        ("index.html", SITE["index.html"] + '<link rel="stylesheet" href="//cdn.org/m.css">', "from a network"),
        ("style.css", "@import 'https://cdn.org/font.css';", "style.css loads https://cdn.org/font.css"),
        ("style.css", "p { background: url(//cdn.org/a.png) }", "style.css loads //cdn.org/a.png"),
    ],
)
def test_a_fault_of_a_site_is_found(tmp_path: Path, name: str, text: str | None, fault: str) -> None:
    assert any(fault in found for found in faults_of(tmp_path, **{name: text}))


@pytest.mark.parametrize("pages", [["index", "search"], ["index", "genindex"], ["command", "index", "command"]])
def test_a_page_that_would_be_written_over_is_refused(pages: list[str]) -> None:
    with pytest.raises(ValueError, match=r"call (the page|one of them) otherwise"):
        refuse_overwritten(pages)
    refuse_overwritten(["index", "searching"])


@pytest.mark.parametrize("entry", ALL, ids=[entry.key for entry in ALL])
def test_a_formula_is_typeset(entry: Entry) -> None:
    equations = vars(entry.cls).get("equations", ())
    assert bool(equations) == (entry.key not in WITHOUT_FORMULA and entry.name != "none")
    for line in equations:
        assert mathml(line).startswith("<math displaystyle")
    assert ("```{math}" in technique_page(entry, "A caption.")) == bool(equations)


def test_a_command_that_is_not_known_in_a_formula_is_refused() -> None:
    with pytest.raises(ValueError, match="does not know"):
        mathml(r"\unheardof{w}")


def test_the_family_of_optimisers_shows_each_rule_on_lines_of_its_own() -> None:
    page = family_page("optimizer")
    row = next(line for line in page.splitlines() if "`momentum`" in line)
    assert row.count("<br>{math}`") == 2
    assert "```text\nfirst slot" in page and "|g|" not in row


def test_what_a_block_prints_stands_below_it() -> None:
    page = "# T\n\n```python\nx = 2\n```\n\n```python\nprint(x, [x])\n```\n\nThe end.\n"
    assert with_outputs(page, "page").count("```{code-block} text\n:class: output\n\n2 [2]\n```\n\nThe end.") == 1
    with pytest.raises(ZeroDivisionError) as caught:
        with_outputs("# T\n\n```python\n1 / 0\n```\n", "page")
    assert caught.traceback[-1].lineno + 1 == 4
