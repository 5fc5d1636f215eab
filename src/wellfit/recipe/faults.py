"""What is wrong with the settings of a recipe, as sentences."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import ValidationError

from wellfit.errors import MOST_QUOTED, clean, quoted

MOST_RULE = 600  # characters; the longest lists the names of a family


def fault_sentences(error: ValidationError, slots: Iterable[str]) -> str:
    """The first few faults, each as: where, what was given, the rule. slots: of a recipe, to name the nearest."""
    lines = []
    for fault in error.errors()[:3]:
        place = ".".join(
            str(part) for part in fault["loc"] if not str(part).startswith(("function-", "tagged-", "tuple["))
        )
        rule = _shown(fault["msg"].removeprefix("Value error, "), MOST_RULE)
        if fault["type"] == "extra_forbidden":
            near = [] if "." in place else difflib.get_close_matches(place, list(slots), 3)
            meant = f": did you mean {' or '.join(near)}?" if near else "."
            lines.append(f"A recipe has no setting {quoted(place)}{meant} `wellfit recipe schema` lists all.")
        elif place:
            lines.append(f"Recipe setting {_shown(place)} = {quoted(fault['input'])}: {rule[:1].lower() + rule[1:]}.")
        else:
            lines.append(f"The recipe does not fit together: {rule}.")
    return " ".join(lines)


def _shown(text: str, most: int = MOST_QUOTED) -> str:
    """Text that may repeat what came: its beginning, on one line."""
    return clean(text if len(text) <= most else f"{text[: most - 3]}...")
