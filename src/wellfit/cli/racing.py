"""How a search is shown while it runs: seconds left, candidates tried, and the best so far, per round."""

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

from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import clock, printable, simple_table

if TYPE_CHECKING:
    from wellfit.engines.contract.progress import Progress
    from wellfit.search.race.candidate import Candidate
    from wellfit.search.race.race import Race

PLAIN_LINE_SECONDS = 10.0
LIVE_SECONDS = 0.2
BAR = 24
SHOWN = 8  # of the best candidates
LONGEST_RECIPE = 80


class Racing:
    """Follows a search, to show it. whole: seconds, or updates, that it may spend.

    race: what is being followed, None before the first round.
    """

    def __init__(self, console: Console, whole: float, by_clock: bool, live: Live | None = None) -> None:
        self.console, self.whole, self.by_clock, self.live = console, whole, by_clock, live
        self.race: Race | None = None
        self.started = self.shown = time.monotonic()
        self.told = ""

    def watch(self, race: Race) -> None:
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
        for one in ranked(self.race)[:SHOWN]:
            recipe = printable(in_few_words(one.recipe, LONGEST_RECIPE))
            table.add_row(str(one.number), f"{one.loss:.4g}", "" if one.alive else one.status, recipe)
        doing = self.race.current.why if self.race and self.race.current else ""
        bar = ProgressBar(total=1.0, completed=self.share, width=BAR)
        words = f"{self.summary()}. Now: {doing}. Ctrl-C ends and keeps what there is."
        return Group(table, Text(""), bar, Text(words, style="dim"))


def ranked(race: Race | None) -> list[Candidate]:
    """Candidates with a loss that have not diverged: those that came furthest first, the best of them first."""
    known = [one for one in race.candidates if math.isfinite(one.loss) and one.status != "diverged"] if race else []
    return sorted(known, key=lambda one: (one.status != "finished", one.loss))


@contextmanager
def racing_display(console: Console, whole: float, by_clock: bool) -> Iterator[Racing]:
    """Gives what follows a search: a live table on a terminal, a plain line now and then elsewhere."""
    if not console.is_terminal:
        yield Racing(console, whole, by_clock)
        return
    with Live(Text("Starting ..."), console=console, auto_refresh=False, transient=True) as live:
        yield Racing(console, whole, by_clock, live)
