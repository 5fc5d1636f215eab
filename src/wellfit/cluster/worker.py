"""What a worker process does: it trains the members of a task for some seconds and hands them back."""

from __future__ import annotations

import ctypes
import functools
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cluster.jobs import Job, Outcome, member_of, outcome_of
from wellfit.cluster.versions import PROCESSOR, difference, versions
from wellfit.engines.compiled.run.updates import train_member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.step import Data
from wellfit.engines.numpy.prepared_view import PreparedView, Rows
from wellfit.numerics.blas import single_threaded_blas
from wellfit.reprs import short_repr

LEAST_SECONDS = 0.02  # of a job; with less to go it waits for another task


@dataclass(frozen=True)
class Terms:
    """seconds: about how long the task trains. until: the time limit by the clock of the machine that asks; None: there
    is none. ahead: by how many seconds the clocks of machines go before that one, as far as known.

    versions: of the machine that asks.
    """

    seconds: float
    until: float | None
    versions: dict[str, str]
    ahead: dict[str, float] = field(default_factory=dict)

    __repr__ = short_repr


@dataclass(frozen=True)
class Reply:
    """What a task gives back. outcomes: one a job, None where there was no time for it.

    refused: what is not the same here as there, in words; then nothing was trained. processor, host, machine: of the
    machine that trained, its name and Ray's number for it. clock: its time at the end.
    """

    outcomes: tuple[Outcome | None, ...]
    refused: str
    processor: str
    host: str
    machine: str
    clock: float

    __repr__ = short_repr


@functools.cache
def _workspace() -> Workspace:
    """The buffers of this process, which trains one member at a time."""
    return Workspace()


def train_jobs(data: Data | None, jobs: Sequence[Job], terms: Terms, *views: PreparedView) -> Reply:
    """Train the members of some jobs, one after the other. views: prepared, of the jobs. data: None: there are none."""
    refused = difference(terms.versions, versions())
    if refused or data is None:
        if not refused:
            _load()
        return Reply((), refused, *_here(), time.time())
    began = time.monotonic()
    outcomes: list[Outcome | None] = []
    table, ready = Data(*map(writeable, data)), [writeable_view(view) for view in views]
    until = None if terms.until is None else terms.until + terms.ahead.get(_here()[2], 0.0)
    try:
        with single_threaded_blas():
            for job in jobs:
                left = terms.seconds - (time.monotonic() - began)
                left = left if until is None else min(left, until - time.time())
                enough = left >= LEAST_SECONDS or (until is None and not outcomes)
                outcomes.append(_trained(job, ready[job.view], table, left) if enough else None)
    except BaseException:  # cancelled in the middle: what lies in the buffers is not known
        _workspace.cache_clear()
        raise
    return Reply(tuple(outcomes), "", *_here(), time.time())


def _load() -> None:
    """Load the compiled code that every member needs, or compile it where it has never been."""
    for loop in (step.train, step.evaluate, step.all_finite, step.norm):
        loop.for_precision("float32")


@functools.cache
def _here() -> tuple[str, str, str]:
    """The processor, the name of the machine and Ray's number for it."""
    import ray

    return versions()[PROCESSOR], platform.node(), str(ray.get_runtime_context().get_node_id())


def _trained(job: Job, view: PreparedView, data: Data, seconds: float) -> Outcome:
    member, began = member_of(job, view), time.perf_counter()
    train_member(member, data, _workspace(), seconds)
    return outcome_of(member, time.perf_counter() - began)


def writeable(array: NDArray[Any]) -> NDArray[Any]:
    """The same memory as an array that compiled code takes. Objects of the store are shared by all processes of a
    machine and come read-only, which is another type to the compiler; nothing writes to them.
    """
    if array.flags.writeable:
        return array
    memory: Any = (ctypes.c_char * array.nbytes).from_address(array.ctypes.data)
    memory.owner = array  # it must stay as long as this is used
    plain: NDArray[Any] = np.frombuffer(memory, array.dtype)
    return plain.reshape(array.shape)


def writeable_view(view: PreparedView) -> PreparedView:
    """A prepared view whose rows compiled code takes."""
    training, clean, validation = (
        Rows(writeable(one.numbers), writeable(one.weights)) for one in (view.training, view.clean, view.validation)
    )
    return replace(view, training=training, clean=clean, validation=validation)
