"""Prechelt's stopping criteria, which look at the shape of the validation curve, not at one evaluation alone."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from wellfit.techniques.base import technique
from wellfit.techniques.run.stopping import Stopping


class Prechelt(Stopping):
    """Validation losses E(t) at evaluations t = 1, 2, ..., cut into strips of k; loss values must be above 0.

    Training progress of a strip: P_k(t) = 1000 (sum of E_tr / (k min of E_tr) - 1) over the strip's training losses.
    """

    strip: int = Field(default=5, ge=1)
    least_progress: float = Field(default=0.0, ge=0.0)
    cuts_short: ClassVar[bool] = True
    divides: ClassVar[bool] = False  # whether its rule divides by losses

    @model_validator(mode="after")
    def _strips_that_progress(self) -> Prechelt:
        if self.least_progress > 0 and self.strip < 2:
            raise ValueError("progress is measured over strips of 2 evaluations or more, and strip = 1: raise it")
        return self

    @property
    def relative(self) -> bool:
        """Whether it divides by losses, which then may not be negative: progress is measured by such a quotient."""
        return self.divides or self.least_progress > 0

    def start(self) -> dict[str, float]:
        strip = {"strip_sum": 0.0, "strip_least": math.inf, "strip_end": math.inf, "rises": 0, "progress": math.inf}
        return {**super().start(), **strip, "generalization_loss": 0.0}

    def decide(
        self, memory: dict[str, float], loss: float, update: int, training_loss: float = math.nan
    ) -> tuple[bool, bool]:
        keep, _ = super().decide(memory, loss, update, training_loss)
        memory["generalization_loss"] = 100 * excess(loss, memory["best"])
        memory["strip_sum"] += training_loss
        memory["strip_least"] = min(memory["strip_least"], training_loss)
        if memory["evaluations"] % self.strip != 0:
            return keep, self.ends(memory)
        memory["progress"] = max(1000 * excess(memory["strip_sum"] / self.strip, memory["strip_least"]), 0.0)
        memory["rises"] = memory["rises"] + 1 if loss > memory["strip_end"] else 0
        memory.update(strip_sum=0.0, strip_least=math.inf, strip_end=loss)
        stalled = memory["progress"] < self.least_progress
        return keep, stalled or self.ends(memory) or self.strip_ends(memory)

    def strip_ends(self, memory: dict[str, float]) -> bool:
        """Whether to stop at the end of a strip."""
        return False


def excess(value: float, least: float) -> float:
    """value / least - 1, which is 0 for equal ones, also of 0."""
    if value == least:
        return 0.0
    return value / least - 1 if least != 0 else math.inf


@technique("stopping")
class GeneralizationLoss(Prechelt):
    """Stops as soon as the validation loss lies more than alpha percent above its least value so far: GL_alpha.

    GL(t) = 100 (E(t) / E_min(t) - 1) > alpha, with E(t) the validation loss at evaluation t and E_min(t) the least up
    to t. The weights of the best validation loss are kept, the last of ties.

    alpha: percent, at least 0, default 5. strip: k evaluations, default 5, and least_progress: training also ends where
    the training progress of a strip (see "progress_quotient") is below it, default 0, which is never; the paper adds
    0.1 to every criterion. every: updates between evaluations; default an epoch.
    Departures: the paper measures every 5 epochs on its own networks' squared error; here the loss is that of the
    recipe. Losses that can be negative (Poisson) are refused. Cost: none. When not: with noisy validation losses, where
    a single bad evaluation ends the run; under a schedule of fixed length.

    >>> from wellfit import Recipe
    >>> Recipe(stopping={"name": "generalization_loss", "alpha": 2}, schedule="constant").stopping.alpha
    2.0

    Source: Prechelt, "Early stopping - but when?", 1998.
    """

    equations: ClassVar[tuple[str, ...]] = (r"GL(t) = 100 \left(\frac{E(t)}{E_{\min}(t)} - 1\right) > \alpha",)
    heading: ClassVar[str] = "Generalisation loss (Prechelt's GL)"

    name: Literal["generalization_loss"] = "generalization_loss"
    alpha: float = Field(default=5.0, ge=0.0)
    divides: ClassVar[bool] = True

    def ends(self, memory: dict[str, float]) -> bool:
        return memory["generalization_loss"] > self.alpha


@technique("stopping")
class ProgressQuotient(Prechelt):
    """Stops at the end of a strip where generalisation loss outweighs training progress: PQ_alpha.

    GL(t) / P_k(t) > alpha, with GL(t) = 100 (E(t) / E_min(t) - 1) of the validation loss and the training progress
    P_k(t) = 1000 (sum of E_tr / (k min of E_tr) - 1) over the k evaluations of the strip that ends at t. Without
    progress (P_k = 0) any loss stops.

    alpha: at least 0, default 3. strip: k, evaluations, at least 2, default 5. least_progress: training also ends where
    P_k is below it; default 0, which is never; the paper adds 0.1.
    every: updates between evaluations; default an epoch.
    Departure: E_tr is the training loss of the history, measured in evaluation mode on a fixed sample of training rows,
    not the running loss. The weights of the best validation loss are kept. Losses that can be negative (Poisson) are
    refused. Cost: none. When not: under a schedule of fixed length.

    >>> from wellfit import Recipe
    >>> Recipe(stopping={"name": "progress_quotient", "alpha": 1}, schedule="constant").stopping.strip
    5

    Source: Prechelt, "Early stopping - but when?", 1998.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\frac{GL(t)}{P_k(t)} > \alpha, \quad P_k(t) = 1000 \left(\frac{\sum E_{\text{tr}}}{k \min "
        r"E_{\text{tr}}} - 1\right)",
    )
    heading: ClassVar[str] = "Progress quotient (Prechelt's PQ)"

    name: Literal["progress_quotient"] = "progress_quotient"
    alpha: float = Field(default=3.0, ge=0.0)
    strip: int = Field(default=5, ge=2)
    divides: ClassVar[bool] = True

    def strip_ends(self, memory: dict[str, float]) -> bool:
        lost, progress = memory["generalization_loss"], memory["progress"]
        return lost > 0 and (progress == 0 or lost / progress > self.alpha)


@technique("stopping")
class RisingStrips(Prechelt):
    """Stops where the validation loss has risen in s successive strips: UP_s.

    UP_s stops at the end t of a strip of k evaluations if UP_(s-1) stopped at t - k and E(t) > E(t - k); UP_1 asks for
    E(t) > E(t - k) alone. Only the last evaluations of strips are compared. The first strip has none before it.

    strips: s, at least 1, default 4. strip: k, evaluations, at least 1, default 5. least_progress: training also ends
    where the training progress of a strip (see "progress_quotient") is below it; default 0, which is never. every:
    updates between evaluations; default an epoch. The weights of the best validation loss are kept. Losses that can be
    negative (Poisson) are refused where least_progress is above 0.
    Cost: none. When not: where each strip costs much; under a schedule of fixed length.

    >>> from wellfit import Recipe
    >>> Recipe(stopping={"name": "rising_strips", "strips": 2}, schedule="constant").stopping.strips
    2

    Source: Prechelt, "Early stopping - but when?", 1998.
    """

    equations: ClassVar[tuple[str, ...]] = (r"E(t) > E(t - k) > E(t - 2k) > \dots > E(t - s k)",)
    heading: ClassVar[str] = "Rising strips (Prechelt's UP)"

    name: Literal["rising_strips"] = "rising_strips"
    strips: int = Field(default=4, ge=1)

    def strip_ends(self, memory: dict[str, float]) -> bool:
        return memory["rises"] >= self.strips
