"""The threads that train a population's members."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wellfit.engines.compiled.run.ready_view import engine_data
from wellfit.engines.compiled.run.rounds import Workspace, advance
from wellfit.errors import InputError
from wellfit.numerics.blas import assert_single_threaded

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.population import Population
    from wellfit.engines.contract.progress import Observer

CHECKPOINT_SECONDS = 10.0
LOOK_SECONDS = 0.05


def check_jobs(n_jobs: int) -> None:
    """Refuse a number of threads that is none."""
    if n_jobs < 1:
        raise InputError(f"n_jobs = {n_jobs}: give at least one thread.")


class Crew:
    """Threads that take the member with the least progress, train it for a round, and put it back."""

    def __init__(self, population: Population, n_jobs: int, folder: Path | None, observers: Sequence[Observer]) -> None:
        check_jobs(n_jobs)
        self.population = population
        self.data = engine_data(population.arrays, population.target)
        self.folder, self.observers = folder, observers
        self.stop = np.zeros(1, np.int64)
        self.interrupted = False
        self.lock = threading.Lock()
        self.busy: set[int] = set()
        self.error: BaseException | None = None
        self.n_jobs = n_jobs
        self.saved: dict[int, tuple[int, int, str]] = {}

    def work(self, seconds: float | None) -> bool:
        """Run the threads to the end, the time limit or Ctrl-C. Returns whether the clock ended it."""
        self.stop[0] = 0
        started, by_clock = time.monotonic(), False
        many = min(self.n_jobs, len(self.population))
        threads = [threading.Thread(target=self._labour, daemon=True) for _ in range(many)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            try:
                threads[-1].join(LOOK_SECONDS) if threads[-1].is_alive() else time.sleep(LOOK_SECONDS / 5)
                elapsed = time.monotonic() - started
                if seconds is not None and elapsed >= seconds and not self.stop[0]:
                    self.stop[0], by_clock = 1, True
                self._tell(elapsed, seconds)
            except KeyboardInterrupt:
                self.stop[0], self.interrupted = 1, True
            except BaseException:
                self.stop[0] = 1
                for thread in threads:
                    thread.join()  # the BLAS limit must outlast the last compiled step
                raise
        if self.error is not None:
            raise self.error
        return by_clock and not self.interrupted

    def _labour(self) -> None:
        try:
            assert_single_threaded()
            workspace = Workspace()
            workspace.stop = self.stop
            while not self.stop[0]:
                index = self._take()
                if index is None:
                    return
                member = self.population.members[index]
                try:
                    advance(member, self.data, workspace)
                    self._save(index)
                finally:
                    with self.lock:
                        self.busy.discard(index)
        except BaseException as error:  # handed to the caller's thread, which raises it
            self.error, self.stop[0] = error, 1

    def _take(self) -> int | None:
        with self.lock:
            free = (i for i, m in enumerate(self.population.members) if m.status == "waiting" and i not in self.busy)
            progress = self.population.members
            index = min(free, key=lambda i: (progress[i].update / max(progress[i].last_update, 1), i), default=None)
            if index is not None:
                self.busy.add(index)
            return index

    def _save(self, index: int, now: bool = False) -> None:
        member = self.population.members[index]
        due = now or member.status != "waiting" or time.monotonic() - member.saved_at > CHECKPOINT_SECONDS
        # An evaluation changes what is kept while the update stays the same.
        mark = (member.update, len(member.history), member.status)
        if self.folder is None or not due or self.saved.get(index) == mark:
            return
        from wellfit.engines.compiled.run.checkpoint import save_member

        save_member(member, index, self.folder)
        member.saved_at, self.saved[index] = time.monotonic(), mark

    def save_all(self) -> None:
        """Write what changed since each member's last checkpoint."""
        for index in range(len(self.population)):
            self._save(index, now=True)

    def _tell(self, elapsed: float, seconds: float | None) -> None:
        if not self.observers:
            return
        left = None if seconds is None else max(seconds - elapsed, 0.0)
        progress = self.population.progress(elapsed, left)
        for observer in self.observers:
            observer(progress)
