"""Threads that have no member to train help with the steps of a large member that another thread trains.

Which threads help, and when, changes no bit of what is trained (see `wellfit.techniques.team`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step.buffers import aligned_zeros
from wellfit.engines.compiled.step.team import help_team
from wellfit.numerics.kernel import COMPILED
from wellfit.techniques import layout as at
from wellfit.techniques.team import OPEN

LARGE = 2e7  # multiply-adds of a step, about, from which sharing it gains more than it costs
WAIT_SECONDS = 0.05  # between two looks at whether helpers are still wanted at all


def is_large(member: Member) -> bool:
    """Whether other threads can help with a member's steps. Depends on the network and its batches alone."""
    return COMPILED and 3 * member.batch * member.program.trained >= LARGE


class Teams:
    """The large members that are being trained, each by a thread of its own, and the threads that help them.

    changed: notified when helpers are wanted anew; its lock is the caller's.
    """

    def __init__(self, members: list[Member], lock: threading.Lock) -> None:
        self.members, self.changed = members, threading.Condition(lock)
        self._boards: dict[int, NDArray[np.int64]] = {}  # of the members that want helpers, by their numbers
        self._helpers: dict[int, int] = {}  # how many each of them has

    @contextmanager
    def helping(self, index: int, workspace: Workspace) -> Iterator[None]:
        """Let other threads help with a member while it trains on a workspace, if it is large."""
        if not is_large(self.members[index]):
            yield
            return
        workspace.board[OPEN], workspace.shares = 1, True
        with self.changed:
            self._boards[index], self._helpers[index] = workspace.board, 0
            self.changed.notify_all()
        try:
            yield
        finally:
            workspace.board[OPEN], workspace.shares = 0, False
            self.members[index].program.clock[at.TEAM] = 0  # the board may not outlive the workspace
            with self.changed:
                del self._boards[index], self._helpers[index]

    def help(self) -> int:
        """Help the member with the fewest helpers, and of those with the least progress, until its thread looks for
        another; or wait a little, where no helpers are wanted at present. Returns how many parts it has done.
        """
        with self.changed:
            if not self._boards:
                self.changed.wait(WAIT_SECONDS)
            index = min(self._boards, key=self._urgency, default=None)
            if index is None:
                return 0
            board = self._boards[index]
            self._helpers[index] += 1
        nothing, clock, sums = aligned_zeros(0), np.zeros(at.CLOCK_SIZE, np.int64), np.zeros(at.SUMS_SIZE)
        return int(help_team.for_precision()(board, nothing, clock, sums))

    def _urgency(self, index: int) -> tuple[int, float, int]:
        return self._helpers[index], self.members[index].progress, index
