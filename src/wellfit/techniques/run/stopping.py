"""Early stopping: when a member's training ends, and which of its weights are kept.

Every criterion keeps the weights of the best validation loss, unless its card says otherwise. Evaluations are counted
from 1, one an epoch unless `every` says otherwise. Prechelt's criteria are in `prechelt.py`.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique


class Stopping(Technique):
    """A stopping rule, asked after each evaluation. Its memory is a plain dict of numbers, so that it can be saved.

    every: updates between evaluations; default an epoch.
    """

    title: ClassVar[str] = "Early stopping"
    seam: ClassVar[Seam] = "stopping"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows", "noisy labels")

    name: str
    every: int | None = Field(default=None, gt=0)
    replace_ties: ClassVar[bool] = True
    cuts_short: ClassVar[bool] = False  # whether it may end a run before its epochs are over

    def refused(self, recipe: Any) -> str | None:
        if self.cuts_short and recipe.schedule.fixed_length and not getattr(self, "growth", 0.0):
            rule = "patience" if self.name == "strict_patience" else self.name
            return (
                f"the schedule {recipe.schedule.name!r} has a fixed length that {rule} would cut short: use "
                'stopping "best", or patience with growth above 0, which is made for cycles'
            )
        if getattr(self, "relative", False) and recipe.loss.name == "poisson":
            return (
                f"{self.name} divides by losses, and that of counts may be negative: use patience, or "
                "rising_strips with least_progress = 0"
            )
        return None

    def run_length(self, of_epochs: int) -> int:
        """Updates of the run at the most. of_epochs: those of the recipe's epochs."""
        return of_epochs

    def schedule_length(self, of_epochs: int) -> int:
        """The horizon that schedules are handed, in updates."""
        return self.run_length(of_epochs)

    def epoch_length(self, per_epoch: int) -> int:
        """Updates that an epoch has for schedules and averages that count in epochs. per_epoch: those of this run."""
        return per_epoch

    def start(self) -> dict[str, float]:
        """The memory before the first evaluation."""
        return {"best": math.inf, "evaluations": 0, "best_evaluation": 0, "best_update": 0, "waited": 0}

    def decide(
        self, memory: dict[str, float], loss: float, update: int, training_loss: float = math.nan
    ) -> tuple[bool, bool]:
        """Take note of a validation loss. Returns (keep these weights, stop now).

        training_loss: that of the same evaluation, in evaluation mode, on the clean training rows of the history.
        """
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

    every: updates between evaluations; default an epoch. Cost: a copy of the weights at each new best.
    When not: where nothing is held out there is nothing to choose by, and the last weights are kept.

    >>> from wellfit import Recipe
    >>> Recipe(stopping="best").stopping.name
    'best'

    Source: Prechelt, "Early stopping - but when?", 1998, returns the weights of the least validation error likewise.
    """

    heading: ClassVar[str] = "Early stopping, keep the best"
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "noisy labels": (3, "the rule is learned before the mistakes: keep the weights of that time (on by default)"),
    }

    name: Literal["best"] = "best"


@technique("stopping")
class KeepLast(Stopping):
    """Trains all epochs and keeps the last weights: no early stopping. For a number of updates, see "updates".

    every: updates between evaluations; default an epoch. Cost: none. When not: where the validation loss rises in the
    end; "best" costs no more.

    >>> from wellfit import Recipe
    >>> Recipe(stopping="none").stopping.name
    'none'
    """

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"

    def decide(
        self, memory: dict[str, float], loss: float, update: int, training_loss: float = math.nan
    ) -> tuple[bool, bool]:
        memory["evaluations"] += 1
        return _take(memory, loss, update), False


@technique("stopping")
class Patience(Stopping):
    """Stops after `patience` evaluations in a row without improvement of more than `minimum_improvement`.

    With e the number of evaluations made and b that of the best one: stops once e - b >= patience; with growth > 0 once
    e > growth b + patience, so that patience grows with the best evaluation. A tie replaces the kept weights but does
    not reset patience. Small gains add up: improvement is measured from the loss at which patience last began anew.

    patience: evaluations, at least 1, default 20. minimum_improvement: in units of the loss, at least 0, default 0.
    growth: at least 0, default 0; 2 with patience 20 suits cycles, whose loss rises in between: it alone goes together
    with schedules of fixed length. every: updates between evaluations; default an epoch.
    Cost: none. When not: under a schedule of fixed length, whose last part brings the gain; use "best".

    >>> from wellfit import Recipe
    >>> Recipe(stopping={"name": "patience", "patience": 5}, schedule="constant").stopping.patience
    5

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, section 7.8; growth: Holzmueller, Grinsztajn &
    Steinwart, "Better by default", 2024.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\text{stop once} \quad e - b \ge \text{patience} \quad (\text{with growth: } e > \text{growth} "
        r"\cdot b + \text{patience})",
    )
    example: ClassVar[dict[str, Any]] = {"stopping": {"name": "patience", "patience": 20, "growth": 2.0}}

    name: Literal["patience"] = "patience"
    cuts_short: ClassVar[bool] = True
    patience: int = Field(default=20, ge=1)
    minimum_improvement: float = Field(default=0.0, ge=0.0)
    growth: float = Field(default=0.0, ge=0.0)

    def start(self) -> dict[str, float]:
        return {**super().start(), "reference": math.inf, "reference_evaluation": 0}

    def decide(
        self, memory: dict[str, float], loss: float, update: int, training_loss: float = math.nan
    ) -> tuple[bool, bool]:
        reference = memory["reference"]
        keep, _ = super().decide(memory, loss, update, training_loss)
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
class StrictPatience(Stopping):
    """Algorithm 7.1 of Goodfellow, Bengio & Courville: every n updates, patience p, strict improvement; returns theta*,
    i*, v*.

    Every n updates the validation error v' is measured: v' < v* sets theta* = theta, i* = i, v* = v' and the count of
    evaluations without improvement j = 0; otherwise j grows by one, and training ends at j = p. The first of ties is
    kept. theta* are the member's kept weights, i* is its `best_update`, v* its `best_loss`.

    patience: p, at least 1, default 10. every: n, updates between evaluations; default an epoch.
    Departure: training also ends after the recipe's epochs. Cost: none. When not: as for "patience".

    >>> from wellfit import Recipe
    >>> Recipe(stopping={"name": "strict_patience", "patience": 5, "every": 50}, schedule="constant").stopping.every
    50

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, algorithm 7.1.
    """

    heading: ClassVar[str] = "Patience, algorithm 7.1 of Deep Learning"

    name: Literal["strict_patience"] = "strict_patience"
    patience: int = Field(default=10, ge=1)
    replace_ties: ClassVar[bool] = False
    cuts_short: ClassVar[bool] = True

    def ends(self, memory: dict[str, float]) -> bool:
        return memory["waited"] >= self.patience


@technique("stopping")
class FixedUpdates(Stopping):
    """Ends after exactly `updates` updates, whatever `epochs` says, and keeps the last weights or the best ones.

    With T the updates of the recipe's epochs and n the fixed number: the run has n updates, t = 0 ... n - 1, and a
    schedule is handed the horizon n ("updates"), T ("epochs") or a number of its own.

    updates: n, at least 1, default 1000. keep: "last" (default) or "best", the weights of the best validation loss, the
    last of ties. horizon: what schedules of the rate and of strengths span: "updates" (default), so that one of fixed
    length is compressed or stretched to finish at n; "epochs", so that every update has the rate that it would have in
    the whole run, which n cuts off; or a number of updates. epoch: updates, at least 1, that an epoch has for schedules
    and averages with settings in epochs; default those of this run's epochs. every: updates between evaluations;
    default an epoch.
    Cost: none. When not: where rows can be held out and the number is not known; "best" then finds it.

    >>> from wellfit import Recipe
    >>> Recipe(stopping={"name": "updates", "updates": 500}).stopping.run_length(6400)
    500

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, algorithm 7.2 trains for a number found before.
    """

    heading: ClassVar[str] = "A fixed number of updates"
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits",)

    name: Literal["updates"] = "updates"
    updates: int = Field(default=1000, ge=1)
    keep: Literal["last", "best"] = "last"
    horizon: Literal["updates", "epochs"] | Annotated[int, Field(ge=1)] = "updates"
    epoch: int | None = Field(default=None, ge=1)

    def run_length(self, of_epochs: int) -> int:
        return self.updates

    def schedule_length(self, of_epochs: int) -> int:
        if self.horizon == "updates":
            return self.updates
        return of_epochs if self.horizon == "epochs" else self.horizon

    def epoch_length(self, per_epoch: int) -> int:
        return self.epoch or per_epoch

    def decide(
        self, memory: dict[str, float], loss: float, update: int, training_loss: float = math.nan
    ) -> tuple[bool, bool]:
        keep, stop = super().decide(memory, loss, update, training_loss)
        return (True, False) if self.keep == "last" and _take(memory, loss, update) else (keep, stop)


@technique("stopping")
class LossBelow(Stopping):
    """Stops at the first evaluation whose validation loss is at most `loss`, and keeps the weights of that evaluation.

    loss: in the units of the validation loss; default 0. updates: the most updates, at least 1, whatever `epochs` says;
    default those of the epochs. Where the loss is never reached, the last weights are kept. every: updates between
    evaluations; default an epoch. Cost: none. When not: to choose weights by validation; what is kept is not the best.

    >>> from wellfit import Recipe
    >>> Recipe(stopping={"name": "loss_below", "loss": 0.3}, schedule="constant").stopping.loss
    0.3

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, algorithm 7.3.
    """

    heading: ClassVar[str] = "Until the loss is below a value"
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits",)

    name: Literal["loss_below"] = "loss_below"
    loss: float = 0.0
    updates: int | None = Field(default=None, ge=1)
    cuts_short: ClassVar[bool] = True

    def run_length(self, of_epochs: int) -> int:
        return self.updates or of_epochs

    def decide(
        self, memory: dict[str, float], loss: float, update: int, training_loss: float = math.nan
    ) -> tuple[bool, bool]:
        memory["evaluations"] += 1
        return _take(memory, loss, update), loss <= self.loss


def _take(memory: dict[str, float], loss: float, update: int) -> bool:
    """Keep the present weights, whatever came before. Always true."""
    memory.update(best=loss, best_evaluation=memory["evaluations"], best_update=update)
    memory["kept_evaluation"] = memory["evaluations"]
    return True
