"""What a search's display says beside its best candidates: networks by state, a curve, and findings as they arise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellfit.cli import standing
from wellfit.cli.live_findings import LiveFindings
from wellfit.cli.recipes import in_few_words
from wellfit.engines.compiled.run.workers import seen_of

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.member import Member
    from wellfit.search.race.candidate import Candidate
    from wellfit.search.race.race import Race
    from wellfit.studies.base import StudyTable

LONGEST_RECIPE = 40  # characters


def networks_line(race: Race) -> str:
    """How many networks are in training, have come to their end, were stopped before it, and diverged."""
    return standing.networks_line(_state(one, race.members[index]) for one in race.candidates for index in one.members)


def _state(one: Candidate, member: Member) -> str:
    state = standing.STATES.get(member.status, standing.TRAINS)
    return standing.STOPPED if state == standing.TRAINS and not one.alive else state


def curve(race: Race, one: Candidate) -> list[float]:
    """The mean validation loss over a candidate's networks, at each evaluation that all of them have had."""
    columns = [race.members[index].validation_losses() for index in one.members]
    return [sum(values) / len(values) for values in zip(*columns, strict=False)]


class SearchFindings(LiveFindings):
    """What is wrong with candidates that are no longer trained: each is looked at once, its clearest finding said."""

    def __init__(self, table: StudyTable | None = None) -> None:
        super().__init__(table)
        self._seen: set[int] = set()

    def check(self, race: Race) -> None:
        """Look at candidates that have ended, as many as there is time for, the newest first."""
        for one in reversed(race.candidates):
            if one.alive or one.number in self._seen:
                continue
            if not self.due:
                return
            self._seen.add(one.number)
            members = [seen_of(race.members[index]) for index in one.members]
            name = f"candidate {one.number} ({in_few_words(one.recipe, LONGEST_RECIPE)})"
            with self.timed():
                self.judge(name, one.recipe, members, one.status == "finished", most=1)
