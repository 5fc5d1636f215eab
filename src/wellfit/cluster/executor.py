"""Trains members on a cluster: hands out tasks of some seconds, takes back what came of them, and hands out again what
was lost with a machine.
"""

from __future__ import annotations

import heapq
import threading
import time
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.cluster.failures import check_reply, in_a_sentence, is_lost, is_memory, no_answer, no_machine
from wellfit.cluster.jobs import job_of, take_outcome
from wellfit.cluster.versions import PROCESSOR
from wellfit.cluster.worker import Reply, Terms
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.saving import MemberSaving
from wellfit.engines.compiled.run.workers import OBSERVE_SECONDS, call_observers, check_jobs
from wellfit.engines.compiled.step.step import Data
from wellfit.engines.contract.progress import Observer
from wellfit.engines.contract.saver import Saver

if TYPE_CHECKING:
    from wellfit.cluster.session import Session

TASK_SECONDS = 2.0  # that a task trains: what is lost with a machine, and what a checkpoint is behind, at the most
MOST_TASK_SECONDS = 60.0  # where there are so many processors that handing out tasks would be the limit
MOST_BUSY = 0.5  # of this thread's time, for handing out and taking back
TASKS_AHEAD = 2  # handed out for each processor, so that none waits for the next one
MOST_JOBS = 256  # of one task
SLOTS_SECONDS = 1.0  # between two looks at which machines are there
GRACE_SECONDS = 1.0  # after the time limit, for what is on its way
MOST_LOSSES = 5  # of one member
LONELY_SECONDS = 60.0  # without any processor
GONE_SECONDS = 15.0  # without an answer of the head
WAIT_SECONDS = 0.05


class RayExecutor:
    """An `Executor` on a Ray cluster.

    members: those whose status is "waiting" are trained; the list may grow between two runs.
    """

    def __init__(
        self, session: Session, members: list[Member], data: Data, n_jobs: int,
        saver: Saver | None = None, observers: Sequence[Observer] = (),
    ) -> None:  # fmt: skip
        check_jobs(n_jobs)
        self.session, self.members, self.data = session, members, data
        self.saving, self.observers = MemberSaving(saver), observers
        self.stop = np.zeros(1, np.int64)
        self.interrupted = False
        self._waiting: list[tuple[float, int]] = []  # a heap: the least progress first
        self._flying: dict[Any, list[int]] = {}  # members by task
        self._table: Any = None  # in the store
        self._losses: dict[int, int] = {}
        self._views: dict[int, tuple[Any, Any]] = {}  # prepared views in the store, by identity
        self._slots, self._slots_seen, self._last_seen = 0, -1e9, time.monotonic()
        self._head_seen = self._last_seen
        self._processors: set[str] = set()
        self._error: BaseException | None = None

    @property
    def parallel(self) -> int:
        """How many members train at once, at the most, as things stand."""
        return max(self._slots_now(), 1)

    def run(self, seconds: float | None, limit: float | None = None) -> bool:
        """Train to the end, the time limit or Ctrl-C; see `Executor`. What is on its way at the end of a stretch stays
        on its way.
        """
        self.stop[0] = 0
        self._last_seen = self._head_seen = time.monotonic()
        end = seconds if limit is None else limit
        until = None if end is None or not np.isfinite(end) else time.time() + end
        last = limit is None or (seconds is not None and seconds >= limit)
        started, by_clock = time.monotonic(), [False]
        stretch = None if seconds is None else started + seconds
        thread = threading.Thread(target=self._guarded, args=(until, stretch, last, by_clock), daemon=True)
        thread.start()
        alive = True
        while alive:
            try:
                thread.join(OBSERVE_SECONDS)
                alive = thread.is_alive()  # asked first: observers see how it ended
                call_observers(self.observers, self.members, time.monotonic() - started, seconds)
            except KeyboardInterrupt:
                self.stop[0], self.interrupted = 1, True
            except BaseException:
                self.stop[0] = 1
                thread.join()
                raise
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return by_clock[0] and not self.interrupted

    def _guarded(self, until: float | None, stretch: float | None, last: bool, by_clock: list[bool]) -> None:
        """What the thread does that talks to the cluster."""
        try:
            by_clock[0] = self._work(until, stretch, last)
            if self.stop[0]:
                self._drop()
        except BaseException as error:  # handed to the caller's thread, which raises it
            self._error = error
            self._drop()

    def _work(self, until: float | None, stretch: float | None, last: bool) -> bool:
        """Hand out and take back until nobody waits, the stretch is over (True) or all are to stop."""
        self._gather()
        while (self._waiting or self._flying) and not self.stop[0]:
            over = stretch is not None and time.monotonic() >= stretch
            if over and not last:
                return True
            if over and (not self._flying or time.monotonic() >= (stretch or 0.0) + GRACE_SECONDS):
                self._drop()
                return True
            if not over:
                self._hand_out(until, self._slots_now())
            self._take_back()
        return False

    def _gather(self) -> None:
        """Who waits, from the statuses of the members."""
        away = {index for indices in self._flying.values() for index in indices}
        waiting = [i for i, one in enumerate(self.members) if one.status == "waiting" and i not in away]
        self._waiting = [(self.members[i].progress, i) for i in waiting]
        heapq.heapify(self._waiting)
        needed = {id(self.members[i].prepared) for i in (*waiting, *away)}
        self._views = {key: kept for key, kept in self._views.items() if key in needed}

    def _hand_out(self, until: float | None, slots: int) -> None:
        """As many tasks as there are places."""
        while self._waiting and len(self._flying) < TASKS_AHEAD * slots and not self.stop[0]:
            began, seconds = time.perf_counter(), self._task_seconds(slots)
            indices = self._next_jobs(slots, seconds)
            views: dict[int, Any] = {}
            for index in indices:
                views.setdefault(id(self.members[index].prepared), self._view(index))
            places = {key: place for place, key in enumerate(views)}
            jobs = [job_of(self.members[i], places[id(self.members[i].prepared)]) for i in indices]
            terms = Terms(seconds, until, self.session.versions, dict(self.session.ahead))
            if self._table is None:
                self._table = self.session.put_table(self.data)
            task = self.session.train.remote(self._table, jobs, terms, *views.values())
            self._flying[task] = indices
            self.session.handed_out(time.perf_counter() - began)

    def _task_seconds(self, slots: int) -> float:
        """How long a task shall train, so that so many processors find this thread free when they ask for more."""
        return min(max(TASK_SECONDS, slots * self.session.seconds_a_task / MOST_BUSY), MOST_TASK_SECONDS)

    def _next_jobs(self, slots: int, most_seconds: float) -> list[int]:
        """Members for one task: several where each has little left to do, but no more than leaves work for all."""
        most = min(max(len(self._waiting) // (TASKS_AHEAD * slots), 1), MOST_JOBS)
        taken: list[int] = []
        seconds = 0.0
        while self._waiting and len(taken) < most and seconds < most_seconds:
            index = self._waiting[0][1]
            member = self.members[index]
            if index in self._losses and taken:  # one that was lost goes alone, lest it takes others with it
                break
            heapq.heappop(self._waiting)
            taken.append(index)
            if index in self._losses:
                break
            seconds += max(member.last_update - member.update, 1) * member.seconds_per_update
        return taken

    def _view(self, index: int) -> Any:
        """The prepared view of a member in the store."""
        prepared = self.members[index].prepared
        if id(prepared) not in self._views:
            self._views[id(prepared)] = prepared, self.session.ray.put(prepared)
        return self._views[id(prepared)][1]

    def _take_back(self) -> None:
        """What has come back by now, after waiting a moment for the first."""
        ray = self.session.ray
        if not self._flying:
            time.sleep(WAIT_SECONDS)
            return
        tasks = list(self._flying)
        ready, others = ray.wait(tasks, num_returns=1, timeout=WAIT_SECONDS)
        if ready and others:
            ready += ray.wait(others, num_returns=len(others), timeout=0)[0]
        for task in ready:
            if self.stop[0]:
                return
            began = time.perf_counter()
            try:
                reply = ray.get(task)
            except Exception as error:
                self._lost(self._flying.pop(task), error)
            else:
                self._take(self._flying.pop(task), reply)
                self.session.taken_back(time.perf_counter() - began)

    def _take(self, indices: list[int], reply: Reply) -> None:
        """What a task has brought."""
        check_reply(reply)
        self.session.note_clock(reply)
        self._note_processor(reply)
        self.session.tasks[reply.machine] += 1
        for index, outcome in zip(indices, reply.outcomes, strict=True):
            member = self.members[index]
            if outcome is not None:
                take_outcome(member, outcome)
                self.session.training_seconds += outcome.seconds
                self._losses.pop(index, None)
                self.saving.save_if_due(index, member)
            if member.status == "waiting":
                heapq.heappush(self._waiting, (member.progress, index))

    def _lost(self, indices: list[int], error: Exception) -> None:
        """A task that brought nothing: its members, which stand at their last checkpoints, wait again."""
        if not (is_lost(error) or is_memory(error)):
            raise in_a_sentence(error)
        self.session.lost += 1
        for index in indices:
            self._losses[index] = self._losses.get(index, 0) + 1
            if self._losses[index] > MOST_LOSSES:
                raise in_a_sentence(error)
            heapq.heappush(self._waiting, (self.members[index].progress, index))
        self._slots_seen = -1e9  # machines may be fewer now

    def _drop(self) -> None:
        """Give up what is on its way. Members stand at what came back last."""
        for task in self._flying if not self.session.gone else ():
            self.session.ray.cancel(task, force=False)
        self._flying.clear()

    def _slots_now(self) -> int:
        """Processors of the cluster; looked up now and then.

        Raises:
            InputError: the cluster is gone, or has had none for a while.
        """
        now = time.monotonic()
        if now - self._slots_seen >= SLOTS_SECONDS:
            self._slots_seen = now
            if self.session.answers():
                self._slots, self._head_seen = self.session.slots(), now
            elif now - self._head_seen > GONE_SECONDS:
                self.session.gone = True
                raise no_answer(self.session.address)
        if self._slots:
            self._last_seen = now
        elif now - self._last_seen > LONELY_SECONDS:
            raise no_machine(LONELY_SECONDS)
        return self._slots

    def _note_processor(self, reply: Reply) -> None:
        """Warn once where a machine has another processor, on which bits may differ."""
        if reply.processor in self._processors:
            return
        self._processors.add(reply.processor)
        own = self.session.versions[PROCESSOR]
        if reply.processor != own:
            warnings.warn(
                f"The machine {reply.host!r} of the cluster has another processor ({reply.processor}) than this one "
                f"({own}): results may differ in their last bits from those of one machine.",
                RuntimeWarning,
                stacklevel=2,
            )
