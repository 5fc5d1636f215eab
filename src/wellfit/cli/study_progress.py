"""What the command shows while a study runs: the plan, a line for each round, and a bar that moves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from wellfit.cli.progress import LIVE_SECONDS, PLAIN_LINE_SECONDS, is_live, time_left
from wellfit.cli.screen import clock, counted, say
from wellfit.engines.contract.progress import Observer, Progress

Announce = Callable[[str], None]
BAR = 24
LEAST_SHARE = 0.02  # of a round, before which nothing is said of the time that is left


@contextmanager
def study_progress(console: Console) -> Iterator[tuple[Observer, Announce]]:
    """Gives the observer of training, and what is told between the rounds."""

    def announce(sentence: str) -> None:
        say(console, sentence, style="dim")

    if not is_live(console):
        yield _plain_lines(console), announce
        return
    with Live(Text("Preparing ..."), console=console, auto_refresh=False, transient=True) as live:
        yield _live_line(live), announce


def _live_line(live: Live) -> Observer:
    shown = [-math.inf]

    def observe(progress: Progress) -> None:
        if time.monotonic() - shown[0] >= LIVE_SECONDS:
            shown[0] = time.monotonic()
            live.update(Text(standing(progress, bar=True), no_wrap=True, overflow="ellipsis"), refresh=True)

    return observe


def _plain_lines(console: Console) -> Observer:
    last = [time.monotonic()]

    def observe(progress: Progress) -> None:
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
