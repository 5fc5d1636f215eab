"""Early stopping: when a member's training ends, and which of its weights are kept.

Every criterion keeps the weights of the best validation loss. Evaluations are counted from 1, one an epoch unless
`every` says otherwise.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field

from wellfit.techniques.base import Technique, technique


class Stopping(Technique):
    """A stopping rule, asked after each evaluation. Its memory is a plain dict of numbers, so that it can be saved.

    every: updates between evaluations; default an epoch.
    """

    every: int | None = Field(default=None, gt=0)
    replace_ties: ClassVar[bool] = True

    def start(self) -> dict[str, float]:
        """The memory before the first evaluation."""
        return {"best": math.inf, "evaluations": 0, "best_evaluation": 0, "best_update": 0, "waited": 0}

    def judge(self, memory: dict[str, float], loss: float, update: int) -> tuple[bool, bool]:
        """Take note of a validation loss. Returns (keep these weights, stop now)."""
        memory["evaluations"] += 1
        improved = loss < memory["best"]
        keep = improved or (self.replace_ties and loss == memory["best"])
        if keep:
            memory.update(best_update=update, kept_evaluation=memory["evaluations"])
        if improved:
            memory.update(best=loss, best_evaluation=memory["evaluations"], waited=0)
        else:
            memory["waited"] += 1
        return keep, self.ends(memory)

    def ends(self, memory: dict[str, float]) -> bool:
        """Whether to stop, given the memory after this evaluation."""
        return False


@technique("stopping")
class KeepBest(Stopping):
    """Trains all epochs and gives back the weights of the best validation loss, the last of ties. The default.

    every: updates between evaluations; default an epoch.
    """

    name: Literal["best"] = "best"


@technique("stopping")
class KeepLast(Stopping):
    """Trains all epochs and keeps the last weights: a fixed number of updates."""

    name: Literal["none"] = "none"

    def judge(self, memory: dict[str, float], loss: float, update: int) -> tuple[bool, bool]:
        memory["evaluations"] += 1
        memory.update(best=loss, best_evaluation=memory["evaluations"], best_update=update)
        memory["kept_evaluation"] = memory["evaluations"]
        return True, False


@technique("stopping")
class Patience(Stopping):
    """Stops after `patience` evaluations in a row without improvement of more than `minimum_improvement`.

    A tie replaces the kept weights but does not reset patience. patience: at least 1, default 20. minimum_improvement:
    at
    least 0, default 0. growth: patience grows with the best evaluation to growth x best + patience (2 and 20 suit
    cyclic schedules); default 0.
    """

    name: Literal["patience"] = "patience"
    patience: int = Field(default=20, ge=1)
    minimum_improvement: float = Field(default=0.0, ge=0.0)
    growth: float = Field(default=0.0, ge=0.0)

    def start(self) -> dict[str, float]:
        return {**super().start(), "reference": math.inf, "reference_evaluation": 0}

    def judge(self, memory: dict[str, float], loss: float, update: int) -> tuple[bool, bool]:
        reference = memory["reference"]
        keep, _ = super().judge(memory, loss, update)
        if loss < reference - self.minimum_improvement or not math.isfinite(reference):
            memory.update(reference=loss, waited=0, reference_evaluation=memory["evaluations"])
        else:
            memory["waited"] = memory["evaluations"] - memory["reference_evaluation"]
        return keep, self.ends(memory)

    def ends(self, memory: dict[str, float]) -> bool:
        if self.growth > 0:
            return memory["evaluations"] > self.growth * memory["reference_evaluation"] + self.patience
        return memory["waited"] >= self.patience


@technique("stopping")
class Algorithm71(Stopping):
    """Algorithm 7.1 of Goodfellow, Bengio & Courville: every n updates, patience p, strict improvement; returns theta*,
    i*, v*.

    patience: p, at least 1, default 10. every: n, updates between evaluations; default an epoch.
    """

    name: Literal["algorithm_7_1"] = "algorithm_7_1"
    patience: int = Field(default=10, ge=1)
    replace_ties: ClassVar[bool] = False

    def ends(self, memory: dict[str, float]) -> bool:
        return memory["waited"] >= self.patience
