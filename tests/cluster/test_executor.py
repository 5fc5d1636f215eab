"""What the executor does with what comes back, with a cluster made up of function calls."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from tests.engines.compiled.run.mixed import PLANS, assert_same_members, table
from wellfit.cluster import worker
from wellfit.cluster.executor import MOST_LOSSES, RayExecutor
from wellfit.cluster.session import Session
from wellfit.cluster.versions import PROCESSOR, versions
from wellfit.cluster.worker import train_jobs
from wellfit.engines.compiled.run.executor import trained_elsewhere
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.errors import InputError


class WorkerCrashedError(Exception):
    """As Ray names it."""


class CallsInPlaceOfRay(Session):
    """A session whose tasks run when they are asked for; the first few of them are lost."""

    def __init__(self, losses: int) -> None:
        self.left, self.versions, self.ahead = losses, versions(), {}
        self.tasks, self.lost, self.gone = Counter(), 0, False
        self.training_seconds = self.handling_seconds = self.seconds_a_task = 0.0
        self.ray = SimpleNamespace(put=lambda value: value, get=self.get, wait=self.wait, cancel=lambda *_, **__: None)
        self.train = SimpleNamespace(remote=lambda *arguments: Task(arguments))

    def get(self, task: Task) -> Any:
        if self.left:
            self.left -= 1
            raise WorkerCrashedError
        return train_jobs(*task.arguments)

    def wait(self, tasks: list[Any], num_returns: int, timeout: float) -> tuple[list[Any], list[Any]]:
        return tasks[:num_returns], tasks[num_returns:]

    def slots(self) -> int:
        return 2

    def answers(self) -> bool:
        return True

    def put_table(self, data: Any) -> Any:
        return data


class Task:
    """One that was handed out."""

    def __init__(self, arguments: tuple[Any, ...]) -> None:
        self.arguments = arguments


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_here", lambda: (versions()[PROCESSOR], "host", "machine"))


def test_what_is_lost_is_trained_again_to_the_same_bits() -> None:
    session = CallsInPlaceOfRay(3)
    with trained_elsewhere(session.executor):
        there = train_plans(PLANS, *table())
    assert session.lost == 3 and session.left == 0
    assert_same_members(train_plans(PLANS, *table()), there)


def test_what_is_lost_again_and_again_ends_with_a_sentence() -> None:
    session = CallsInPlaceOfRay(10**6)
    with trained_elsewhere(session.executor), pytest.raises(InputError, match="lost again and again"):
        train_plans(PLANS[:1], *table())
    assert session.lost == MOST_LOSSES + 1
    assert RayExecutor(session, [], None, 1).parallel == 2  # type: ignore[arg-type]
