"""Learning rates that are too high or too low."""

from __future__ import annotations

import math

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.case import NETWORK
from wellfit.diagnosis.base.readings import constant_loss, first_loss, grade, median_of, path_length, probed
from wellfit.diagnosis.base.remedies import DEFAULT_UPDATES, fresh_start, learning_rate, recipe_of, tried_first, valid
from wellfit.diagnosis.base.shortfall import fits_badly, severity_of, shortfall

FOLLOWS = ("underfitting", "plateau", "constant-predictions", "still-improving", "unstable-folds", "too-few-units")


@rule("learning-rate-too-high", "Learning rate too high", needs=("training",),
      explains=("recipe-unusual", *FOLLOWS, "diverged", "exploding-gradients", "dead-units", "saturated-units",
          "oscillating-loss",
                "loss-spikes", "predictions-out-of-range", "over-confidence", "stopped-too-late",
                "batch-too-small"))  # fmt: skip
def learning_rate_too_high(
    case: Case, *, shock: float = 6.0, wandering: float = 0.35, missing: float = 0.1, small_batch: int = 8,
) -> Judgement:  # fmt: skip
    """The updates are so large that they throw the weights about, or away.

    Detected: networks diverged; or the loss of some mini-batch was at least `shock` times the first loss and that of a
        constant prediction (five times that for mini-batches of fewer than `small_batch` rows); or the updates add up
        to more than `wandering` times the norm of the weights times the root of their number, what decay takes away
        left out. A problem where the training rows lack at least `missing` of the reference's gain too; a warning
        without that, where a threshold is exceeded by far.
    Why it matters: the loss jumps, units die, and what was learned is overwritten.
    What to do: divide the learning rate by 3 to 30, warm it up, or use the default optimiser and rates.
    How sure: sure where the loss was thrown up or the networks diverged; else likely.

    shock: the losses of good recipes' mini-batches stay below 5 times the loss of a constant.
    wandering: good recipes show 0.1 to 0.33.
    missing: less is within what two good recipes differ by.
    small_batch: the loss of a few rows varies much by itself.
    """
    nets = case.networks
    behind = fits_badly(case, missing)
    constant = constant_loss(case)
    diverged = sum(one.status == "diverged" for one in nets) / len(nets)
    thrown = median_of(nets, lambda one: _shock(one, constant)) / (5.0 if _few_rows(case, small_batch) else 1.0)
    walk = median_of(nets, lambda one: _wandering(one, case))
    if math.isnan(thrown) and math.isnan(walk) and not diverged:
        return not_applicable("Neither updates nor losses of mini-batches were probed.")
    evidence = {"share that diverged": diverged, "largest loss over the first": thrown, "threshold": shock,
                "path over weight norm and root of updates": walk, "threshold of the path": wandering}  # fmt: skip
    signs = [diverged > 0, thrown >= shock, walk >= wandering]
    wild = thrown >= 2 * shock or walk >= 1.5 * wandering  # told of even where it does no harm
    if not any(signs) or (behind is None and not diverged and not wild):
        return fine("The updates do not throw the weights about.", evidence)
    strength = max(1.0 if diverged else 0.0, grade(thrown, shock, 10 * shock) if signs[1] else 0.0,
                   0.9 * grade(walk, wandering, 3 * wandering) if signs[2] else 0.0)  # fmt: skip
    return found(
        severity_of(case, behind is not None or diverged > 0), _words(diverged, signs),
            evidence=evidence | (behind.evidence if behind else {}),
        strength=strength,
        remedies=valid(case, [learning_rate(case, 0.1), learning_rate(case, 0.01), DEFAULT_UPDATES, fresh_start(case),
                              *tried_first("explodes")]),
    )  # fmt: skip


def _words(diverged: float, signs: list[bool]) -> str:
    if diverged:
        return f"{diverged:.0%} of the networks diverged: the updates are too large."
    if signs[1]:
        return "Updates threw the loss up far above where it began."
    return "The weights are thrown about: the updates are large for what they learn."


def _few_rows(case: Case, small: int) -> bool:
    size = recipe_of(case).batch_size
    return isinstance(size, int) and size < small


def _shock(network: TrainedNetwork, constant: float) -> float:
    """The largest loss of a mini-batch over the first one and over a constant's."""
    largest, first = probed(network, NETWORK, "batch_loss_largest"), first_loss(network)
    if not len(largest) or math.isnan(first):
        return math.nan
    return float(np.max(largest)) / max(first, constant if constant > 0 else 0.0, 1e-30)


def _wandering(network: TrainedNetwork, case: Case) -> float:
    recipe = recipe_of(case)
    rate = float(getattr(recipe.optimizer, "learning_rate", 0.0) or 0.0)
    decay = recipe.weight_decay.strength
    decay = max(decay) if isinstance(decay, tuple) else decay
    decay = float(getattr(decay, "value", decay))
    length = path_length(network) - 2 * network.updates * min(rate * decay, 1.0)
    return length / math.sqrt(max(network.updates, 1))


@rule("learning-rate-too-low", "Learning rate too low", needs=("training",),
      explains=("recipe-unusual", *FOLLOWS, "too-few-epochs", "over-confidence"))  # fmt: skip
def learning_rate_too_low(
    case: Case, *, path: float = 0.3, step: float = 3e-4, missing: float = 0.1,
) -> Judgement:  # fmt: skip
    """The updates are so small that the weights hardly leave their random start.

    Detected: over the whole training the updates add up to less than `path` times the norm of the weights, the mean one
        is below `step` of it, and the training rows lack at least `missing` of what the reference gains.
    Why it matters: training takes many times as long, or is given up before it has begun.
    What to do: multiply the learning rate by 10 to 1,000, or use the default optimiser and rates.
    How sure: sure where no finding on first weights, gradients or clipping stands beside it.

    path: good recipes go 0.7 to 13 times the norm of their weights.
    step: good recipes' mean update is 0.0005 to 0.02 of the weights.
    missing: less is within what two good recipes differ by.
    """
    nets = case.trained
    length, made = median_of(nets, path_length), median_of(nets, lambda one: float(one.updates))
    if not nets or math.isnan(length):
        return not_applicable("How far the weights went was not probed.")
    mean = length / max(made, 1.0)
    behind = fits_badly(case, missing)
    evidence = {
        "path over weight norm": length,
        "threshold": path,
        "mean step over weight norm": mean,
        "least step": step,
    }
    if length >= path or mean >= step or (behind is None and shortfall(case, "training") is not None):
        return fine("The weights move far enough.", evidence)
    return found(
        severity_of(case), f"All {made:,.0f} updates together moved the weights by {length:.2g} of their norm: they "
        "are nearly where they began.",
        evidence=evidence | (behind.evidence if behind else {}), strength=grade(path / max(length, 1e-12), 1.0, 10.0),
        remedies=valid(case, [learning_rate(case, 100.0), learning_rate(case, 1000.0), learning_rate(case, 10.0),
                              DEFAULT_UPDATES, fresh_start(case)]),
    )  # fmt: skip
