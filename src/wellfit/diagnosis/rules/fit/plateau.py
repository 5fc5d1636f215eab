"""A plateau: the loss has stood still for most of the training, far above what can be reached."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import column, grade, median_of
from wellfit.diagnosis.base.remedies import (
    BATCH_NORM,
    DEFAULT_NETWORK,
    DEFAULT_UPDATES,
    RESIDUAL,
    fresh_start,
    learning_rate,
    tried_first,
    valid,
)
from wellfit.diagnosis.base.shortfall import severity_of, shortfall


@rule("plateau", "The loss stands still", needs=("training",), explains=("underfitting",))
def plateau(case: Case, *, moves: float = 0.03, missing: float = 0.3) -> Judgement:
    """The training loss has hardly changed over the second half of the training, far above what can be reached.

    Detected: between the middle and the end of the training the loss on training rows fell by less than `moves` of its
        distance to the reference's, and at least `missing` of the reference's gain is missing.
    Why it matters: more epochs will not help; something holds the network back.
    What to do: see first what other findings say; else another learning rate, skip connections or normalisation.
    How sure: that it stands still is seen; why it does, other rules say.

    moves: a slow but steady fall covers more of the way.
    missing: above what good recipes differ by on training rows.
    """
    behind = shortfall(case, "training")
    if behind is None:
        return not_applicable("There is no other recipe to compare with.")
    speed = median_of(case.trained, lambda one: _second_half(one, behind.reference_loss))
    evidence = behind.evidence | {"fell in the second half, of the rest": speed, "threshold": moves}
    if not speed < moves or not behind.clear(missing):
        return fine("The loss does not stand still above what can be reached.", evidence)
    return found(
        severity_of(case), "The loss on training rows stood still over the second half of the training, far above the "
        f"{behind.reference}'s.",
        evidence=evidence, strength=0.5 * grade(behind.relative, missing, 1.0),
        remedies=valid(case, [fresh_start(case), DEFAULT_UPDATES, learning_rate(case, 0.1), learning_rate(case, 10.0),
                              RESIDUAL, BATCH_NORM, DEFAULT_NETWORK, *tried_first("does not move")]),
    )  # fmt: skip


def _second_half(network: TrainedNetwork, floor: float) -> float:
    losses = column(network, "training_loss")
    losses = losses[np.isfinite(losses)]
    if len(losses) < 6:
        return float("nan")
    third = max(1, len(losses) // 8)
    middle, end = np.median(losses[len(losses) // 2 - third : len(losses) // 2 + 1]), np.median(losses[-third:])
    return float((middle - end) / max(middle - floor, 1e-12))
