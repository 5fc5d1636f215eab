"""Docstrings in the house's style, for autodoc: "name: what it is", "Returns:" and "Raises:" become fields."""

from __future__ import annotations

import inspect
import re
from typing import Any


def set_up(app: Any) -> None:
    """Connect to Sphinx."""
    app.connect("autodoc-process-docstring", _process)
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-signature", _signature)


def _signature(app: Any, what: str, name: str, thing: Any, options: Any, given: Any, returned: Any) -> Any:
    """A recipe's slots have a page of their own; their defaults do not fit on a line."""
    return ("(**slots)", None) if name.endswith("Recipe") else (given, returned)


def _skip(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what scikit-learn generates, whose texts point into its own documentation."""
    generated = re.fullmatch(r"set_\w+_request|get_metadata_routing|set_callbacks|set_params|get_params", name)
    return True if generated and "sklearn" in str(getattr(thing, "__module__", "sklearn")) else None


def _process(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    lines[:] = fields_of([_plain(line) for line in lines], parameters_of(thing))


def _plain(line: str) -> str:
    """Stars and trailing underscores are the house's plain text, not markup; backticks are code."""
    if line.lstrip().startswith((">>>", "...")):
        return line
    parts = re.split(r"(`+[^`]*`+)", line)
    return "".join(part if part.startswith("`") else re.sub(r"([*|]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts)


def parameters_of(thing: Any) -> set[str]:
    """Names of a callable's parameters, or of a model's fields."""
    fields = getattr(thing, "model_fields", None)
    if isinstance(fields, dict):
        return set(fields)
    try:
        return set(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return set()


def fields_of(lines: list[str], parameters: set[str]) -> list[str]:
    """Lines in which parameters and errors are reStructuredText fields.

    >>> fields_of(["Trains.", "", "X: a table. y: targets.", "", "Raises:", "    ValueError: no."], {"X", "y"})
    ['Trains.', '', ':param X: a table.', ':param y: targets.', '', ':raises ValueError: no.', '']
    >>> fields_of(["Trains.", "", "Returns:", "    A model."], set())
    ['Trains.', '', ':returns: A model.', '']
    >>> fields_of(["Attributes after `fit`:", "    model: what", "        predicts.", "    notes: words."], set())
    ['Attributes after `fit`:', '', '- model: what predicts.', '- notes: words.', '']
    """
    out: list[str] = []
    raises = False
    for block in _blocks(lines):
        if block[0].strip() == "Raises:":
            raises, block = True, block[1:]
        if block and block[0].strip() == "Returns:":
            out.append(f":returns: {_joined(block[1:])}")
        elif block and block[0].startswith("Attributes after "):
            out += [block[0], "", *_attributes(block[1:])]
        elif raises and block and block[0].startswith(" "):
            errors = re.split(r"(?<=[.;]) (?=[A-Z]\w+(?:Error|Exit): )", _joined(block))
            out += [f":raises {error}" for error in errors]
        elif parameters and not block[0].lstrip().startswith((">>>", "..", "-", ":")):
            out += _parameter_lines(block, parameters)
        else:
            out += block
        out.append("")
    return out


def _attributes(lines: list[str]) -> list[str]:
    """A list entry for each attribute; what is indented further goes on with the one before."""
    entries: list[list[str]] = []
    for line in lines:
        entries.append([line]) if not line.startswith(" " * 8) else entries[-1].append(line)
    return [f"- {_joined(entry)}" for entry in entries]


def _joined(lines: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(lines)).strip()


def _blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _parameter_lines(block: list[str], parameters: set[str]) -> list[str]:
    text = _joined(block)
    names = "|".join(sorted(map(re.escape, parameters), key=len, reverse=True))
    boundary = re.compile(rf"(?:^|(?<=[.;)] ))((?:{names})(?:, (?:{names}))*): ")
    starts = [(match.start(), match.group(1), match.end()) for match in boundary.finditer(text)]
    if not starts:
        return block
    lead = text[: starts[0][0]].strip()
    out = [lead, ""] if lead else []
    ends = [start for start, _, _ in starts[1:]] + [len(text)]
    for (_, name, begin), end in zip(starts, ends, strict=True):
        out += [f":param {one}: {text[begin:end].strip()}" for one in name.split(", ")]
    return out
