"""Tables and sentences on the screen, and what is shown before training: columns and target."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wellfit.cli.output import Quiet, require_output
from wellfit.reprs import significant

if TYPE_CHECKING:
    from wellfit.tables.arrays import Target

MOST_COLUMNS_SHOWN = 40
MOST_LEFT_OUT_SHOWN = 12
MOST_CLASSES_SHOWN = 6
LONGEST_NAME = 32
USED = ("number", "category", "date", "text")


def screen() -> Console:
    """Standard output, for tables and sentences beside work that goes on where they cannot be shown."""
    return Console(file=Quiet(sys.stdout), highlight=False, markup=False, emoji=False)  # type: ignore[arg-type]


def result_screen() -> Console:
    """Standard output of a command whose result is what it prints.

    Raises:
        InputError: it is closed.
    """
    require_output()
    return Console(highlight=False, markup=False, emoji=False)


def error_screen() -> Console:
    """Standard error, for what is shown while work goes on."""
    return Console(file=Quiet(sys.stderr), highlight=False, markup=False, emoji=False)  # type: ignore[arg-type]


def simple_table(*columns: str, right: tuple[int, ...] = (), wrapped: tuple[int, ...] = ()) -> Table:
    """A table without frames; some columns aligned to the right, which do not break into lines; some that break before
    all others. Where the screen is too narrow even then, words are broken: nothing is cut off.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for k, column in enumerate(columns):
        table.add_column(
            column,
            justify="right" if k in right else "left",
            no_wrap=k in right and k not in wrapped,
            overflow="fold",
        )
    return table


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 network, 1,200 networks. many: the plural where it is not made by an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def printable(text: object, longest: int = 0) -> Text:
    """Text from a file: nothing in it is taken as a command to the terminal; cut if too long."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    return Text(clean if not longest or len(clean) <= longest else f"{clean[: longest - 3]}...")


def say(console: Console, text: str, style: str = "") -> None:
    """A sentence. A terminal breaks it between words; elsewhere it stays one line, so that it can be searched."""
    console.print(printable(text), style=style or None, soft_wrap=not console.is_terminal)


def show_columns(console: Console, described: list[dict[str, Any]]) -> None:
    """What was understood of each column; those left out below, with the reason."""
    used = [row for row in described if row["kind"] in USED]
    table = simple_table("column", "kind", "distinct", "missing", "example", right=(2, 3), wrapped=(4,))
    for row in used[:MOST_COLUMNS_SHOWN]:
        example = printable(row["example"])
        if row["note"]:
            example.append(f"{'  ' if len(example) else ''}({row['note']})", style="dim")
        counts = (f"{row[key]:,}" if row[key] else "" for key in ("distinct", "missing"))
        table.add_row(printable(row["column"], LONGEST_NAME), row["kind"], *counts, example)
    console.print(table)
    if len(used) > MOST_COLUMNS_SHOWN:
        say(console, f"... and {len(used) - MOST_COLUMNS_SHOWN:,} more; result.json has them all.")
    show_left_out(console, described)
    console.print()


def show_left_out(console: Console, described: list[dict[str, Any]]) -> None:
    """The columns that are not used, those with one reason together."""
    left_out = [row for row in described if row["kind"] not in USED]
    if left_out:
        console.print()
    reasons: dict[str, list[str]] = {}
    for row in left_out:
        reasons.setdefault(str(row["note"] or row["kind"]), []).append(str(row["column"]))
    for reason, names in reasons.items():
        more = f" and {len(names) - MOST_LEFT_OUT_SHOWN:,} more" if len(names) > MOST_LEFT_OUT_SHOWN else ""
        say(console, f"{', '.join(names[:MOST_LEFT_OUT_SHOWN])}{more}: {reason}.")


def describe_target(target: Target) -> str:
    """A few words on the target: classes with their shares, or the range of numbers."""
    if target.tasks:
        known = [(t.name, int((~np.isnan(target.of_task(t).values).any(axis=1)).sum())) for t in target.tasks]
        return ", ".join(f"{name} known in {count:,}" for name, count in known)
    if target.kind in ("binary", "classes"):
        counts = np.bincount(target.values[:, 0].astype(np.int64), minlength=len(target.labels))
        order = np.argsort(-counts, kind="stable")
        shares = [f"{target.labels[k]} {counts[k] / counts.sum():.1%}" for k in order[:MOST_CLASSES_SHOWN]]
        more = f" and {len(order) - MOST_CLASSES_SHOWN} more" if len(order) > MOST_CLASSES_SHOWN else ""
        return f"{len(target.labels)} classes: {', '.join(shares)}{more}"
    values = target.values.astype(np.float64)
    return (
        f"{significant(values.min(), 6)} to {significant(values.max(), 6)}, mean {significant(values.mean())}, "
        f"standard deviation {significant(values.std())}"
    )


def clock(seconds: float) -> str:
    """Seconds for people: 8s, 3m 05s."""
    whole = max(round(seconds), 0)
    if whole >= 3600:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole}s" if whole < 60 else f"{whole // 60}m {whole % 60:02d}s"
