"""A report as Markdown, for terminals, continuous integration and agents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wellfit.errors import clean
from wellfit.figures import Figure
from wellfit.report.content import Block, Code, Folded, Note, Report, ReportTable
from wellfit.report.words import NOTE_WORDS

# What CommonMark or GitHub reads as a mark; an underscore inside a word is none.
_MARKS = re.compile(r"[\\`*\[\]<>|~$]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
_FIRST = re.compile(r"^(\d*)([.)+\-](?=\s|$)|#+(?=\s|$)|=+$|-+$)")  # of a line: a heading or a list
DEEPEST = 6  # headings


def markdown(report: Report) -> str:
    """The whole report. Text of the data appears as it is: nothing in it becomes a mark.

    A figure is its title and its description; its numbers are in report.json.
    """
    parts = [f"# {escaped(report.title)}", escaped(report.verdict)]
    if report.key_numbers:
        parts.append(_facts(report.key_numbers))
    for section in report.sections:
        parts += [f"## {escaped(section.title)}", *_blocks(section.blocks, 3)]
    if report.facts:
        parts += ["## Data and versions", _facts(report.facts)]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Text on one line, in which nothing is a mark of Markdown.

    >>> print(escaped("# a_b <script> 2*3 _x_"))
    \\# a_b \\<script\\> 2\\*3 \\_x\\_
    """
    plain = _MARKS.sub(lambda mark: f"\\{mark.group()}", clean(" ".join(text.split())))
    return _FIRST.sub(r"\1\\\2", plain)


def _blocks(blocks: Sequence[Block], level: int) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, str):
            yield escaped(block)
        elif isinstance(block, ReportTable):
            yield _table(block)
        elif isinstance(block, Figure):
            yield f"*Figure:* {escaped(block.title)}\n{_beyond_title(block)}".rstrip()
        elif isinstance(block, Code):
            yield _code(block)
        elif isinstance(block, Folded):
            yield f"*{escaped(block.title)}*"
            yield from _blocks(block.blocks, level)
        else:
            yield from _note(block, level)


def _beyond_title(figure: Figure) -> str:
    """What the description says more than the title."""
    return escaped(figure.description.removeprefix(figure.title).strip())


def _note(note: Note, level: int) -> Iterator[str]:
    word = NOTE_WORDS.get(note.kind, "")
    if note.title:
        yield f"{'#' * min(level, DEEPEST)} {f'{word}: ' if word else ''}{escaped(note.title)}"
    if note.text:
        yield escaped(note.text)
    yield from _blocks(note.details, level + 1)


def _code(code: Code) -> str:
    longest = max(map(len, re.findall(r"`+", code.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{escaped(code.title)}\n\n{fence}{code.language}\n{plain_code(code)}\n{fence}"


def plain_code(code: Code) -> str:
    """Its text, line by line, in which control characters are shown."""
    lines = code.text.expandtabs(4).splitlines()
    return "\n".join("".join(a if a.isprintable() else repr(a)[1:-1] for a in line) for line in lines)


def _table(table: ReportTable) -> str:
    head = [escaped(name) for name in table.columns]
    rows = [[escaped(cell) for cell in row] for row in table.rows]
    lengths = [max([3, len(name), *(len(row[k]) for row in rows)]) for k, name in enumerate(head)]
    rules = ["-" * (length - 1) + ":" if k in table.numeric else "-" * length for k, length in enumerate(lengths)]
    lines = [_line(cells, lengths, table.numeric) for cells in (head, rules, *rows)]
    return f"{escaped(table.title)}\n\n" + "\n".join(lines)


def _line(cells: Sequence[str], lengths: Sequence[int], right: Sequence[int]) -> str:
    padded = (
        cell.rjust(length) if k in right else cell.ljust(length)
        for k, (cell, length) in enumerate(zip(cells, lengths, strict=True))
    )
    return f"| {' | '.join(padded)} |"


def _facts(facts: Mapping[str, str]) -> str:
    return "\n".join(f"- {escaped(name)}: {escaped(value)}" for name, value in facts.items())
