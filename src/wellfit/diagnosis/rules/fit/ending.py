"""When training ended: while it still improved, long after its best, or after far too few epochs."""

from __future__ import annotations

import math

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.finding import Severity
from wellfit.diagnosis.base.readings import column, constant_loss, grade, median_of, path_length, still_falls
from wellfit.diagnosis.base.remedies import DEFAULT_UPDATES, KEEP_BEST, batches, epochs, fresh_start, recipe_of, valid
from wellfit.diagnosis.base.shortfall import costs, fits_badly, severity_of, shortfall


@rule(
    "too-few-epochs",
    "Too few epochs",
    needs=("training",),
    explains=(
        "recipe-unusual",
        "unstable-folds",
        "still-improving",
        "underfitting",
        "plateau",
        "constant-predictions",
        "over-confidence",
    ),
)
def too_few_epochs(
    case: Case, *, path: float = 0.4, step: float = 3e-4, updates: int = 250, missing: float = 0.1,
) -> Judgement:  # fmt: skip
    """Training ends after so few updates that the weights have hardly left their start.

    Detected: over the whole training the updates add up to less than `path` times the norm of the weights, though each
        is of usual size (`step` of the weights or more), there are at most `updates` of them, and the training rows
        lack `missing` or more of what the reference gains.
    Why it matters: a network that stops near its random start has not learned what it could.
    What to do: more epochs, or smaller mini-batches, which give more updates an epoch.
    How sure: sure where the reference, trained for longer, does clearly better.

    path: good recipes go 0.7 to 13 times the norm of their weights.
    step: smaller steps are a matter of the learning rate.
    updates: more of them are enough for small tables with a usual learning rate.
    missing: less is within what two good recipes differ by.
    """
    nets = case.trained
    length, made = median_of(nets, path_length), median_of(nets, lambda one: float(one.updates))
    if not nets or math.isnan(length):
        return not_applicable("How far the weights went was not probed.")
    behind = fits_badly(case, missing)
    evidence = {"path over weight norm": length, "threshold": path, "updates": made, "updates at most": updates,
                "mean step over weight norm": length / max(made, 1), "least step": step}  # fmt: skip
    short = length < path and made <= updates and length >= step * made
    if not short or behind is None:
        return fine("The weights went far enough from their start.", evidence)
    return found(
        severity_of(case), f"Training ends after {made:,.0f} updates, when the weights have moved by {length:.2f} "
        "of their norm: they are still near their random start.",
        evidence=evidence | behind.evidence, strength=grade(path / length, 1.0, 5.0),
        remedies=valid(case, [epochs(case, 10, 64), epochs(case, 4), batches(case, 32), fresh_start(case)]),
    )  # fmt: skip


@rule("still-improving", "Still improving when it stopped", needs=("training",), explains=("underfitting",))
def still_improving(case: Case, *, falls: float = 0.1, missing: float = 0.15, much: float = 0.35) -> Judgement:
    """The training loss was still falling at the end, and far from what can be reached.

    Detected: in the last fifth of the training the loss on training rows fell by `falls` or more of its distance to the
        reference's, and at the end `missing` or more of the reference's gain is missing. A problem from `much` on.
    Why it matters: more epochs would have helped, at no other price than time.
    What to do: more epochs; a higher learning rate, where the curve is straight.
    How sure: the curve is seen; how far it would still fall is not.

    falls: a curve that has levelled off falls by less than a twentieth of the rest.
    missing: above what good recipes differ by on their training rows.
    much: deep tanh networks that are trained well enough miss 20 %.
    """
    behind = shortfall(case, "training")
    if behind is None:
        return not_applicable("There is no other recipe to compare with.")
    speed = median_of(case.trained, lambda one: still_falls(one, behind.reference_loss))
    evidence = behind.evidence | {"fell in the last fifth, of the rest": speed, "threshold": falls}
    if not speed >= falls or not behind.clear(missing):
        return fine("The loss on the training rows has levelled off, or is as low as the reference's.", evidence)
    clear = behind.clear(much)
    return found(
        severity_of(case, clear), f"The loss on training rows fell by {speed:.0%} of its distance to the "
        f"{behind.reference}'s in the last fifth of the training: it had not come to its end.",
        evidence=evidence, strength=0.6 * grade(speed, falls, 0.5),
        remedies=valid(case, [epochs(case, 4, 64), epochs(case, 10, 64), DEFAULT_UPDATES, fresh_start(case)]),
    )  # fmt: skip


@rule(
    "stopped-too-late",
    "Stopped too late",
    needs=("training",),
    explains=("recipe-unusual", "overfitting", "over-confidence"),
)
def stopped_too_late(case: Case, *, lost: float = 0.1, much: float = 0.25, share: float = 0.75) -> Judgement:
    """The weights that were kept predict validation rows clearly worse than earlier ones did.

    Detected: the validation loss of the kept weights, smoothed over 3 evaluations, stands above the curve's smoothed
        minimum by at least `lost` of what that minimum gains over a constant prediction, though the training rows are
        fitted better than then, and the minimum was before `share` of the training. A problem from `much` on, where the
        reference does better too.
    Why it matters: since that time the network has learned its training rows by heart.
    What to do: keep the weights of the best validation loss (`stopping="best"`).
    How sure: sure from a few hundred validation rows on.

    lost: smoothed curves of fewer rows wander by less.
    much: from here on the later weights are worse than what other choices of a recipe cost.
    share: a minimum near the end is no sign of it.
    """
    nets = [one for one in case.trained if np.isfinite(column(one, "validation_loss")).sum() >= 4]
    constant = constant_loss(case)
    if not nets or not constant > 0:
        return not_applicable("There are too few evaluations of validation rows.")
    loss = median_of(nets, lambda one: _lost(one, constant, share)[0])
    epoch = median_of(nets, lambda one: _lost(one, constant, share)[1])
    evidence = {"lost, as a share of the best gain": loss, "threshold": lost, "best epoch": epoch}
    if not loss >= lost:
        return fine("The kept weights are about as good on validation rows as any before them.", evidence)
    severity: Severity = "problem" if loss >= much and costs(case) else "warning"
    return found(
        severity, f"Validation rows were predicted best after about epoch {epoch:.0f}; the weights that were kept have "
        f"lost {min(loss, 9.99):.0%} of what was gained over a constant prediction.",
        evidence=evidence, strength=grade(loss, lost, 1.0), epochs=(round(epoch),),
        remedies=valid(case, [KEEP_BEST, _fewer(case, epoch)]),
    )  # fmt: skip


def _fewer(case: Case, epoch: float) -> Remedy | None:
    number = max(1, round(epoch))
    return Remedy(f"Train for {number:,} epochs.", {"epochs": number}) if number < recipe_of(case).epochs else None


def _lost(network: TrainedNetwork, constant: float, share: float) -> tuple[float, float]:
    """How much of the best gain the kept weights have lost, and the epoch of the best; 0 where the best is late."""
    losses, steps = column(network, "validation_loss"), column(network, "update")
    known = np.isfinite(losses)
    losses, steps, each = losses[known], steps[known], column(network, "epoch")[known]
    smooth = np.array([np.median(losses[max(0, k - 1) : k + 2]) for k in range(len(losses))])
    kept = int(np.argmin(abs(steps - network.kept_update)))
    best = int(np.argmin(smooth))
    gain = max(constant - smooth[best], 0.02 * constant)
    fitted = column(network, "training_loss")[known]
    if best >= kept or steps[best] > share * network.updates or not fitted[kept] < fitted[best]:
        return 0.0, float(each[best])
    return float(smooth[kept] - smooth[best]) / gain, float(each[best])
