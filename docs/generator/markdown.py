"""Small pieces of MyST Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

ARROWS = (("<-", "←"), (">=", "≥"), ("<=", "≤"), ("sqrt(", "√("))
GREEK = {"lambda": "λ", "theta": "θ"}  # the others are names of settings too


def escape(text: str) -> str:
    """Plain text in which backticks are code: whatever else Markdown would read as markup is shown as it stands.

    >>> escape("w <- a * w_t, see `rate`")
    'w ← a \\\\* w\\\\_t, see `rate`'
    """
    return "".join(part if part.startswith("`") else _escape_plain(part) for part in re.split(r"(`[^`]*`)", text))


def _escape_plain(text: str) -> str:
    for ascii_form, arrow in ARROWS:
        text = text.replace(ascii_form, arrow)
    text = re.sub(rf"\b({'|'.join(GREEK)})\b", lambda word: GREEK[word.group()], text)
    text = re.sub(r"\^2(?![\w.^])", "²", text)
    return re.sub(r"([\\*_\[\]<>$|#~{}])", r"\\\1", text)


def link(text: str, label: str) -> str:
    """A link to a label of any page."""
    return f"{{ref}}`{text} <{label}>`"


def code(text: str, language: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def formula(lines: Sequence[str]) -> str:
    """A formula in TeX set apart, a line each; empty where there is none."""
    return "\n".join(["```{math}", *lines, "```"]) if lines else ""


def formula_in_cell(lines: Sequence[str]) -> str:
    """The same in a cell of a table."""
    return "<br>".join(f"{{math}}`{line.replace('|', chr(92) + 'vert ')}`" for line in lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def toctree(pages: Iterable[str], *options: str) -> str:
    """A table of contents, in the side bar too."""
    return "\n".join(["```{toctree}", *(f":{option}:" for option in options), "", *pages, "```"])


def page(*parts: str) -> str:
    """Parts parted by blank lines; empty ones left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def label_of(words: str) -> str:
    """A label made of words: "few rows" gives "few-rows"."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
