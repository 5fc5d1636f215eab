"""Builds the documentation site: `python -m docs.build`, which `make docs` runs.

The handwritten pages of docs/source are copied, the others and the pictures made beside them, and Sphinx makes HTML of
all; a warning is an error, and so is a page that is missing or a link that leads nowhere. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
DEFAULT = HERE.parent / "build" / "docs"


def made_pages() -> dict[str, Callable[[], str]]:
    """What makes the pages that no one writes, by their names; those of techniques apart."""
    from docs.generator import gallery, how_it_works, indexes, references, rule_pages, technique_pages

    return {
        "by-symptom": indexes.by_symptom,
        "by-mechanism": indexes.by_mechanism,
        "by-seam": indexes.by_seam,
        "a-to-z": indexes.alphabetical,
        "recipe": references.recipe_reference,
        "command-reference": references.command_reference,
        "python": references.api_reference,
        "how-it-works": how_it_works.how_it_works,
        "rules": rule_pages.rules_page,
        "techniques/index": technique_pages.contents_page,
        "studies/index": gallery.contents_page,
    }


def write_pages(source: Path) -> None:
    """The handwritten pages and the made ones, in a folder that Sphinx reads."""
    from docs.generator import gallery, lab, technique_pages
    from docs.generator.outputs import write_outputs
    from docs.generator.site_check import refuse_overwritten
    from docs.generator.techniques import entries, families
    from docs.pictures import write_map, write_pictures

    shutil.copytree(HERE / "source", source, dirs_exist_ok=True)
    shutil.copy(HERE / "curves.svg", source)
    pages = {name: make() for name, make in made_pages().items()}
    write_map(source / "source-map.svg")
    captions = write_pictures({family: source / "techniques" / family for family in families()})
    for family in families():
        if len(entries(family)) > 1:
            pages[technique_pages.family_document(family)] = technique_pages.family_page(family)
    for entry in entries():
        pages[entry.document] = technique_pages.technique_page(entry, captions[entry.key])
    written = sorted(source.glob("*.md"))
    refuse_overwritten([*(path.stem for path in written), *pages])
    write_outputs(written)
    gallery.show(sorted(source.rglob("*.md")))
    lab.show(source / "lab.md")
    lab.write_gallery(source / "_static" / "lab-gallery.html")
    for document, text in pages.items():
        path = source / f"{document}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def build(out: Path) -> int:
    """Write the site to `out`/html. Returns Sphinx's exit status, or 1 where the site is not whole."""
    from sphinx.cmd.build import build_main

    from docs.generator.site_check import faults

    source, html = out / "source", out / "html"
    shutil.rmtree(out, ignore_errors=True)
    write_pages(source)
    options = ["-W", "--keep-going", "-n", "-q", "-j", "2", "-b", "html", "-d", str(out / "doctrees")]
    status = int(build_main([*options, str(source), str(html)]))
    if status:
        return status
    found = faults(source, html)
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


def main() -> int:
    """Build, and say where the site is."""
    parser = argparse.ArgumentParser(prog="python -m docs.build", description="Build the documentation site.")
    parser.add_argument("--out", type=Path, default=DEFAULT, help=f"folder to write to (default: {DEFAULT.name})")
    out = parser.parse_args().out.resolve()
    status = build(out)
    if status == 0:
        sys.stdout.write(f"The documentation is in {out / 'html' / 'index.html'}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
