"""What the loss does in training: it diverges, jumps up and down, or shows spikes."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.case import NETWORK
from wellfit.diagnosis.base.readings import constant_loss, grade, median_of, moves_between_evaluations, probed
from wellfit.diagnosis.base.remedies import (
    DEFAULT_UPDATES,
    STANDARDISE,
    USUAL_WEIGHTS,
    batches,
    fresh_start,
    learning_rate,
    recipe_of,
    tried_first,
    valid,
)
from wellfit.diagnosis.base.shortfall import fits_badly, severity_of


@rule(
    "diverged", "The loss became infinite", needs=("training",), explains=("unstable-folds", "underfitting", "plateau")
)
def diverged(case: Case) -> Judgement:
    """The loss or a weight of some networks became infinite or not a number, and their training ended there.

    Detected: the engine stops such a network and marks it.
    Why it matters: it predicts nothing.
    What to do: a lower learning rate, smaller first weights, scaled inputs and target, clipping.
    How sure: certain.
    """
    lost = [one for one in case.networks if one.status == "diverged"]
    evidence = {"diverged": len(lost), "networks": len(case.networks)}
    if not lost:
        return fine("No network diverged.", evidence)
    when = median_of(lost, lambda one: one.updates / max(one.updates_per_epoch, 1))
    return found(
        "problem", f"{len(lost)} of {len(case.networks)} networks diverged: their loss became infinite.",
        evidence=evidence, strength=0.9, epochs=(int(when) + 1,),
        remedies=valid(case, [learning_rate(case, 0.1), learning_rate(case, 0.01), DEFAULT_UPDATES, USUAL_WEIGHTS,
                              STANDARDISE, fresh_start(case), *tried_first("explodes")]),
    )  # fmt: skip


@rule(
    "oscillating-loss", "The loss jumps up and down", needs=("training",), explains=("unstable-folds", "underfitting")
)
def oscillating_loss(case: Case, *, swing: float = 0.08, share: float = 0.35, missing: float = 0.1) -> Judgement:
    """From evaluation to evaluation the loss on training rows jumps up and down in place of falling.

    Detected: over the second half of the training, neighbouring evaluations of the training rows differ by at least
        `swing` of a constant prediction's loss on average, at least `share` of them rise, and `missing` of the
        reference's gain is missing on the training rows.
    Why it matters: where training ends is then a matter of chance.
    What to do: a lower learning rate at the end (a schedule), larger mini-batches, averaging of weights.
    How sure: seen in the curve.

    swing: the curves of good recipes move by less than 3 % of a constant's loss in their second half.
    share: a curve that falls rises in less than a third of its steps.
    missing: a curve may jump and still reach what the reference reaches.
    """
    constant = constant_loss(case)
    jumps = (
        median_of(case.trained, lambda one: moves_between_evaluations(one)[0]) / constant
        if constant > 0
        else float("nan")
    )
    rises = median_of(case.trained, lambda one: moves_between_evaluations(one)[1])
    if not jumps == jumps:
        return not_applicable("There are too few evaluations, or no constant prediction to compare with.")
    evidence = {"mean jump, in losses of a constant": jumps, "threshold": swing, "share that rise": rises}
    if jumps < swing or rises < share or fits_badly(case, missing) is None:
        return fine("The loss does not jump from evaluation to evaluation.", evidence)
    larger = batches(case, 128) if isinstance(recipe_of(case).batch_size, int) else None
    return found(
        severity_of(case), f"From one evaluation to the next the loss on training rows changes by {jumps:.0%} of a "
        "constant prediction's loss, up as often as down.",
        evidence=evidence, strength=0.7 * grade(jumps, swing, 1.0),
        remedies=valid(case, [learning_rate(case, 0.1), DEFAULT_UPDATES, larger, fresh_start(case),
                              *tried_first("unstable between runs")]),
    )  # fmt: skip


@rule("loss-spikes", "Spikes of the loss", needs=("training",))
def loss_spikes(case: Case, *, deviations: float = 15.0, times: float = 10.0) -> Judgement:
    """Single mini-batches have a loss far above all others.

    Detected: after the first epoch some mini-batch's loss lies at least `deviations` standard deviations above the
        median of its epoch, and at `times` the loss of a constant prediction or more.
    Why it matters: one such update can undo much; it points to rows with wild values.
    What to do: clip gradients, look at the rows with the largest loss, a loss that bounds the pull of a row (Huber).
    How sure: seen in the losses of all updates; never more than a warning, for networks often recover.

    deviations: of a few hundred mini-batches the largest lies 3 to 8 deviations up.
    times: a high loss that is still of the order of a constant's does little.
    """
    constant = constant_loss(case)
    rise = median_of(case.networks, lambda one: _largest(one, "batch_loss_rise"))
    height = median_of(case.networks, lambda one: _largest(one, "batch_loss_largest"))
    if not rise == rise or not constant > 0:
        return not_applicable("The losses of mini-batches were not probed.")
    evidence = {
        "rise in standard deviations": rise,
        "threshold": deviations,
        "largest over a constant's": height / constant,
    }
    if rise < deviations or height < times * constant:
        return fine("No mini-batch's loss stands far above the others.", evidence)
    return found(
        "warning", f"Some mini-batch's loss lies {rise:.0f} standard deviations above the others of its epoch.",
        evidence=evidence, strength=0.5 * grade(rise, deviations, 60.0),
        remedies=valid(case, [learning_rate(case, 0.3), *tried_first("explodes")]),
    )  # fmt: skip


def _largest(network: TrainedNetwork, quantity: str) -> float:
    values = probed(network, NETWORK, quantity)
    later = values[2:] if quantity == "batch_loss_largest" else values[1:]
    return float(np.max(later)) if len(later) else float("nan")
