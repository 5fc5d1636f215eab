"""What an observer sees while members train, read-only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Rows = Sequence[Mapping[str, float]]


def _nothing(first: int) -> Rows:
    return ()


@dataclass(frozen=True)
class MemberProgress:
    """How far one member has come. last_epoch: in which it ends at the latest. best_loss: NaN before the first
    evaluation.

    measured: gives copies of its evaluations from a place on (0 is the first), by the names of `Population.history`.
    """

    status: str
    update: int
    last_update: int
    epoch: int
    last_epoch: int
    best_loss: float
    best_update: int
    measured: Callable[[int], Rows] = _nothing


@dataclass(frozen=True)
class Progress:
    """How far a training run has come. seconds_left: until its time limit, None without one."""

    seconds: float
    seconds_left: float | None
    members: tuple[MemberProgress, ...]


Observer = Callable[[Progress], None]
