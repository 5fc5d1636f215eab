"""How training is shown while it runs: a live table on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from wellfit.cli.screen import clock, simple_table

if TYPE_CHECKING:
    from wellfit.engines.contract.progress import MemberProgress, Observer, Progress

MOST_MEMBERS_SHOWN = 12
PLAIN_LINE_SECONDS = 10.0
LIVE_SECONDS = 0.2
BAR = 24
ENDED = ("finished", "stopped", "diverged")


@contextmanager
def training_display(console: Console, names: list[str]) -> Iterator[Observer]:
    """Gives the observer to hand to training. names: of the members' views."""
    if not console.is_terminal:
        yield _plain_lines(console)
        return
    with Live(Text("Starting ..."), console=console, auto_refresh=False, transient=True) as live:
        yield _live_table(live, names)


def _live_table(live: Live, names: list[str]) -> Observer:
    shown = [-math.inf]

    def observe(progress: Progress) -> None:
        if time.monotonic() - shown[0] >= LIVE_SECONDS:
            shown[0] = time.monotonic()
            live.update(_standing(progress, names), refresh=True)

    return observe


def _plain_lines(console: Console) -> Observer:
    last = [time.monotonic()]

    def observe(progress: Progress) -> None:
        if time.monotonic() - last[0] >= PLAIN_LINE_SECONDS:
            last[0] = time.monotonic()
            console.print(summary(progress), soft_wrap=True, markup=False)

    return observe


def summary(progress: Progress) -> str:
    """One line on how training stands."""
    done = sum(member.update for member in progress.members)
    every = sum(member.last_update for member in progress.members)
    best = [member.best_loss for member in progress.members if math.isfinite(member.best_loss)]
    parts = [f"{done / max(every, 1):.0%} of all updates", f"{clock(progress.seconds)} gone"]
    left = time_left(progress)
    if left is not None:
        parts.append(f"about {clock(left)} left")
    if best:
        parts.append(f"best validation loss {sum(best) / len(best):.4g} in the mean")
    return ", ".join(parts)


def time_left(progress: Progress) -> float | None:
    """Seconds to the end at the present speed, or to the time limit if that comes first; None at the very start."""
    done = sum(member.update for member in progress.members)
    rest = sum(0 if m.status in ENDED else m.last_update - m.update for m in progress.members)
    at_this_speed = progress.seconds / done * rest if done else None
    limits = [seconds for seconds in (at_this_speed, progress.seconds_left) if seconds is not None]
    return min(limits) if limits else None


def _standing(progress: Progress, names: list[str]) -> Group:
    table = simple_table("network", "", "epoch", "best validation loss", "", right=(2, 3))
    members = list(zip(names, progress.members, strict=True))
    for name, member in members[:MOST_MEMBERS_SHOWN]:
        table.add_row(name, *_cells(member))
    more = len(members) - MOST_MEMBERS_SHOWN
    if more > 0:
        table.add_row(f"and {more} more", "", "", "", "")
    return Group(table, Text(""), Text(f"{summary(progress)}. Ctrl-C ends and keeps what there is.", style="dim"))


def _cells(member: MemberProgress) -> tuple[ProgressBar, str, str, str]:
    best = f"{member.best_loss:.4g}" if math.isfinite(member.best_loss) else ""
    bar = ProgressBar(total=max(member.last_update, 1), completed=member.update, width=BAR)
    return bar, f"{member.epoch}/{member.last_epoch}", best, "" if member.status == "waiting" else member.status
