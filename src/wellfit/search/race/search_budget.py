"""What a search may spend, and what candidates cost: core-seconds by the clock, or updates, which no clock sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from wellfit.engines.compiled.run.member import Member
from wellfit.search.race.candidate import Candidate

TRUSTED_UPDATES = 5  # fewer do not show what an update takes


class TimeBudget:
    """Core-seconds until a moment. cores: threads that train. seconds: from now. after: wall seconds, as things stand,
    of what comes between training and that moment.
    """

    by_clock = True

    def __init__(self, seconds: float, cores: int, after: Callable[[], float] = lambda: 0.0) -> None:
        self.end, self.cores, self.after = time.monotonic() + seconds, cores, after
        self.whole = seconds * cores
        self._factor = 1.0  # seconds measured for a second guessed

    @property
    def left(self) -> float:
        """Core-seconds left."""
        return self.seconds * self.cores

    @property
    def seconds(self) -> float:
        """Wall seconds left."""
        return max(self.end - self.after() - time.monotonic(), 0.0)

    def record_costs(self, members: Sequence[Member]) -> None:
        """Take note of what updates took."""
        ratios = sorted(m.seconds_per_update / m.guessed_seconds for m in members if m.update >= TRUSTED_UPDATES)
        if ratios:
            self._factor = ratios[len(ratios) // 2]

    def price(self, member: Member, updates: int) -> float:
        """Core-seconds of so many of a member's updates: as measured, or as its size lets expect."""
        if member.update >= TRUSTED_UPDATES:
            return updates * member.seconds_per_update
        return updates * member.guessed_seconds * self._factor


class Updates:
    """A number of updates, all networks together."""

    by_clock, seconds = False, None

    def __init__(self, updates: int) -> None:
        self.whole = float(updates)
        self.spent = 0

    @property
    def left(self) -> float:
        """Updates left."""
        return max(self.whole - self.spent, 0.0)

    def record_costs(self, members: Sequence[Member]) -> None:
        """Take note of how many updates were made."""
        self.spent = sum(member.update for member in members)

    def price(self, member: Member, updates: int) -> float:
        """An update costs an update."""
        return float(updates)


SearchBudget = TimeBudget | Updates


def cost_to(budget: SearchBudget, members: Sequence[Member], candidate: Candidate, rung: int) -> float:
    """What it costs to bring a candidate's networks to a rung (1 is the first; more than there are: the last)."""
    if not candidate.rungs:
        return 0.0
    running = [members[index] for index in candidate.members if not members[index].done]
    return sum(budget.price(one, max(candidate.updates_at(rung, one) - one.update, 0)) for one in running)
