"""What is wrong with the settings of a recipe, as sentences."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import ValidationError


def fault_sentences(error: ValidationError, slots: Iterable[str]) -> str:
    """The first few faults, each as: where, what was given, the rule. slots: of a recipe, to name the nearest."""
    lines = []
    for fault in error.errors()[:3]:
        place = ".".join(
            str(part) for part in fault["loc"] if not str(part).startswith(("function-", "tagged-", "tuple["))
        )
        rule = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            near = [] if "." in place else difflib.get_close_matches(place, list(slots), 3)
            meant = f": did you mean {' or '.join(near)}?" if near else "."
            lines.append(f"A recipe has no setting {place[:80]!r}{meant} `wellfit recipe schema` lists all.")
        elif place:
            lines.append(f"Recipe setting {place} = {fault['input']!r}: {rule[:1].lower() + rule[1:]}.")
        else:
            lines.append(f"The recipe does not fit together: {rule}.")
    return " ".join(lines)
