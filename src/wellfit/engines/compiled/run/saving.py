"""When members are saved during a run: from time to time, at their ends, and only if they have changed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_state import member_state
from wellfit.engines.contract.saver import Saver

SAVE_SECONDS = 10.0  # between two checkpoints of a member in training


class MemberSaving:
    """Hands members to a saver. None: nothing is saved."""

    def __init__(self, saver: Saver | None) -> None:
        self.saver = saver
        self._saved: dict[int, tuple[int, int, str]] = {}
        self._saved_at: dict[int, float] = {}

    def save_if_due(self, index: int, member: Member) -> None:
        """After each of its turns: save a member that has ended, or that was not saved for a while."""
        passed = time.monotonic() - self._saved_at.get(index, -math.inf)
        if member.status != "waiting" or passed > SAVE_SECONDS:
            self.save(index, member)

    def save(self, index: int, member: Member) -> None:
        """Save a member, if it has changed since the last time."""
        # An evaluation changes what is kept while the update stays the same.
        mark = (member.update, len(member.history), member.status)
        if self.saver is not None and self._saved.get(index) != mark:
            self.saver.save_member(index, member_state(member))
            self._saved[index], self._saved_at[index] = mark, time.monotonic()

    def save_all(self, members: Sequence[Member]) -> None:
        """Save what has changed since each member's last checkpoint."""
        for index, member in enumerate(members):
            self.save(index, member)
