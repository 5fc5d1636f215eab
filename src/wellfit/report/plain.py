"""A report as JSON holds it, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wellfit.errors import InputError, quoted, reason
from wellfit.figures import Figure
from wellfit.report.content import VERSION, Block, Code, Folded, Note, Report, ReportTable, Section


def to_plain(report: Report) -> dict[str, Any]:
    """A report as JSON holds it; figures with their data and specification."""
    return {
        "format": VERSION, "title": report.title, "kind": report.kind, "verdict": report.verdict,
        "key_numbers": dict(report.key_numbers), "facts": dict(report.facts),
        "sections": [
            {"key": one.key, "title": one.title, "folded": one.folded, "blocks": [_block(b) for b in one.blocks]}
            for one in report.sections
        ],
    }  # fmt: skip


def from_plain(plain: Mapping[str, Any]) -> Report:
    """What `to_plain` gave.

    Raises:
        InputError: it is something else, or was written by another version.
    """
    try:
        if plain["format"] != VERSION:
            rule = f"A report is read in format {VERSION}; got {quoted(plain['format'])}"
            raise InputError(f"{rule}: make it again with wellfit report.")
        sections = tuple(
            Section(str(one["key"]), str(one["title"]), _blocks(one["blocks"]), bool(one["folded"]))
            for one in plain["sections"]
        )
        numbers, facts = (_texts(plain[name]) for name in ("key_numbers", "facts"))
        title, kind, verdict = (str(plain[name]) for name in ("title", "kind", "verdict"))
        return Report(title, kind, verdict, numbers, sections, facts)
    except (KeyError, TypeError, AttributeError) as error:
        rule = "A report is written as its title, kind, verdict, key numbers, sections and facts"
        raise InputError(f"{rule}; got something else: {reason(error)}.") from None


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, str):
        return {"block": "text", "text": block}
    if isinstance(block, ReportTable):
        rows = [list(row) for row in block.rows]
        return {"block": "table", "title": block.title, "columns": list(block.columns), "rows": rows,
                "numeric": list(block.numeric)}  # fmt: skip
    if isinstance(block, Figure):
        return {"block": "figure", **block.to_plain()}
    if isinstance(block, Code):
        return {"block": "code", "title": block.title, "text": block.text, "language": block.language}
    if isinstance(block, Folded):
        return {"block": "folded", "title": block.title, "blocks": [_block(one) for one in block.blocks]}
    details = [_block(one) for one in block.details]
    return {"block": "note", "kind": block.kind, "title": block.title, "text": block.text, "details": details}


def _blocks(plain: Sequence[Mapping[str, Any]]) -> tuple[Block, ...]:
    read: dict[str, Callable[[Mapping[str, Any]], Block]] = {
        "text": lambda one: str(one["text"]),
        "table": _table,
        "figure": Figure.from_plain,
        "code": lambda one: Code(str(one["title"]), str(one["text"]), str(one["language"])),
        "folded": lambda one: Folded(str(one["title"]), _blocks(one["blocks"])),
        "note": lambda one: Note(str(one["kind"]), str(one["title"]), str(one["text"]), _blocks(one["details"])),
    }
    return tuple(read[one["block"]](one) for one in plain)


def _table(one: Mapping[str, Any]) -> ReportTable:
    rows = tuple(tuple(map(str, row)) for row in one["rows"])
    return ReportTable(str(one["title"]), tuple(map(str, one["columns"])), rows, tuple(map(int, one["numeric"])))


def _texts(plain: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in plain.items()}
