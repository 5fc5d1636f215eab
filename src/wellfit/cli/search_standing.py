"""What a search's display says beside its best candidates: networks by state, a curve, and findings as they arise."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import counted

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.member import Member
    from wellfit.search.race.candidate import Candidate
    from wellfit.search.race.race import Race

BLOCKS = "▁▂▃▄▅▆▇█"
LONGEST_CURVE = 40  # characters
BETWEEN_CHECKS = 3.0  # seconds
MOST_FINDINGS = 3  # that are shown, the latest
MOST_DEAD = 0.5  # of a hidden layer's units: more of them is a finding
LONGEST_RECIPE = 48  # characters


def networks_line(race: Race) -> str:
    """How many networks are in training, have come to their end, were stopped before it, and diverged."""
    counts = dict.fromkeys(("in training", "at their end", "stopped", "diverged"), 0)
    for one in race.candidates:
        for index in one.members:
            counts[_state(one, race.members[index])] += 1
    shown = [f"{count:,} {state}" for state, count in counts.items() if count or state == "in training"]
    return f"Networks: {', '.join(shown)}"


def _state(one: Candidate, member: Member) -> str:
    if member.status == "diverged":
        return "diverged"
    if member.status == "finished":
        return "at their end"
    return "in training" if one.alive and member.status != "stopped" else "stopped"


def curve(race: Race, one: Candidate) -> list[float]:
    """The mean validation loss over a candidate's networks, at each evaluation that all of them have had."""
    columns = [race.members[index].validation_losses() for index in one.members]
    return [sum(values) / len(values) for values in zip(*columns, strict=False)]


def sparkline(values: Sequence[float], width: int = LONGEST_CURVE) -> str:
    """Numbers as a row of blocks, the least the lowest, on a scale of logarithms where they are all above 0.

    values: NaN and infinite ones are left out. width: of more values than so many, means of neighbours are drawn.

    >>> sparkline([8.0, 4.0, 2.0, 1.0])
    '█▆▃▁'
    """
    known = [value for value in values if math.isfinite(value)]
    if len(known) > width:
        edges = [round(k * len(known) / width) for k in range(width + 1)]
        known = [sum(known[a:b]) / (b - a) for a, b in zip(edges, edges[1:], strict=False)]
    if not known:
        return ""
    heights = [math.log(value) for value in known] if min(known) > 0 else known
    low, high = min(heights), max(heights)
    step = (high - low) / (len(BLOCKS) - 1) or 1.0
    return "".join(BLOCKS[round((height - low) / step)] for height in heights)


class LiveFindings:
    """What is wrong with candidates that are no longer trained: each is looked at once, a few times a minute at most.

    Only what lies ready is read: how its networks ended, and the last share of dead units that was probed. The rules of
    diagnosis judge the whole training when it is over.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self._seen: set[int] = set()
        self._checked = -math.inf

    def check(self, race: Race) -> None:
        """Look at candidates that have ended since the last time."""
        if time.monotonic() - self._checked < BETWEEN_CHECKS:
            return
        self._checked = time.monotonic()
        for one in race.candidates:
            if not one.alive and one.number not in self._seen:
                self._seen.add(one.number)
                self.found += _findings(race, one)

    @property
    def latest(self) -> list[str]:
        """The latest few, and how many there were before."""
        before = len(self.found) - MOST_FINDINGS
        more = [f"{counted(before, 'earlier finding')}"] if before > 0 else []
        return [*more, *self.found[-MOST_FINDINGS:]]


def _findings(race: Race, one: Candidate) -> list[str]:
    """Sentences on one candidate."""
    members = [race.members[index] for index in one.members]
    diverged = sum(member.status == "diverged" for member in members)
    if diverged:
        return [_sentence(one, f"{diverged} of {counted(len(members), 'network')} diverged")]
    layer, share = max((dead_units(member) for member in members), key=lambda found: found[1])
    if share > MOST_DEAD:
        return [_sentence(one, f"{share:.0%} of the units of {layer} are dead")]
    return []


def _sentence(one: Candidate, words: str) -> str:
    return f"Candidate {one.number}: {words} ({in_few_words(one.recipe, LONGEST_RECIPE)})"


def dead_units(member: Member) -> tuple[str, float]:
    """The hidden layer with the largest share of dead units at the last probe; ("", 0) where none was counted."""
    probes = member.probes
    if probes is None or not probes.rows()[1]:
        return "", 0.0
    last = probes.rows()[1][-1]
    shares = {key[0]: float(last[k]) for k, key in enumerate(probes.keys) if key[1] == "dead_units"}
    known = {layer: share for layer, share in shares.items() if math.isfinite(share)}
    return max(known.items(), key=lambda pair: pair[1], default=("", 0.0))
