"""How a search is shown while it runs: a live table on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from wellfit.cli.live_scores import LiveScores
from wellfit.cli.progress import BAR, LIVE_SECONDS, PLAIN_LINE_SECONDS, is_live, rows_shown, say_new
from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import clock, counted, printable, simple_table
from wellfit.cli.search_standing import SearchFindings, curve, networks_line
from wellfit.cli.standing import curve_line

if TYPE_CHECKING:
    from wellfit.engines.contract.progress import Progress
    from wellfit.search.race.candidate import Candidate
    from wellfit.search.race.race import Race
    from wellfit.studies.base import StudyTable

SHOWN = 8  # of the best candidates
LONGEST_RECIPE, LEAST_RECIPE = 80, 16  # characters
OTHER_COLUMNS = 42  # characters that the table needs beside the recipe
STEPS = (  # how a round is called in the search's record, and here
    ("the opening", "the first recipes, briefly"),
    ("new recipes", "new recipes, briefly"),
    ("to rung", "the better ones, further"),
    ("all epochs", "one recipe to its end"),
)


class SearchDisplay:
    """Shows a search while it runs: what is left, how many candidates there are, and the best so far.

    whole: seconds, or updates, that it may spend.
    scores: what is shown of a candidate.
    table: whose rows the networks learn; None (default): not known to the rules.
    race: the search that is shown, None before the first round.
    """

    def __init__(
        self, console: Console, whole: float, by_clock: bool, scores: LiveScores, live: Live | None = None,
        table: StudyTable | None = None,
    ) -> None:  # fmt: skip
        self.console, self.whole, self.by_clock, self.scores, self.live = console, whole, by_clock, scores, live
        self.race: Race | None = None
        self.findings = SearchFindings(table)
        self.started = self.shown = time.monotonic()

    def on_round(self, race: Race) -> None:
        """A round begins or has ended."""
        if self.race is None:
            self.race, self.started = race, time.monotonic()
        self.scores.measure(race)
        if self.live is not None:
            self._refresh(self.live)

    def observe(self, progress: Progress) -> None:
        """Show how it stands, now and then; where that is no live table, each finding in a line when it arises."""
        if self.race is not None and self.live is None:
            self.findings.check(self.race)
            say_new(self.console, self.findings)
        every = PLAIN_LINE_SECONDS if self.live is None else LIVE_SECONDS
        if self.race is None or time.monotonic() - self.shown < every:
            return
        if self.live is not None:
            self._refresh(self.live)
            return
        self.shown = time.monotonic()
        self.console.print(printable(self.summary()), soft_wrap=True)

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
        rest = clock(left) if self.by_clock else counted(round(left), "update")
        parts = [f"{rest} left", f"{counted(tried, 'candidate')} tried"]
        best = self._ranked()[:1]
        if best:
            score = self.scores.shown(self.race, best[0])
            parts.append(f"best held-out {self.scores.name} {score}: {in_few_words(best[0].recipe, LONGEST_RECIPE)}")
        return ", ".join(parts)

    def _refresh(self, live: Live) -> None:
        self.shown = time.monotonic()
        if self.race is not None:
            self.findings.check(self.race)
        live.update(self._standing(), refresh=True)

    def _standing(self) -> Group:
        words = f"{self.summary()}. Now: {self._step()}. Ctrl-C ends the search and keeps the best so far."
        line = Table.grid()  # a bar by itself does not end its line
        line.add_row(ProgressBar(total=1.0, completed=self.share, width=min(BAR, self.console.width)))
        beside = self._beside()
        return Group(self._best(len(beside)), Text(""), *beside, line, Text(words, style="dim"))

    def _beside(self) -> list[Text]:
        """Networks by state, the curve of the best candidate and the latest findings, a line each."""
        if self.race is None:
            return []
        lines = [Text(networks_line(self.race))]
        for best in self._ranked()[:1]:
            drawn = curve_line(f"Loss of candidate {best.number}: ", curve(self.race, best), self.console)
            lines += [Text(drawn)] if drawn else []
        return lines + [printable(one, self.console.width) for one in self.findings.latest]

    def _best(self, beside: int) -> Table | Text:
        """The best candidates, a line each; the recipe is cut where the screen is too narrow for all of it.

        beside: how many lines else are shown.
        """
        best = self._ranked()[: rows_shown(self.console, SHOWN, beside)]
        if not best:
            return Text("No candidate has been compared yet.")
        table = simple_table("candidate", f"held-out\n{self.scores.name}", "", "recipe", right=(0, 1))
        longest = min(max(self.console.width - OTHER_COLUMNS, LEAST_RECIPE), LONGEST_RECIPE)
        for one in best:
            recipe = printable(in_few_words(one.recipe, longest))
            status = "" if one.alive else one.status
            table.add_row(str(one.number), self.scores.shown(self.race, one), status, recipe)
        return table

    def _step(self) -> str:
        if self.race is None or self.race.current is None:
            return "choosing what comes next"
        why = self.race.current.why
        if why.startswith("repeat of "):
            return f"candidate {why.removeprefix('repeat of ')} once more, on other folds"
        return next((words for start, words in STEPS if why.startswith(start)), why)

    def _ranked(self) -> list[Candidate]:
        return [] if self.race is None else self.scores.ranked(self.race)


@contextmanager
def search_display(
    console: Console, whole: float, by_clock: bool, scores: LiveScores, table: StudyTable | None = None
) -> Iterator[SearchDisplay]:
    """Gives the display of a search: a live table on a terminal, a plain line now and then elsewhere."""
    if not is_live(console):
        yield SearchDisplay(console, whole, by_clock, scores, table=table)
        return
    with Live(Text("Starting ..."), console=console, auto_refresh=False, transient=True) as live:
        yield SearchDisplay(console, whole, by_clock, scores, live, table)
