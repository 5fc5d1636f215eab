"""Joint early stopping: networks on the folds of one partition keep the weights of one common evaluation.

Where each fold keeps the weights that did best on its own held-out rows, a few rows choose among many evaluations, and
the loss that they show flatters. The mean over folds is of all rows: it chooses better, and flatters less.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from wellfit.engines.compiled.run.member import Member
from wellfit.reprs import short_repr

KEPT_JOINTLY = "kept_jointly"  # in a member's memory: that its kept weights are of an evaluation that all had
END, CUT = -1, -2  # places: the end of the run, and where a limit cut it off between two evaluations


@dataclass(frozen=True)
class PendingEvaluation:
    """One that not all members have reached: after how many updates, the validation loss, and the weights."""

    update: int
    loss: float
    weights: NDArray[Any]

    __repr__ = short_repr


class JointStopping:
    """Members that keep the weights of the evaluation with the least mean validation loss over them; the last of ties.

    Evaluations are told apart by their place: the k-th of a member's own intervals, the end of its run, or where a
    limit cut it off. Until all have come to a common one, each keeps its own best. What has not been reached by all
    is held in `Member.pending`; what is kept depends on the losses alone, not on which member was there first.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = list(members)
        self.lock = threading.Lock()

    def add_evaluation(self, member: Member, loss: float, training_loss: float, weights: NDArray[Any]) -> None:
        """An evaluation of a member: its validation loss and the weights that were measured, which are copied."""
        with self.lock:
            if not member.memory.get(KEPT_JOINTLY):
                keep, _ = member.recipe.stopping.decide(member.memory, loss, member.update, training_loss)
                if keep:
                    member.keep(weights)
            else:
                member.memory["evaluations"] += 1
            if any(one.status == "diverged" for one in self.members):  # these will never meet again
                member.pending.clear()
                return
            place = _place(member)
            member.pending[place] = PendingEvaluation(member.update, loss, weights.copy())
            # Where a limit cuts members off depends on all of them: see `end_round`.
            if place != CUT and all(place in one.pending for one in self.members):
                self._keep_if_best([one.pending[place] for one in self.members])
                for one in self.members:
                    one.pending = {at: held for at, held in one.pending.items() if not _passed(at, place)}

    def end_round(self) -> None:
        """All have come to the end of a round. Where all were just measured and a limit has cut some off between two
        evaluations, that is a common one too.
        """
        if not any(CUT in one.pending for one in self.members):
            return
        now = [next((s for s in one.pending.values() if s.update == one.update), None) for one in self.members]
        reached = [held for held in now if held is not None]
        if len(reached) == len(self.members):
            self._keep_if_best(reached)
        for one in self.members:
            one.pending.pop(CUT, None)

    def _keep_if_best(self, reached: list[PendingEvaluation]) -> None:
        """All have come to one place: keep the weights they had there, if they are the best so far."""
        known = all(one.memory.get(KEPT_JOINTLY) for one in self.members)
        least = math.fsum(one.memory["best"] for one in self.members) if known else math.inf
        if math.fsum(held.loss for held in reached) > least:
            return
        for one, held in zip(self.members, reached, strict=True):
            one.best = held.weights
            number = float(sum(update <= held.update for update in one.history.column("update")))
            one.memory.update({KEPT_JOINTLY: 1, "best": held.loss, "best_update": held.update, "waited": 0})
            one.memory.update(best_evaluation=number, kept_evaluation=number)


def _place(member: Member) -> int:
    """Which evaluation a member has come to."""
    if member.update == member.horizon.updates:
        return END
    count, rest = divmod(member.update, member.evaluate_every)
    return CUT if rest else count


def _passed(at: int, place: int) -> bool:
    """Whether a place need not be waited for once all have met at another."""
    return at == place or place == END or 0 <= at < place
