"""How much of the time for a report is left."""

from __future__ import annotations

import math
import time


class Clock:
    """Counts down the seconds that a report may take.

    seconds: in all, from now on; None: as many as it takes.
    """

    def __init__(self, seconds: float | None) -> None:
        self.limit = math.inf if seconds is None else max(seconds, 0.0)
        self.started = time.monotonic()

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds until the end, 0 or more; infinity without a limit."""
        return max(self.limit - self.spent, 0.0)

    def share(self, part: float) -> float:
        """A part of the seconds that are left."""
        return part * self.left
