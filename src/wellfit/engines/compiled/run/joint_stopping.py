"""Joint early stopping: networks on the folds of one deal keep the weights of one common evaluation.

Where each fold keeps the weights that did best on its own held-out rows, a few rows choose among many evaluations, and
the loss that they show flatters. The mean over folds is of all rows: it chooses better, and flatters less.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.member import Member

COMMON = "common"  # in a member's memory: that its kept weights are of an evaluation that all had
END, CUT = -1, -2  # places: the end of the run, and where a limit cut it off between two evaluations


@dataclass(frozen=True)
class Pending:
    """An evaluation to which not all have come: after how many updates, the validation loss, and the weights."""

    update: int
    loss: float
    weights: NDArray[Any]


class Joint:
    """Members that keep the weights of the evaluation with the least mean validation loss over them; the last of ties.

    Evaluations are told apart by their place: the k-th of a member's own intervals, the end of its run, or where a
    limit cut it off. Until all have come to a common one, each keeps its own best. What has not been reached by all
    waits in `Member.pending`; what is kept hangs on the losses alone, not on which member was there first.
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
            if any(one.status == "diverged" for one in self.members):  # these will never meet again
                member.pending.clear()
                return
            place = _place(member)
            member.pending[place] = Pending(member.update, loss, weights.copy())
            # Where a limit cuts members off hangs on all of them: see `rest`.
            if place != CUT and all(place in one.pending for one in self.members):
                self._meet([one.pending[place] for one in self.members])
                for one in self.members:
                    one.pending = {at: state for at, state in one.pending.items() if not _passed(at, place)}

    def rest(self) -> None:
        """All have come to the end of a round. Where all were just measured and a limit has cut some off between two
        evaluations, that is a common one too.
        """
        now = [next((s for s in one.pending.values() if s.update == one.update), None) for one in self.members]
        if any(CUT in one.pending for one in self.members):
            met = [state for state in now if state is not None]
            if len(met) == len(self.members):
                self._meet(met)
            for one in self.members:
                one.pending.pop(CUT, None)

    def _meet(self, met: list[Pending]) -> None:
        """All have come to one place: keep what they had there, if it is the best so far."""
        known = all(one.memory.get(COMMON) for one in self.members)
        least = math.fsum(one.memory["best"] for one in self.members) if known else math.inf
        if math.fsum(state.loss for state in met) > least:
            return
        for one, state in zip(self.members, met, strict=True):
            one.best = state.weights
            number = float(sum(line[1] <= state.update for line in one.history))
            one.memory.update({COMMON: 1, "best": state.loss, "best_update": state.update, "waited": 0})
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
