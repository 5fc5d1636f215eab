"""Where the seconds of a run went: a clock that is read at the end of each stage, and the line that says so."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

SHOWN_FROM = 0.05  # seconds: a stage that took less is not worth a word


class Stages:
    """Wall seconds of each stage by name, in the order in which they ended; together they are all that has passed.

    started: the moment, of `time.monotonic`, at which the first stage began.
    """

    def __init__(self, started: float) -> None:
        self.last = started
        self.seconds: dict[str, float] = {}

    def end(self, name: str, parts: Mapping[str, float] | None = None) -> None:
        """A stage ends now. parts: seconds of stages within it that are counted by their own names (default: none)."""
        now = time.monotonic()
        parts = dict(parts or {})
        own = max(now - self.last - sum(parts.values()), 0.0)
        for part, seconds in {**parts, name: parts.get(name, 0.0) + own}.items():
            self.seconds[part] = self.seconds.get(part, 0.0) + seconds
        self.last = now

    def in_words(self) -> str:
        """The stages that took time, in a sentence."""
        shown = [f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items() if seconds >= SHOWN_FROM]
        return f"Of it {', '.join(shown)}." if shown else ""


def process_started(now: float) -> float:
    """The moment, of `time.monotonic`, at which this process began, where the system tells it; now elsewhere.

    Starting Python takes a part of a second, and seconds on a busy machine: a time limit counts from before that.
    """
    try:
        ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        began = ticks / os.sysconf("SC_CLK_TCK") - time.clock_gettime(time.CLOCK_BOOTTIME) + time.monotonic()
    except (OSError, AttributeError, IndexError, ValueError):  # no such file, or no such clock
        return now
    return min(began, now)
