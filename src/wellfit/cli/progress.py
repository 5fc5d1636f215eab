"""How training and searches are shown while they run: a live table on a terminal, a plain line elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import clock, printable, simple_table

if TYPE_CHECKING:
    from wellfit.engines.contract.progress import MemberProgress, Observer, Progress
    from wellfit.search.race.candidate import Candidate
    from wellfit.search.race.race import Race

MOST_MEMBERS_SHOWN = 12
PLAIN_LINE_SECONDS = 10.0
LIVE_SECONDS = 0.2
BAR = 24
SHOWN = 8  # of the best candidates
LONGEST_RECIPE, LEAST_RECIPE = 80, 20  # characters
OTHER_COLUMNS = 42  # characters that the table needs beside the recipe
ENDED = ("finished", "stopped", "diverged")


@contextmanager
def training_display(console: Console, names: list[str]) -> Iterator[Observer]:
    """Gives the observer for training. names: of the members' views."""
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
    parts = [f"{done / max(every, 1):.0%} of all updates", f"{clock(progress.seconds)} elapsed"]
    left = time_left(progress)
    if left is not None:
        parts.append(f"about {clock(left)} left")
    if best:
        parts.append(f"mean best validation loss {sum(best) / len(best):.4g}")
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
    return Group(
        table, Text(""), Text(f"{summary(progress)}. Ctrl-C ends the training and keeps what there is.", style="dim")
    )


def _cells(member: MemberProgress) -> tuple[ProgressBar, str, str, str]:
    best = f"{member.best_loss:.4g}" if math.isfinite(member.best_loss) else ""
    bar = ProgressBar(total=max(member.last_update, 1), completed=member.update, width=BAR)
    return bar, f"{member.epoch}/{member.last_epoch}", best, "" if member.status == "waiting" else member.status


class SearchDisplay:
    """Shows a search while it runs: what is left, how many candidates there are, and the best so far.

    whole: seconds, or updates, that it may spend.
    race: the search that is shown, None before the first round.
    """

    def __init__(self, console: Console, whole: float, by_clock: bool, live: Live | None = None) -> None:
        self.console, self.whole, self.by_clock, self.live = console, whole, by_clock, live
        self.race: Race | None = None
        self.started = self.shown = time.monotonic()

    def on_round(self, race: Race) -> None:
        """A round begins or has ended."""
        if self.race is None:
            self.race, self.started = race, time.monotonic()

    def observe(self, progress: Progress) -> None:
        """Show how it stands, now and then."""
        every = PLAIN_LINE_SECONDS if self.live is None else LIVE_SECONDS
        if self.race is None or time.monotonic() - self.shown < every:
            return
        self.shown = time.monotonic()
        if self.live is None:
            self.console.print(printable(self.summary()), soft_wrap=True)
        else:
            self.live.update(self._standing(), refresh=True)

    @property
    def share(self) -> float:
        """Of what may be spent, how much is."""
        if self.race is None:
            return 0.0
        spent = time.monotonic() - self.started if self.by_clock else sum(m.update for m in self.race.members)
        return min(spent / self.whole, 1.0)

    def summary(self) -> str:
        """One line on how the search stands."""
        tried = len(self.race.candidates) if self.race else 0
        left = self.whole * (1 - self.share)
        parts = [f"{clock(left)} left" if self.by_clock else f"{left:,.0f} updates left", f"{tried} candidates tried"]
        best = ranked(self.race)[:1]
        if best:
            parts.append(f"best held-out loss {best[0].loss:.4g}: {in_few_words(best[0].recipe, LONGEST_RECIPE)}")
        return ", ".join(parts)

    def _standing(self) -> Group:
        table = simple_table("candidate", "held-out loss", "", "recipe", right=(0, 1))
        longest = min(max(self.console.width - OTHER_COLUMNS, LEAST_RECIPE), LONGEST_RECIPE)
        for one in ranked(self.race)[:SHOWN]:
            recipe = printable(in_few_words(one.recipe, longest))
            table.add_row(str(one.number), f"{one.loss:.4g}", "" if one.alive else one.status, recipe)
        step = self.race.current.why if self.race and self.race.current else ""
        bar = ProgressBar(total=1.0, completed=self.share, width=BAR)
        words = f"{self.summary()}. Now: {step}. Ctrl-C ends the search and keeps the best so far."
        line = Table.grid()  # a bar by itself does not end its line
        line.add_row(bar)
        return Group(table, Text(""), line, Text(words, style="dim"))


def ranked(race: Race | None) -> list[Candidate]:
    """Candidates with a loss that have not diverged: those that came furthest first, the best of them first."""
    known = [one for one in race.candidates if math.isfinite(one.loss) and one.status != "diverged"] if race else []
    return sorted(known, key=lambda one: (one.status != "finished", one.loss))


@contextmanager
def search_display(console: Console, whole: float, by_clock: bool) -> Iterator[SearchDisplay]:
    """Gives the display of a search: a live table on a terminal, a plain line now and then elsewhere."""
    if not console.is_terminal:
        yield SearchDisplay(console, whole, by_clock)
        return
    with Live(Text("Starting ..."), console=console, auto_refresh=False, transient=True) as live:
        yield SearchDisplay(console, whole, by_clock, live)
