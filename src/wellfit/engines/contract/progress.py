"""What an observer sees while members train, read-only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wellfit.engines.contract.plan import Plan

Rows = Sequence[Mapping[str, float]]
Probed = Mapping[tuple[str, str], tuple[NDArray[np.int64], NDArray[np.float64]]]


def _nothing(first: int) -> Rows:
    return ()


def _unprobed() -> Probed:
    return {}


@dataclass(frozen=True)
class MemberProgress:
    """How far one member has come. last_epoch: in which it ends at the latest. best_loss: NaN before the first
    evaluation.

    measured: gives copies of its evaluations from a place on (0 is the first), by the names of `Population.history`.
    probed: gives copies of what was seen inside it so far, by layer and quantity: after how many updates, and values.
    plan: its recipe, view and seed; None where an observer is called by something else than an engine.
    """

    status: str
    update: int
    last_update: int
    epoch: int
    last_epoch: int
    best_loss: float
    best_update: int
    measured: Callable[[int], Rows] = _nothing
    probed: Callable[[], Probed] = _unprobed
    plan: Plan | None = None


@dataclass(frozen=True)
class Progress:
    """How far a training run has come. seconds_left: until its time limit, None without one."""

    seconds: float
    seconds_left: float | None
    members: tuple[MemberProgress, ...]


Observer = Callable[[Progress], None]
