"""When members are saved during a run: from time to time, at their ends, and only if they have changed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_state import member_state
from wellfit.engines.contract.saver import Saver

FIRST_SAVE_SECONDS = 1.0  # of a member's training; each checkpoint is twice as far from the one before, up to
SAVE_SECONDS = 10.0


class MemberSaving:
    """Hands members to a saver. None: nothing is saved.

    failure: why the last checkpoint could not be written; empty if it was.
    """

    def __init__(self, saver: Saver | None) -> None:
        self.saver = saver
        self.failure = ""
        self._saved: dict[int, tuple[int, int, str]] = {}
        self._due: dict[int, float] = {}
        self._distance: dict[int, float] = {}

    def save_if_due(self, index: int, member: Member) -> None:
        """After each of its turns: save a member that has ended, or that was not saved for a while."""
        due = self._due.setdefault(index, time.monotonic() + min(FIRST_SAVE_SECONDS, SAVE_SECONDS))
        if member.status != "waiting" or time.monotonic() >= due:
            self.save(index, member)

    def save(self, index: int, member: Member) -> None:
        """Save a member, if it has changed since the last time. Where that is not possible there is one warning."""
        # An evaluation changes what is kept while the update stays the same.
        mark = (member.update, len(member.history), member.status)
        if self.saver is None or self._saved.get(index) == mark:
            return
        try:
            self.saver.save_member(index, member_state(member))
            self._saved[index], self.failure = mark, ""
        except OSError as error:
            self._note(error)
        self._distance[index] = min(2 * self._distance.get(index, FIRST_SAVE_SECONDS), SAVE_SECONDS)
        self._due[index] = time.monotonic() + self._distance[index]

    def save_all(self, members: Sequence[Member], decisions: Sequence[Mapping[str, Any]]) -> None:
        """At the end of a run: save what has changed since each member's last checkpoint, and how each ended."""
        for index, member in enumerate(members):
            self.save(index, member)
        if self.saver is not None:
            try:
                self.saver.save_decisions(decisions)
            except OSError as error:
                self._note(error)

    def _note(self, error: OSError) -> None:
        if not self.failure:
            warnings.warn(
                f"A checkpoint cannot be written ({error.strerror or error}): training goes on, and is saved once that "
                "is possible again.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.failure = error.strerror or str(error)
