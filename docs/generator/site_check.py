"""Whether a built site is whole: no page dropped or overwritten, no link that leads nowhere, nothing from a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Pages that Sphinx writes itself, over any page of that name.
RESERVED = ("search", "genindex", "py-modindex", "modindex")
# Elements that a browser fetches what they name for; a link is followed by the reader alone.
FETCHED = {"script": "src", "link": "href", "img": "src", "source": "src", "iframe": "src", "object": "data"}


@dataclass
class Page(HTMLParser):
    """What a page holds. ids: its anchors. links: of `a`. fetched: what a browser loads for it. heading: its first."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    heading: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._inside = self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if given.get("id") else set()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in FETCHED and given.get("rel", "") not in ("index", "search", "next", "prev", "author", "canonical"):
            self.fetched += [given[FETCHED[tag]]] if FETCHED[tag] in given else []
        self._inside = self._inside or (tag == "h1" and not self._done)

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._inside, self._done = False, True

    def handle_data(self, data: str) -> None:
        self.heading += data if self._inside else ""


def refuse_overwritten(documents: list[str]) -> None:
    """Refuse pages that would be written over: by another of the same name, or by one that Sphinx makes itself.

    Raises:
        ValueError: there is one.
    """
    for name in documents:
        if name in RESERVED:
            raise ValueError(f"Sphinx writes its own {name}.html over a page of that name: call the page otherwise")
        if documents.count(name) > 1:
            raise ValueError(f"Two pages are called {name!r}: call one of them otherwise")


def faults(source: Path, html: Path) -> list[str]:
    """What is wrong with a site, a sentence each.

    source: the folder of Markdown pages. html: the folder built from it.
    """
    pages = {path.relative_to(html).as_posix(): read_page(path) for path in sorted(html.glob("**/*.html"))}
    found = [*_dropped(source, pages), *_unreachable(pages), *_remote_styles(html)]
    for name, page in pages.items():
        found += [f"{name} loads {url} from a network" for url in page.fetched if re.match(r"(https?:)?//", url)]
        for link in [*page.links, *page.fetched]:
            if not _is_remote(link) and not _leads_somewhere(name, link, html, pages):
                found.append(f"{name} links to {link}, which is not there")
    return found


def read_page(path: Path) -> Page:
    """A page of HTML, parsed."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _dropped(source: Path, pages: dict[str, Page]) -> Iterator[str]:
    """Each Markdown page has become the page of its own heading."""
    for path in sorted(source.glob("**/*.md")):
        name = path.relative_to(source).with_suffix(".html").as_posix()
        heading = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        wanted = _letters(heading.group(1)) if heading else ""
        if name not in pages:
            yield f"{name} was not built"
        elif _letters(pages[name].heading) != wanted:
            yield f"{name} is not the page of its source: it is headed {pages[name].heading!r}"


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _unreachable(pages: dict[str, Page]) -> Iterator[str]:
    """Every page can be reached from the first one."""
    seen, waiting = set(), ["index.html"]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in pages:
            continue
        seen.add(name)
        waiting += [_target(name, link)[0] for link in pages[name].links if not _is_remote(link)]
    own = {f"{name}.html" for name in RESERVED}
    yield from (f"no link leads to {name}" for name in sorted(set(pages) - seen - own))


def _remote_styles(html: Path) -> Iterator[str]:
    for path in sorted(html.glob("**/*.css")):
        for url in re.findall(
            r"(?:url\(|@import )\s*['\"]?((?:https?:)?//[^'\") ]+)", path.read_text(encoding="utf-8")
        ):
            yield f"{path.relative_to(html)} loads {url} from a network"


def _is_remote(link: str) -> bool:
    return bool(urlsplit(link).scheme) or link.startswith("//")


def _target(name: str, link: str) -> tuple[str, str]:
    """The file, from the site's root, and the anchor that a link of a page leads to."""
    parts = urlsplit(link)
    if not parts.path:
        return name, unquote(parts.fragment)
    steps: list[str] = name.split("/")[:-1]
    for step in unquote(parts.path).split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(steps), unquote(parts.fragment)


def _leads_somewhere(name: str, link: str, html: Path, pages: dict[str, Page]) -> bool:
    path, anchor = _target(name, link)
    if path not in pages:
        return (html / path).is_file()
    return not anchor or anchor in pages[path].ids
