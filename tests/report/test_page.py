"""The page as text: what it holds, that nothing of the data is markup, and what it weighs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from tests.report.examples import CLASS, COLUMN, example_report
from wellfit.report.content import Report, Section
from wellfit.report.page import page


class Reader(HTMLParser):
    """Tags by name, text that is shown, and what scripts hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []
        self.inside: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside.append(tag)
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data
        else:
            self.shown.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def text() -> str:
    return page(example_report())


def test_all_text_is_escaped(text: str) -> None:
    read = Reader(text)
    shown = " ".join(read.shown)
    assert COLUMN in shown and CLASS in shown
    assert len(read.all("script")) == 3, "the figures, the dark colours, and the script that draws"
    assert {"b", "alert"}.isdisjoint(tag for tag, _ in read.tags)
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]


def test_it_refers_to_nothing_outside(text: str) -> None:
    addresses = [
        value or "" for _, attributes in Reader(text).tags for name, value in attributes.items()
        if name in ("href", "src", "srcset", "action", "data")
    ]  # fmt: skip
    assert addresses and all(one.startswith(("#", "data:image/svg+xml;base64,")) for one in addresses)


def test_its_policy_names_its_one_script(text: str) -> None:
    read = Reader(text)
    policy = next(one["content"] for one in read.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    script = read.scripts[-1]
    assert policy is not None and script.count("window.vegaEmbed") == 1
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy and policy.startswith("default-src 'none';")


def test_no_two_parts_have_one_name(text: str) -> None:
    ids = [attributes["id"] for _, attributes in Reader(text).tags if "id" in attributes]
    assert len(set(ids)) == len(ids) and {"figures", "contents"} <= set(ids), "the example has sections of these keys"


def test_headings_come_in_order(text: str) -> None:
    levels = [int(tag[1]) for tag, _ in Reader(text).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_figure_has_words_and_the_first_ones_pictures(text: str) -> None:
    read = Reader(text)
    views = [one for one in read.all("div") if one.get("class") == "view"]
    specs = json.loads(next(one for one in read.scripts if one.startswith("[{")))
    assert [int(one["data-place"] or -1) for one in views] == list(range(len(specs))) and len(specs) > 20
    assert all(one["role"] == "img" and one["aria-label"] for one in views)
    assert len(read.all("img")) == 8 and all(one["alt"] for one in read.all("img"))
    assert len(Reader(page(example_report(), drawn=0)).all("img")) == 0


def test_it_is_light(text: str) -> None:
    assert len(text.encode()) < 2_000_000
    assert len(page(Report("A title", "study", "A verdict.", sections=(Section("a", "A", ("Text.",)),)))) < 20_000
