"""What objects look like at the prompt and in notebooks: a line or a small table, with sizes in place of arrays."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_TEXT = 60  # characters of a value inside a line
MOST_VALUES = 6  # of a list that are shown one by one
MOST_ROWS = 20  # of a table in a notebook
LEFT, RIGHT = "text-align: left; padding: 1px 8px", "text-align: right; padding: 1px 8px"


def short_repr(self: Any) -> str:
    """A dataclass in a line: its fields by name, arrays as type and shape, long lists and tables as their length."""
    fields = ", ".join(f"{f.name}={short(getattr(self, f.name))}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__name__}({fields})"


def short(value: Any) -> str:
    """A value in a few characters."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"<{value.dtype} {tuple(value.shape)}>"
    if isinstance(value, Mapping):
        return f"<{len(value)} entries>" if value else "{}"
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        plain = len(value) <= MOST_VALUES and all(isinstance(one, (str, int, float, type(None))) for one in value)
        return cut(repr(value)) if plain else f"<{len(value)} items>"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own_text = type(value).__str__ is not object.__str__
        return cut(str(value)) if own_text else f"<{type(value).__name__}>"
    return cut(repr(value))


def cut(text: str, most: int = MOST_TEXT) -> str:
    """Text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun: "1 network", "5 networks"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def names(values: Iterable[Any], most: int = 3) -> str:
    """The first few values, and how many more there are."""
    known = [cut(repr(value), 30) for value in values]
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def significant(value: float, digits: int = 4) -> str:
    """A number in so many digits; from 1,000 up to 10 million written out, in groups of three, rather than as 1e+03.

    >>> significant(77123.4), significant(0.123456), significant(1.5e9)
    ('77,120', '0.1235', '1.5e+09')
    """
    short = f"{value:.{digits}g}"
    return f"{float(short):,}".removesuffix(".0") if 1e3 <= abs(float(short)) < 1e7 else short


def number(value: Any) -> str:
    """A value in a table: four digits of a number, "" for what is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return cut(str(value), 120)
    return f"{value:,}" if isinstance(value, int) else significant(value)


def html_table(rows: Sequence[Mapping[str, Any]], total: int = 0) -> str:
    """Rows with the same names as a table in HTML; of many rows the first ones, and how many more there are.

    total: how many there are, where `rows` are the first ones only (default: these).
    """
    if not rows:
        return ""
    columns = list(rows[0])
    head = "".join(f'<th style="{_side(rows[0][name])}">{html.escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in columns)}</tr>" for row in rows[:MOST_ROWS])
    left = max(total, len(rows)) - MOST_ROWS
    more = f"<p>and {left:,} more</p>" if left > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def html_facts(title: str, facts: Mapping[str, Any]) -> str:
    """A title, and facts by name; those that are not known are left out."""
    known = {name: number(value) for name, value in facts.items()}
    rows = "".join(
        f'<tr><th style="{LEFT}">{html.escape(name)}</th><td style="{LEFT}">{html.escape(text)}</td></tr>'
        for name, text in known.items()
        if text
    )
    return f"<p><strong>{html.escape(title)}</strong></p>" + (f"<table><tbody>{rows}</tbody></table>" if rows else "")


def html_details(title: str, inner: str) -> str:
    """What opens on a click; nothing where there is nothing inside."""
    return f"<details><summary>{html.escape(title)}</summary>{inner}</details>" if inner else ""


def html_text(text: str) -> str:
    """Text as it is, line by line."""
    return f'<pre style="text-align: left">{html.escape(text)}</pre>'


def _cell(value: Any) -> str:
    return f'<td style="{_side(value)}">{html.escape(number(value))}</td>'


def _side(value: Any) -> str:
    return RIGHT if isinstance(value, (int, float)) and not isinstance(value, bool) else LEFT
