"""The scale of the first weights: the loss before any update, and signals that die away or blow up going forward."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import constant_loss, first_loss, first_of, grade, hidden_layers, median_of, probed
from wellfit.diagnosis.base.remedies import (
    BATCH_NORM,
    STANDARDISE,
    USUAL_WEIGHTS,
    fresh_start,
    recipe_of,
    tried_first,
    valid,
)
from wellfit.diagnosis.base.shortfall import severity_of

EXPLAINED = (
    "recipe-unusual",
    "underfitting", "plateau", "constant-predictions", "still-improving", "unstable-folds", "too-few-units",
    "vanishing-gradients", "exploding-gradients", "saturated-units", "dead-units", "learning-rate-too-low",
    "learning-rate-too-high", "diverged", "loss-spikes", "oscillating-loss", "overfitting", "over-confidence",
    "stopped-too-late", "too-few-epochs", "predictions-out-of-range",
)  # fmt: skip


@rule("bad-initial-scale", "First weights of the wrong size", needs=("training",), explains=EXPLAINED)
def bad_initial_scale(case: Case, *, times: float = 10.0, dies: float = 1e-3, few_rows: int = 8) -> Judgement:
    """The first weights are so large, or so small, that the network starts far from where it could learn.

    Detected: before the first update the loss is at least `times` that of a constant prediction (dropout, which adds to
        it, allowed for); or the spread of what the layers give falls by a factor of `dies` or more from the first
        hidden layer to the last.
    Why it matters: large weights start with wild, confident predictions that take long to unlearn; small ones with
        predictions, and gradients, that depend on no input.
    What to do: draw the first weights by the rule that suits the activation; scale the inputs.
    How sure: measured before training.

    times: good recipes start at 1 to 5 times the loss of a constant.
    dies: eight sigmoid layers shrink what they give by less. Where nothing at all arrives, units are dead or all alike.
    few_rows: the loss of a mini-batch of fewer rows varies so much that five times `times` are asked for.
    """
    constant, start = constant_loss(case), median_of(case.networks, first_loss)
    kept = median_of(case.networks, _forward)
    if not (constant > 0 and start == start) and not kept == kept:
        return not_applicable("What the network gives before the first update was not probed.")
    over = start / constant / _of_dropout(case) if constant > 0 else float("nan")
    evidence = {"first loss over that of a constant": over, "threshold": times,
                "spread of the last hidden layer over that of the first": kept, "least": dies}  # fmt: skip
    size = recipe_of(case).batch_size
    noisy = isinstance(size, int) and size < few_rows
    large, small = over >= times * (5.0 if noisy else 1.0), 0 < kept <= dies
    if not large and not small:
        return fine("The loss before the first update is about what it should be.", evidence)
    words = (f"Before the first update the loss is {over:,.0f} times that of a constant prediction: the first "
    "weights are "
             "too large.") if large else ("What the layers give dies away before the output: the first weights are too "
                                          "small.")  # fmt: skip
    strength = grade(over, times, 10 * times) if large else grade(dies / max(kept, 1e-30), 1.0, 100.0)
    return found(
        severity_of(case), words, evidence=evidence, strength=strength, layers=hidden_layers(case.networks[0]),
        remedies=valid(case, [USUAL_WEIGHTS, BATCH_NORM, STANDARDISE, fresh_start(case),
            *tried_first("does not move")]),
    )  # fmt: skip


def _forward(network: TrainedNetwork) -> float:
    """The spread of the last hidden layer's activation over that of the first, before the first update."""
    layers = hidden_layers(network)
    if len(layers) < 2:
        return float("nan")
    first, last = (first_of(probed(network, layer, "activation_spread")) for layer in (layers[0], layers[-1]))
    return last / first if first > 0 else float("nan")


def _of_dropout(case: Case) -> float:
    """By how much dropout multiplies the second moment of what reaches the output."""
    rates = [float(getattr(rate, "value", rate)) for rate in recipe_of(case).dropout_rates()]
    return float(np.prod([1 / (1 - min(rate, 0.999)) for rate in rates])) if rates else 1.0
