"""Reports as files: all forms, whole or not at all; JSON read back; Markdown whose text stays text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.report.examples import CLASS, COLUMN, example_report
from wellfit.errors import InputError
from wellfit.report.markdown import escaped, markdown
from wellfit.report.plain import from_plain, to_plain
from wellfit.report.write import write_report


def test_all_forms_are_written(tmp_path: Path) -> None:
    files = write_report(example_report(), tmp_path / "new", drawn=0)
    assert [one.name for one in files] == ["report.html", "report.md", "report.json"]
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == sorted(one.name for one in files)
    again = from_plain(json.loads(files[2].read_bytes()))
    assert to_plain(again) == to_plain(example_report())


def test_only_the_forms_that_were_asked_for(tmp_path: Path) -> None:
    assert [one.name for one in write_report(example_report(), tmp_path, ("md",))] == ["report.md"]
    with pytest.raises(InputError, match="A report is written as html, md, json; got 'pdf'"):
        write_report(example_report(), tmp_path, ("pdf",))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(example_report(), tmp_path / "file", ("md",))


@pytest.mark.parametrize("plain", [{}, {"format": 99}, {**to_plain(example_report()), "sections": [{"key": "a"}]}])
def test_what_is_no_report_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(InputError, match="A report is"):
        from_plain(plain)


def test_nothing_of_the_data_is_a_mark() -> None:
    """The reader of Markdown is markdown-it, by CommonMark with GitHub's tables."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown(example_report()))
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {child.type for child in inline}
    assert kinds <= {"text", "softbreak", "em_open", "em_close", "text_special"}
    assert {token.type for token in tokens}.isdisjoint({"html_block", "blockquote_open", "hr"})
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len(rows) == 5 + 2 + 5, "three tables, none broken by a bar in a cell"
    texts = ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]
    assert f"{COLUMN}: {CLASS}" in texts and f"{CLASS} 1" in texts


@pytest.mark.parametrize(
    "text",
    ["1. one", "- one", "# one", "===", "---", "snake_case_ _x_", "&lt;b&gt; & c", "a | b", "~~x~~", "\\*", "2)"],
)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(escaped(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in tokens[1].children or ()) == text
