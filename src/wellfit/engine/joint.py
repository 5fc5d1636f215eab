"""Joint early stopping: networks on the folds of one deal keep the weights of one common evaluation.

Where each fold keeps the weights that did best on its own held-out rows, a few rows choose among many evaluations, and
the loss that they show flatters. The mean over folds is of all rows: it chooses better, and flatters less.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from wellfit.engine.member import Member

COMMON = "common"  # in a member's memory: that its kept weights are of an evaluation that all had


class Joint:
    """Members that keep the weights of the evaluation with the least mean validation loss over them; the last of ties.

    Evaluations are told apart by their place: the k-th interval, or where the run or its limit ended. Until all have
    come to a common one, each keeps its own best. What has not been reached by all waits in `Member.pending`; what is
    kept hangs on the losses alone, not on which member was there first.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = list(members)
        self.lock = threading.Lock()

    def note(self, member: Member, loss: float, training_loss: float, weights: NDArray[Any]) -> None:
        """An evaluation of a member: its validation loss and the weights that were measured, which are copied."""
        with self.lock:
            if not member.memory.get(COMMON):
                keep, _ = member.recipe.stopping.judge(member.memory, loss, member.update, training_loss)
                if keep:
                    member.keep(weights)
            else:
                member.memory["evaluations"] += 1
            place = _place(member)
            member.pending.pop(-1, None)  # where an earlier limit cut it off, and it has gone on
            member.pending[place] = (member.update, loss, weights.copy())
            if all(place in one.pending for one in self.members):
                self._meet(place)

    def _meet(self, place: int) -> None:
        """All have come to one place: keep what they had there, if it is the best so far."""
        met = [one.pending[place] for one in self.members]
        losses = [loss for _, loss, _ in met]
        known = all(one.memory.get(COMMON) for one in self.members)
        least = math.fsum(one.memory["best"] for one in self.members) if known else math.inf
        better = math.fsum(losses) <= least
        for one, (update, loss, weights) in zip(self.members, met, strict=True):
            if better:
                one.best = weights
                one.memory.update({COMMON: 1, "best": loss, "best_update": update})
                one.memory["best_evaluation"] = one.memory["kept_evaluation"] = one.memory["evaluations"]
            one.pending = {at: state for at, state in one.pending.items() if not _passed(at, place)}


def _place(member: Member) -> int:
    """Which evaluation a member has come to: the k-th interval; -1: the end of its run, between two of them."""
    count, rest = divmod(member.update, member.evaluate_every)
    return -1 if rest else count


def _passed(at: int, place: int) -> bool:
    """Whether no member will come to a place any more."""
    return at == place or 0 <= at < place
