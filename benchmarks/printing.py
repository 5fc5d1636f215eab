"""Aligned tables for people, JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> None:
    """A table whose first columns are text; the others are numbers, right-aligned."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    print(f"\n{title}")
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [
            cell.ljust(width) if i < text_columns else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip(), flush=True)


def number(value: float) -> str:
    """Three significant digits or all digits before the point, thousands set apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values: Sequence[float]) -> str:
    """Such as "3.1 to 3.4"."""
    return f"{number(min(values))} to {number(max(values))}"


def write_json_lines(path: Path, records: Sequence[dict[str, Any]]) -> None:
    """One record a line."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def print_markdown(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> None:
    """The same table as Markdown."""
    marks = ["---" if i < text_columns else "--:" for i in range(len(header))]
    print(f"\n{title}\n")
    for row in [header, marks, *rows]:
        print(f"| {' | '.join(row)} |", flush=True)
