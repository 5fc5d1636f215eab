"""What a report says, as plain data: sections of sentences, tables and figures. How it looks is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wellfit.figures import Figure
from wellfit.reprs import short_repr

VERSION = 1


@dataclass(frozen=True)
class ReportTable:
    """A table as it is shown: text alone.

    title: a sentence. columns: heads. rows: (rows, columns) of text. numeric: places of columns that align right.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()

    __repr__ = short_repr


@dataclass(frozen=True)
class Code:
    """Something to copy: a command, a recipe. language: "console", "python", "toml" or "json"."""

    title: str
    text: str
    language: str = "console"

    __repr__ = short_repr


@dataclass(frozen=True)
class Note:
    """A finding or a remark in a frame. kind: "problem", "warning", "hint", "good" or "plain"."""

    kind: str
    title: str
    text: str
    details: tuple[Block, ...] = ()

    __repr__ = short_repr


@dataclass(frozen=True)
class Folded:
    """Blocks that are closed until they are asked for. title: what opens them."""

    title: str
    blocks: tuple[Block, ...]

    __repr__ = short_repr


Block = str | ReportTable | Figure | Code | Note | Folded  # text is a paragraph


@dataclass(frozen=True)
class Section:
    """A part of a report.

    key: stable, for links: lower-case letters and hyphens. title: as shown. blocks: in order.
    folded: whether it is closed until it is asked for (default False).
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    folded: bool = False

    __repr__ = short_repr


@dataclass(frozen=True)
class Report:
    """A report.

    title: such as "Fit of rings in abalone.csv". kind: "fit", "study", "diagnosis" or "lab".
    verdict: the answer, one to three sentences.
    key_numbers: the few numbers that matter, by name, as text.
    sections: in order; evidence after the verdict, how to repeat last.
    facts: data fingerprint, versions, seeds, by name.
    """

    title: str
    kind: str
    verdict: str
    key_numbers: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    __repr__ = short_repr
