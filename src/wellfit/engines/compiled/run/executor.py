"""Where members train: on threads of this process, or wherever somebody else has them trained.

A run knows neither machines nor what connects them. Who has some puts in a maker of executors for as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.saving import MemberSaving
from wellfit.engines.compiled.run.workers import WorkerThreads
from wellfit.engines.compiled.step.step import Data
from wellfit.engines.contract.progress import Observer
from wellfit.engines.contract.saver import Saver


class Executor(Protocol):
    """What trains the members of a list that wait; see `WorkerThreads`, the one of this process.

    Between two runs every member of the list is where a checkpoint of it can be taken.
    """

    stop: NDArray[np.int64]
    interrupted: bool
    observers: Sequence[Observer]

    @property
    def saving(self) -> MemberSaving:
        """What keeps checkpoints."""

    @property
    def parallel(self) -> int:
        """How many members train at once, at the most, as things stand."""

    def run(self, seconds: float | None, limit: float | None = None) -> bool:
        """Train the members whose status is "waiting".

        seconds: after which it comes back; None: when none is left.
        limit: seconds until the time limit where `seconds` only ends a stretch, after which it is called again; None
            (default): `seconds` is the limit.

        Returns whether the clock ended it.
        """


MakeExecutor = Callable[[list[Member], Data, int, "Saver | None", Sequence[Observer]], Executor]
_elsewhere: ContextVar[MakeExecutor | None] = ContextVar("elsewhere", default=None)


@contextmanager
def trained_elsewhere(make: MakeExecutor) -> Iterator[None]:
    """Inside, members are trained by what this makes, in place of threads of this process."""
    token = _elsewhere.set(make)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def executor_of(
    members: list[Member], data: Data, n_jobs: int,
    saver: Saver | None = None, observers: Sequence[Observer] = (),
) -> Executor:  # fmt: skip
    """What trains members here and now: threads of this process, if nothing else was put in their place."""
    make = _elsewhere.get() or WorkerThreads
    return make(members, data, n_jobs, saver, observers)
