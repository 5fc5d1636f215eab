"""What the command shows: columns, progress, scores."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from wellfit.arrays import Target
    from wellfit.engine.population import Observer, Progress

MOST_COLUMNS_SHOWN = 40
MOST_MEMBERS_SHOWN = 12
PLAIN_LINE_SECONDS = 10.0


def simple_table(*columns: str, right: tuple[int, ...] = ()) -> Table:
    """A table without frames, some columns aligned to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for k, column in enumerate(columns):
        table.add_column(column, justify="right" if k in right else "left", overflow="fold")
    return table


def show_columns(console: Console, described: list[dict[str, Any]]) -> None:
    """What was understood of each column."""
    table = simple_table("column", "kind", "distinct", "missing", "example", "note", right=(2, 3))
    for row in described[:MOST_COLUMNS_SHOWN]:
        example = str(row["example"])
        short = example if len(example) <= 24 else example[:21] + "..."
        missing = f"{row['missing']:,}" if row["missing"] else ""
        cells = (row["column"], row["kind"], f"{row['distinct']:,}", missing, short, row["note"])
        table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)
    if len(described) > MOST_COLUMNS_SHOWN:
        console.print(f"... and {len(described) - MOST_COLUMNS_SHOWN:,} more columns (all are in result.json)")
    console.print()


def describe_target(target: Target) -> str:
    """One line on the target: classes with their shares, or the range of numbers."""
    import numpy as np

    if target.kind in ("binary", "classes"):
        counts = np.bincount(target.values[:, 0].astype(np.int64), minlength=len(target.labels))
        order = np.argsort(-counts, kind="stable")
        shares = [f"{target.labels[k]} {counts[k] / counts.sum():.1%}" for k in order[:6]]
        more = f" and {len(order) - 6} more" if len(order) > 6 else ""
        return f"{len(target.labels)} classes: {', '.join(shares)}{more}"
    values = target.values
    return f"from {values.min():g} to {values.max():g}, mean {values.mean():g}"


@contextmanager
def training_display(console: Console, names: list[str]) -> Iterator[Observer]:
    """A live table of members on a terminal, a plain line now and then elsewhere. Gives the observer to hand over."""
    if not console.is_terminal:
        yield _plain_lines(console)
        return
    with Live(Text("starting"), console=console, refresh_per_second=8, transient=True) as live:
        yield lambda progress: live.update(_standing(progress, names))


def _plain_lines(console: Console) -> Observer:
    last = [time.monotonic()]

    def observe(progress: Progress) -> None:
        if time.monotonic() - last[0] >= PLAIN_LINE_SECONDS:
            last[0] = time.monotonic()
            console.print(_summary(progress))

    return observe


def _summary(progress: Progress) -> str:
    done = sum(member.update for member in progress.members)
    every = sum(member.last_update for member in progress.members)
    best = [member.best_loss for member in progress.members if math.isfinite(member.best_loss)]
    parts = [f"{done / max(every, 1):4.0%} of the updates", f"{clock(progress.seconds)} gone"]
    left = time_left(progress)
    if left is not None:
        parts.append(f"about {clock(left)} left")
    if best:
        parts.append(f"mean of the best validation losses {sum(best) / len(best):.4g}")
    return ", ".join(parts)


def time_left(progress: Progress) -> float | None:
    """Seconds to the end at the present speed, or to the time limit if that comes first; None at the very start."""
    done = sum(member.update for member in progress.members)
    ended = ("finished", "stopped", "diverged")
    rest = sum(0 if m.status in ended else m.last_update - m.update for m in progress.members)
    at_this_speed = progress.seconds / done * rest if done else None
    limits = [seconds for seconds in (at_this_speed, progress.seconds_left) if seconds is not None]
    return min(limits) if limits else None


def clock(seconds: float) -> str:
    """Seconds for people: 8s, 3m 05s."""
    whole = max(round(seconds), 0)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m {whole % 60:02d}s"


def _standing(progress: Progress, names: list[str]) -> Group:
    table = simple_table("member", "", "epoch", "best validation loss", "", right=(2, 3))
    for name, member in list(zip(names, progress.members, strict=True))[:MOST_MEMBERS_SHOWN]:
        best = f"{member.best_loss:.4g}" if math.isfinite(member.best_loss) else ""
        bar = ProgressBar(total=max(member.last_update, 1), completed=member.update, width=24)
        table.add_row(
            name, bar, f"{member.epoch}/{member.last_epoch}", best, "" if member.status == "waiting" else member.status
        )
    return Group(table, Text(_summary(progress), style="dim"))


def show_scores(console: Console, rows: list[tuple[str, dict[str, float], tuple[float, float] | None, str]]) -> None:
    """Name, scores, interval of the first score, and a remark, a line each."""
    names = list(rows[0][1])
    table = simple_table("", names[0], "95 % interval", *names[1:], "", right=tuple(range(1, 2 + len(names))))
    for label, scores, interval, remark in rows:
        span = "" if interval is None else f"{interval[0]:.4g} to {interval[1]:.4g}"
        values = [f"{scores[name]:.4g}" if math.isfinite(scores.get(name, math.nan)) else "" for name in names]
        table.add_row(label, values[0], span, *values[1:], Text(remark, style="dim"))
    console.print(table)
