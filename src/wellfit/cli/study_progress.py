"""What the command shows while a study runs: the plan, a line for each round, and a bar that moves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from wellfit.cli.live_findings import LiveFindings
from wellfit.cli.progress import LIVE_SECONDS, PLAIN_LINE_SECONDS, beside, is_live, say_new, time_left
from wellfit.cli.screen import clock, counted, say
from wellfit.engines.contract.budget import parse_seconds
from wellfit.engines.contract.progress import Observer, Progress
from wellfit.studies.base import StudyTable

Announce = Callable[[str], None]
BAR = 24
KEPT = 1.1  # times a limit, up to which it counts as kept
LEAST_SHARE = 0.02  # of a round, before which nothing is said of the time that is left


def time_in_all(seconds: float, limit: str | None, compiling: float) -> str:
    """How long it took, and why that is more than the limit. compiling: how many of the seconds were."""
    words, most = f"Time in all: {clock(seconds)}", math.inf if limit is None else parse_seconds(limit)
    if seconds <= KEPT * most:
        return f"{words}."
    if seconds - compiling <= KEPT * most:
        return (
            f"{words}, of it {clock(compiling)} of compiling, once for this machine and version, which does not count."
        )
    whole = "a first round is trained to its end, however long it takes."
    return f"{words}, beyond the limit of {limit}: {whole}"


@contextmanager
def study_progress(console: Console, table: StudyTable | None = None) -> Iterator[tuple[Observer, Announce]]:
    """Gives the observer of training, and what is told between the rounds. table: of the study, where it has one."""
    findings = LiveFindings(table)

    def announce(sentence: str) -> None:
        say(console, sentence, style="dim")

    if not is_live(console):
        yield _plain_lines(console, findings), announce
        return
    with Live(Text("Preparing ..."), console=console, auto_refresh=False, transient=True) as live:
        yield _live_lines(live, findings), announce


def _live_lines(live: Live, findings: LiveFindings) -> Observer:
    shown = [-math.inf]

    def observe(progress: Progress) -> None:
        if time.monotonic() - shown[0] >= LIVE_SECONDS:
            shown[0] = time.monotonic()
            findings.look(progress.members)
            line = Text(standing(progress, bar=True), no_wrap=True, overflow="ellipsis")
            live.update(Group(*beside(progress, live.console, findings), line), refresh=True)

    return observe


def _plain_lines(console: Console, findings: LiveFindings) -> Observer:
    last = [time.monotonic()]

    def observe(progress: Progress) -> None:
        findings.look(progress.members)
        say_new(console, findings)
        if time.monotonic() - last[0] >= PLAIN_LINE_SECONDS:
            last[0] = time.monotonic()
            console.print(standing(progress), soft_wrap=True, markup=False)

    return observe


def standing(progress: Progress, bar: bool = False) -> str:
    """One line on how far a round has come: a bar, the share of its updates, networks that have ended, time left."""
    every = sum(member.last_update for member in progress.members)
    done = sum(m.last_update if m.status in ("finished", "stopped", "diverged") else m.update for m in progress.members)
    share = done / max(every, 1)
    ended = sum(m.status in ("finished", "stopped", "diverged") for m in progress.members)
    parts = [f"{share:4.0%}", f"{ended} of {counted(len(progress.members), 'network')}"]
    left = time_left(progress)
    if left is not None and share >= LEAST_SHARE:
        parts.append(f"about {clock(left)} left")
    full = round(share * BAR)
    return (f"{'█' * full}{'░' * (BAR - full)} " if bar else "") + ", ".join(parts)
