"""The worker threads that train members, each member in one core's cache; idle threads help with large members."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.saving import MemberSaving
from wellfit.engines.compiled.run.teams import Teams, is_large
from wellfit.engines.compiled.run.updates import train_member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.step import Data
from wellfit.engines.compiled.step.team import help_team
from wellfit.engines.contract.progress import MemberProgress, Observer, Probed, Progress
from wellfit.engines.contract.saver import Saver
from wellfit.errors import InputError
from wellfit.numerics.blas import assert_single_threaded
from wellfit.numerics.kernel import COMPILED
from wellfit.techniques.team import share_backward, share_forward

OBSERVE_SECONDS = 0.05  # between two looks at the clock, at which observers are called


def load_training() -> None:
    """Compile, or load, what the training of every member calls beside its own kernels."""
    for loop in (step.train, step.evaluate, step.all_finite, step.norm, help_team):
        loop.for_precision()
    if COMPILED:
        for kernel in (share_forward, share_backward):
            kernel.address()


def check_jobs(n_jobs: int) -> None:
    """Refuse a number of threads that is none."""
    if n_jobs < 1:
        raise InputError(f"n_jobs = {n_jobs}: give at least one thread.")


class WorkerThreads:
    """Threads that take the member with the least progress, train it for a while, and put it back. Those for which
    there is none help with the steps of large members.

    members: those whose status is "waiting" are trained; the list may grow between two runs.
    stop: set to 1, all end at their next update. interrupted: Ctrl-C has ended a run.
    """

    def __init__(
        self, members: list[Member], data: Data, n_jobs: int,
        saver: Saver | None = None, observers: Sequence[Observer] = (),
    ) -> None:  # fmt: skip
        check_jobs(n_jobs)
        self.members, self.data, self.n_jobs = members, data, n_jobs
        self.saving, self.observers = MemberSaving(saver), observers
        self.stop = np.zeros(1, np.int64)
        self.interrupted = False
        self._lock = threading.Lock()
        self._teams = Teams(members, self._lock)
        self._in_training: set[int] = set()
        self._error: BaseException | None = None

    @property
    def parallel(self) -> int:
        """How many members train at once, at the most."""
        return self.n_jobs

    def run(self, seconds: float | None, limit: float | None = None) -> bool:
        """Train to the end, the time limit or Ctrl-C. Returns whether the clock ended it.

        limit: see `Executor`; threads stop at any update and need not know it.
        """
        self.stop[0] = 0
        started, by_clock = time.monotonic(), False
        many = self.n_jobs if any(map(is_large, self.members)) else min(self.n_jobs, len(self.members))
        threads = [threading.Thread(target=self._train_members, daemon=True) for _ in range(many)]
        for thread in threads:
            thread.start()
        alive = bool(threads)
        while alive:
            try:
                threads[-1].join(OBSERVE_SECONDS) if threads[-1].is_alive() else time.sleep(OBSERVE_SECONDS / 5)
                alive = any(thread.is_alive() for thread in threads)  # asked first: observers see how it ended
                elapsed = time.monotonic() - started
                if seconds is not None and elapsed >= seconds and not self.stop[0]:
                    self.stop[0], by_clock = 1, True
                call_observers(self.observers, self.members, elapsed, seconds)
            except KeyboardInterrupt:
                self.stop[0], self.interrupted = 1, True
            except BaseException:
                self.stop[0] = 1
                for thread in threads:
                    thread.join()  # the BLAS limit must outlast the last compiled step
                raise
        if self._error is not None:
            raise self._error
        return by_clock and not self.interrupted

    def _train_members(self) -> None:
        """What each thread does: one member after another, and help where none waits, until all are done or to stop."""
        try:
            assert_single_threaded()
            workspace = Workspace()
            workspace.stop = self.stop
            index = self._take_member()
            while index is not None or self._can_help():  # who has taken a member puts it back, told to stop or not
                if index is None:
                    self._teams.help()
                    index = self._take_member()
                    continue
                try:
                    with self._teams.helping(index, workspace):
                        train_member(self.members[index], self.data, workspace)
                    self.saving.save_if_due(index, self.members[index])
                finally:
                    index = self._take_after(index)
        except BaseException as error:  # handed to the caller's thread, which raises it
            self._error, self.stop[0] = error, 1

    def _take_member(self) -> int | None:
        with self._lock:
            return None if self.stop[0] else self._next_member()

    def _take_after(self, index: int) -> int | None:
        """Put a member back and take the next one in one go: no thread sees it neither waiting nor in training."""
        with self._lock:
            self._in_training.discard(index)
            return None if self.stop[0] else self._next_member()

    def _next_member(self) -> int | None:
        """The waiting member with the least progress that no other thread trains."""
        waiting = [i for i, m in enumerate(self.members) if m.status == "waiting" and i not in self._in_training]
        index = min(waiting, key=lambda i: (self.members[i].progress, i), default=None)
        if index is not None:
            self._in_training.add(index)
        return index

    def _can_help(self) -> bool:
        with self._lock:
            return not self.stop[0] and any(is_large(self.members[index]) for index in self._in_training)


def call_observers(
    observers: Sequence[Observer], members: Sequence[Member], elapsed: float, seconds: float | None
) -> None:
    """Show observers how far members have come. seconds: the time limit, or None."""
    if not observers:
        return
    left = None if seconds is None else max(seconds - elapsed, 0.0)
    seen = tuple(map(seen_of, members))
    for observer in observers:
        observer(Progress(elapsed, left, seen))


def seen_of(member: Member) -> MemberProgress:
    """What observers see of a member."""
    return MemberProgress(
        member.status, member.update, member.last_update, member.epoch, member.last_epoch, member.best_loss,
        member.best_update, member.history.rows_from, _unprobed if member.probes is None else member.probes.series,
        member.plan,
    )  # fmt: skip


def _unprobed() -> Probed:
    return {}
