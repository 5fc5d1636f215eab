"""What is wrong with the settings of a recipe, as sentences."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from wellfit.errors import MOST_QUOTED, clean, quoted

# Faults of the form of a setting, which another form of it may have: of no interest where a name in it is unknown.
FORMS = ("tuple_type", "model_attributes_type", "model_type", "dict_type")
MOST_RULE = 600  # characters; the longest lists the names of a family


def fault_sentences(error: ValidationError, slots: Iterable[str]) -> str:
    """The first few faults, each as: where, what was given, the rule. slots: of a recipe, to name the nearest."""
    lines, faults = [], error.errors()
    unnamed = {_place(fault["loc"]) for fault in faults if fault["type"] == "union_tag_invalid"}
    told = [one for one in faults if one["type"] not in FORMS or not _leads_to(_place(one["loc"]), unnamed)]
    for fault in told[:3]:
        place = _place(fault["loc"])
        rule = _shown(fault["msg"].removeprefix("Value error, "), MOST_RULE)
        if fault["type"] == "extra_forbidden":
            near = [] if "." in place else difflib.get_close_matches(place, list(slots), 3)
            meant = f": did you mean {' or '.join(near)}?" if near else "."
            lines.append(f"A recipe has no setting {quoted(place)}{meant} `wellfit recipe schema` lists all.")
        elif fault["type"] == "union_tag_invalid":
            lines.append(f"Recipe setting {_shown(place)}: {_no_such_name(fault['ctx'])}")
        elif fault["type"] == "tuple_type":
            lines.append(f"Recipe setting {_shown(place)} = {quoted(fault['input'])}: it should be a list.")
        elif place:
            lines.append(f"Recipe setting {_shown(place)} = {quoted(fault['input'])}: {rule[:1].lower() + rule[1:]}.")
        else:
            lines.append(f"The recipe does not fit together: {rule}.")
    return " ".join(lines)


def _place(parts: Iterable[object]) -> str:
    return ".".join(str(part) for part in parts if not str(part).startswith(("function-", "tagged-", "tuple[")))


def _leads_to(place: str, others: Iterable[str]) -> bool:
    """Whether one of the others is that place, or lies in it."""
    return any(other == place or other.startswith(f"{place}.") for other in others)


def _no_such_name(said: Mapping[str, Any]) -> str:
    """Of a technique by a name that its family does not have: the nearest, and all."""
    names = [name.strip(" '") for name in str(said["expected_tags"]).split(",")]
    near = difflib.get_close_matches(str(said["tag"]), names, 1, 0.7)
    meant = f"; did you mean {near[0]!r}?" if near else "."
    return _shown(f"there is no {quoted(said['tag'])}{meant} It is one of {', '.join(names)}.", MOST_RULE)


def _shown(text: str, most: int = MOST_QUOTED) -> str:
    """Text that may repeat what came: its beginning, on one line."""
    return clean(text if len(text) <= most else f"{text[: most - 3]}...")
