"""Mini-batches that are too small or too large."""

from __future__ import annotations

import math

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.case import NETWORK
from wellfit.diagnosis.base.readings import (
    constant_loss,
    grade,
    last_of,
    median_of,
    moves_between_evaluations,
    path_length,
    probed,
)
from wellfit.diagnosis.base.remedies import (
    DEFAULT_UPDATES,
    batches,
    epochs,
    fresh_start,
    learning_rate,
    recipe_of,
    valid,
)
from wellfit.diagnosis.base.shortfall import fits_badly, severity_of, shortfall

LEAST_PROBES = 3  # of the noise scale, in half a training


@rule("batch-too-small", "Mini-batches too small", needs=("training",),
      explains=("recipe-unusual", "vanishing-gradients", "batch-norm-statistics", "oscillating-loss", "underfitting",
          "plateau", "unstable-folds", "loss-spikes",
          "dead-units"))  # fmt: skip
def batch_too_small(
    case: Case, *, times: float = 2.0, rows: int = 4, jump: float = 0.03, missing: float = 0.1
) -> Judgement:
    """Each update follows the gradient of so few rows that noise decides where the weights go.

    Detected: the gradient-noise scale, in the median over the second half of the training, is `times` the rows of a
        mini-batch or more (where it was not measured: these have at most `rows` rows), the loss on training rows moves
        by at least `jump` of a constant's from evaluation to evaluation over that half, and `missing` of the
        reference's gain is missing on training or validation rows.
    Why it matters: the weights wander about the minimum and never settle, unless the learning rate is very small.
    What to do: larger mini-batches, a lower learning rate, a schedule that ends near 0.
    How sure: the noise is an estimate, the jumps are seen; a lower learning rate may do as well. Of more than `rows`
        rows it is a warning: a rate far too high, or first weights far too large, make the loss jump as well.

    times: the noise of a mini-batch's gradient is then above the gradient itself. Alone it says little: of good
        recipes, whose gradient goes to 0, it is often a hundred times as large, but their loss does not jump.
    rows: of as few the noise of the gradient is nearly always above the gradient itself.
    jump: the curves of good recipes move by less than 3 % of a constant's loss in their second half.
    missing: less is within what two good recipes differ by.
    """
    nets = case.trained
    size = recipe_of(case).batch_size
    constant = constant_loss(case)
    if not isinstance(size, int) or not nets or not constant > 0:
        return not_applicable("Mini-batches hold all rows, or there is no constant prediction to compare with.")
    moved = median_of(nets, lambda one: moves_between_evaluations(one)[0]) / constant
    noise = median_of(nets, _noise_scale)
    measured = not math.isnan(noise)
    evidence = {"rows of a mini-batch": size, "noise scale": noise, "threshold": times * size if measured else rows,
                "mean jump, in losses of a constant": moved}  # fmt: skip
    behind = fits_badly(case, missing) or _worse(case, missing)
    small = noise >= times * size if measured else size <= rows
    if not small or not moved >= jump or behind is None:
        return fine("The mini-batches are large enough for the loss to settle.", evidence)
    why = f", of which the gradient is {noise / size:,.1f} times as noisy as it is large" if measured else ""
    larger = [batches(case, one) for one in sorted({32, 128, 4 * size}) if one > size]
    few = size <= rows
    words = (
        f"Mini-batches of {size} row{'s' * (size > 1)}{why}: the loss keeps moving by {moved:.0%} of a constant "
        "prediction's loss from evaluation to evaluation."
    )
    return found(
        severity_of(case) if few else "warning", words,
        evidence=evidence | behind.evidence, strength=0.95 if few else 0.3,
        remedies=valid(case, [*larger[:2], learning_rate(case, 0.1), DEFAULT_UPDATES, fresh_start(case)]),
    )  # fmt: skip


def _noise_scale(network: TrainedNetwork) -> float:
    """The median gradient-noise scale over the second half of the training; NaN where it was hardly measured."""
    values = probed(network, NETWORK, "noise_scale")
    half = values[len(values) // 2 :]
    return float(np.median(half)) if len(half) >= LEAST_PROBES else math.nan


def _worse(case: Case, missing: float):  # type: ignore[no-untyped-def]
    there = shortfall(case)
    return there if there is not None and there.clear(missing) else None


@rule("batch-too-large", "Mini-batches too large", needs=("training",),
      explains=("recipe-unusual", "too-few-epochs", "still-improving", "underfitting", "learning-rate-too-low",
          "constant-predictions"))  # fmt: skip
def batch_too_large(
    case: Case, *, times: float = 4.0, updates: int = 400, step: float = 3e-4, share: float = 0.25, missing: float = 0.1
) -> Judgement:
    """Mini-batches hold so many rows that few updates are made, each hardly better than one of fewer rows.

    Detected: a mini-batch holds at least `share` of the rows and is `times` the gradient-noise scale or more, at most
        `updates` updates were made, of usual size (`step` of the weights or more each), and `missing` of the
        reference's gain is missing on training rows.
    Why it matters: beyond the noise scale a larger mini-batch points in about the same direction, at more cost.
    What to do: smaller mini-batches, or more epochs.
    How sure: the noise scale is an estimate that grows in training; the few updates are certain.

    times: below, larger mini-batches still bring something (McCandlish 2018).
    updates: more of them are enough for small tables with a usual learning rate.
    step: where each update is smaller, the learning rate is the cause.
    share: smaller parts of the rows give 4 updates an epoch or more.
    missing: less is within what two good recipes differ by.
    """
    nets = case.trained
    if not nets:
        return not_applicable("No network was trained to its end.")
    rows = median_of(nets, lambda one: float(len(one.view.training)))
    given = recipe_of(case).batch_size
    size = float(rows if given == "all" else min(given, rows))
    noise = median_of(nets, lambda one: last_of(probed(one, NETWORK, "noise_scale")))
    made = median_of(nets, lambda one: float(one.updates))
    evidence = {"rows of a mini-batch": size, "noise scale": noise, "threshold": times, "updates": made}
    behind = fits_badly(case, missing)
    usual = not median_of(nets, path_length) < step * made
    large = usual and size >= share * rows and (size >= times * noise or size == rows)
    if not large or made > updates or behind is None:
        return fine("The mini-batches leave enough updates.", evidence)
    return found(
        severity_of(case), f"Mini-batches of {size:,.0f} of {rows:,.0f} rows leave only {made:,.0f} updates.",
        evidence=evidence | behind.evidence, strength=0.8 * grade(updates / made, 1.0, 10.0),
        remedies=valid(case, [batches(case, 128), batches(case, 32), epochs(case, 10, 64), fresh_start(case)]),
    )  # fmt: skip
