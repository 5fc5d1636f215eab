"""How training is shown while it runs: a live table on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from wellfit.cli.live_findings import LiveFindings
from wellfit.cli.live_scores import LossShown
from wellfit.cli.screen import clock, printable, say, simple_table
from wellfit.cli.standing import best_member, curve_line, networks_line, states_of
from wellfit.reprs import significant

if TYPE_CHECKING:
    from wellfit.engines.contract.progress import MemberProgress, Observer, Progress

MOST_MEMBERS_SHOWN = 12
PLAIN_LINE_SECONDS = 10.0
LIVE_SECONDS = 0.2
BAR, LEAST_BAR = 24, 8
LONGEST_NAME = 24
BETWEEN = 3  # characters between two columns
OTHER_LINES = 8  # of a live display, beside the rows of its table
ENDED = ("finished", "stopped", "diverged")
LOSS = LossShown()
STATUS_WORDS = {"waiting": "", "out_of_budget": "out of time"}


def is_live(console: Console) -> bool:
    """Whether lines on it can be written over."""
    return console.is_terminal and not console.is_dumb_terminal


def rows_shown(console: Console, most: int, beside: int = 0) -> int:
    """How many rows a live table may have, so that the whole display fits on the screen. beside: lines of more."""
    return max(min(most, console.height - OTHER_LINES - beside), 1)


@contextmanager
def training_display(
    console: Console, names: list[str], loss: LossShown = LOSS, findings: LiveFindings | None = None
) -> Iterator[Observer]:
    """Gives the observer for training.

    names: of the members' views. loss: how a validation loss is shown. findings: that are shown as they arise; None
    (default): those of rules that need no table.
    """
    findings = findings or LiveFindings()
    if not is_live(console):
        yield _plain_lines(console, loss, findings)
        return
    with Live(Text("Starting ..."), console=console, auto_refresh=False, transient=True) as live:
        yield _live_table(live, names, loss, findings)


def _live_table(live: Live, names: list[str], loss: LossShown, findings: LiveFindings) -> Observer:
    shown = [-math.inf]

    def observe(progress: Progress) -> None:
        if time.monotonic() - shown[0] >= LIVE_SECONDS:
            shown[0] = time.monotonic()
            findings.look(progress.members)
            live.update(_standing(progress, names, live.console, loss, findings), refresh=True)

    return observe


def _plain_lines(console: Console, loss: LossShown, findings: LiveFindings) -> Observer:
    last = [time.monotonic()]

    def observe(progress: Progress) -> None:
        findings.look(progress.members)
        say_new(console, findings)
        if time.monotonic() - last[0] >= PLAIN_LINE_SECONDS:
            last[0] = time.monotonic()
            console.print(summary(progress, loss), soft_wrap=True, markup=False)

    return observe


def say_new(console: Console, findings: LiveFindings) -> None:
    """A line for each finding that was not said before."""
    for sentence in findings.untold():
        say(console, sentence)


def beside(
    progress: Progress, console: Console, findings: LiveFindings, names: Sequence[str] | None = None
) -> list[Text]:
    """Networks by state, the curve of the best one and the latest findings, in lines that fit the screen.

    names: of the members; None (default): they have none.
    """
    lines = [Text(networks_line(states_of(progress.members)))]
    best = best_member(progress.members)
    if best is not None:
        name = f"network {best + 1}" if names is None else names[best]
        losses = findings.losses_of(best, progress.members[best])
        drawn = curve_line(f"Loss of {printable(name, LONGEST_NAME).plain}: ", losses, console)
        lines += [Text(drawn)] if drawn else []
    return lines + [line for one in findings.latest for line in printable(one).wrap(console, console.width)]


def summary(progress: Progress, loss: LossShown = LOSS) -> str:
    """One line on how training stands."""
    done = sum(member.update for member in progress.members)
    every = sum(member.last_update for member in progress.members)
    best = [loss.of(member.best_loss) for member in progress.members if math.isfinite(member.best_loss)]
    ended = [f"{count} {status}" for status in ("stopped", "diverged") if (count := _many(progress, status))]
    parts = [f"{done / max(every, 1):.0%} of all updates", *ended, f"{clock(progress.seconds)} elapsed"]
    left = time_left(progress)
    if left is not None:
        parts.append(f"about {clock(left)} left")
    if best:
        parts.append(f"mean best validation {loss.name} {significant(sum(best) / len(best))}")
    return ", ".join(parts)


def _many(progress: Progress, status: str) -> int:
    return sum(member.status == status for member in progress.members)


def time_left(progress: Progress) -> float | None:
    """Seconds to the end at the present speed, or to the time limit if that comes first; None at the very start."""
    done = sum(member.update for member in progress.members)
    rest = sum(0 if m.status in ENDED else m.last_update - m.update for m in progress.members)
    at_this_speed = progress.seconds / done * rest if done else None
    limits = [seconds for seconds in (at_this_speed, progress.seconds_left) if seconds is not None]
    return min(limits) if limits else None


def _standing(
    progress: Progress, names: list[str], console: Console, loss: LossShown, findings: LiveFindings
) -> Group:  # fmt: skip
    words = f"{summary(progress, loss)}. Ctrl-C ends the training and keeps what there is."
    lines = beside(progress, console, findings, names)
    most = rows_shown(console, MOST_MEMBERS_SHOWN, len(lines))
    return Group(_members(progress, names, console, loss, most), Text(""), *lines, Text(words, style="dim"))


def _members(progress: Progress, names: list[str], console: Console, loss: LossShown, most: int) -> Table:
    """A line a member, of `most` of them; its bar is as long as the other columns leave it, and is left out where that
    is too short.
    """
    members = list(zip(names, progress.members, strict=True))
    heads = ("network", "epoch", f"best validation\n{loss.name}", "")
    lines = [_cells(name, member, loss) for name, member in members[:most]]
    if len(members) > most:
        lines.append((f"and {len(members) - most:,} more", "", "", ""))
    others = sum(max(map(len, [*head.split("\n"), *cells])) for head, *cells in zip(heads, *lines, strict=True))
    bar = min(console.width - others - len(heads) * BETWEEN, BAR)
    if bar < LEAST_BAR:
        table = simple_table(*heads, right=(1, 2))
        for line in lines:
            table.add_row(*map(printable, line))
        return table
    table = simple_table(heads[0], "", *heads[1:], right=(2, 3))
    for k, (name, *others_cells) in enumerate(lines):
        shown = _bar(members[k][1], bar) if k < most else ""
        table.add_row(printable(name), shown, *others_cells)
    return table


def _cells(name: str, member: MemberProgress, loss: LossShown) -> tuple[str, str, str, str]:
    best = significant(loss.of(member.best_loss)) if math.isfinite(member.best_loss) else ""
    short = printable(name, LONGEST_NAME).plain
    return short, f"{member.epoch}/{member.last_epoch}", best, STATUS_WORDS.get(member.status, member.status)


def _bar(member: MemberProgress, width: int) -> ProgressBar:
    return ProgressBar(total=max(member.last_update, 1), completed=member.update, width=width)
