"""A report as one HTML page that needs no network: interactive figures, and pictures where JavaScript does not run."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from wellfit.errors import clean
from wellfit.figures import Figure, rendering
from wellfit.figures.look import DARK
from wellfit.report.content import Block, Folded, Note, Report
from wellfit.report.markdown import plain_code
from wellfit.report.words import KIND_WORDS, NOTE_WORDS


def page(report: Report, *, drawn: int = 8, seconds: float | None = None) -> str:
    """The page as text.

    report: what it says. All text is escaped.
    drawn: how many figures, from the first on, it also holds as pictures, for printing and readers without JavaScript.
    seconds: no further picture is begun after so many (default None: all are drawn).

    Nothing is loaded from elsewhere, and the page forbids it to itself: the JavaScript (of vl-convert's installed
    package, once) and the styles are in it, and its policy allows these scripts alone, by their sha256.
    """
    figures = list(_figures(block for section in report.sections for block in section.blocks))
    views = json.dumps([rendering.printable(_spec(one)) for one in figures], allow_nan=False)
    script = _script() if figures else _template("page.js")
    known = {
        "report": report, "kind": KIND_WORDS.get(report.kind, ""), "note_words": NOTE_WORDS,
        "views": _harmless(views), "dark": _harmless(json.dumps(DARK)), "script": script,
        "policy": f"default-src 'none'; script-src 'sha256-{_sha256(script)}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        "style": _template("page.css"), "pictures": _pictures(figures[:drawn], seconds),
        "next_place": itertools.count().__next__,
    }  # fmt: skip
    return str(_environment().get_template("page.html").render(known))


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("wellfit.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters["block_kind"] = _kind_of
    environment.filters["clean"] = _shown
    environment.filters["lines"] = plain_code
    return environment


def _template(name: str) -> str:
    """A file of the templates, as it is."""
    environment = _environment()
    return str(environment.loader.get_source(environment, name)[0])


@cache
def _script() -> str:
    """All that runs in the page: Vega, Vega-Lite and Vega-Embed, once, and what draws the figures."""
    return f"{rendering.javascript()}\n{_template('figures.js')}\n{_template('page.js')}"


def _sha256(script: str) -> str:
    """As a content security policy names a script; the page has it between line ends of its own."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _harmless(text: str) -> str:
    """JSON in which no text of the data can end the script."""
    return text.replace("<", "\\u003c")


def _figures(blocks: Iterator[Block] | Sequence[Block]) -> Iterator[Figure]:
    """All figures in the order of the page, those in notes among them."""
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Note | Folded):
            yield from _figures(block.details if isinstance(block, Note) else block.blocks)


def _spec(figure: Figure) -> dict[str, Any]:
    """The specification without title, which the page shows as the caption; of several panels each keeps its own."""
    spec = {name: value for name, value in figure.spec.items() if name not in ("title", "description", "$schema")}
    title = figure.spec.get("title")
    if isinstance(title, dict) and title.get("subtitle"):
        spec["title"] = {"text": title["subtitle"], "fontWeight": "normal", "fontSize": 12, "offset": 6}
    return spec


def _pictures(figures: Sequence[Figure], seconds: float | None) -> dict[int, str]:
    """Of the first figures by place their SVG as an address that carries it.

    As images, for clippings of two SVGs in one page would be taken for one another.
    """
    began, pictures = time.monotonic(), {}
    for place, figure in enumerate(figures):
        if seconds is not None and time.monotonic() - began >= seconds:
            break
        svg = rendering.svg(_spec(figure))
        pictures[place] = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return pictures


def _kind_of(block: Block) -> str:
    """Name of a block's type, as the template asks for it."""
    return "text" if isinstance(block, str) else type(block).__name__.lower()


def _shown(text: str) -> str:
    """Text of the data on one line, with control characters shown."""
    return clean(" ".join(str(text).split()))
