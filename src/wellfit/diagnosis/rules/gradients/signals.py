"""Gradients that vanish or explode on their way through the layers."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import by_layer, first_of, grade, hidden_layers, median_of, probed
from wellfit.diagnosis.base.remedies import (
    BATCH_NORM,
    DEFAULT_NETWORK,
    RELU,
    RESIDUAL,
    SILU,
    USUAL_WEIGHTS,
    fresh_start,
    learning_rate,
    tried_first,
    valid,
)
from wellfit.diagnosis.base.shortfall import severity_of

SYMPTOMS = ("underfitting", "plateau", "constant-predictions", "still-improving", "unstable-folds", "too-few-units")


@rule("vanishing-gradients", "Vanishing gradients", needs=("training",),
      explains=("recipe-unusual", *SYMPTOMS, "learning-rate-too-low", "too-few-epochs", "dead-units"))  # fmt: skip
def vanishing_gradients(case: Case, *, ratio: float = 0.01) -> Judgement:
    """The signal from which layers learn dies away on its way from the output to the input.

    Detected: before the first update, the gradient of the loss by the first hidden layer's outputs of its linear map is
        at most `ratio` of that by the output's, each as a norm over rows and units.
    Why it matters: the first layers hardly learn, or an adaptive optimiser moves them by noise.
    What to do: ReLU or SiLU in place of sigmoids, first weights by He, skip connections, normalisation, fewer layers.
    How sure: measured before training, so that neither learning rate nor dead units can be its cause; networks may
        still recover, which is why it counts as a problem only where they do worse than the reference.

    ratio: networks that learn well show 0.5 or more, deep ones of tanh too; eight sigmoid layers 0.00001.
    """
    least = median_of(case.networks, lambda one: _ratio(one, min))
    if not least == least:
        return not_applicable("Signals of fewer than two layers were probed.")
    evidence = {"signal at the first layer over that at the output": least, "threshold": ratio}
    if least == 0 and _dead(case):
        return not_applicable("Units are dead from the start, and nothing gets through them: see `dead-units`.")
    if least > ratio:
        return fine("The gradient reaches the first layer.", evidence)
    return found(
        severity_of(case), f"Of the signal at the output only {least:.1e} arrives at the layers near the input.",
        evidence=evidence, strength=grade(ratio / max(least, 1e-30), 1.0, 100.0),
            layers=hidden_layers(case.networks[0])[:1],
        remedies=valid(case, [SILU, RELU, RESIDUAL, BATCH_NORM, USUAL_WEIGHTS, DEFAULT_NETWORK,
                              *tried_first("does not move")]),
    )  # fmt: skip


@rule("exploding-gradients", "Exploding gradients", needs=("training",),
      explains=("recipe-unusual", *SYMPTOMS, "diverged", "loss-spikes", "oscillating-loss", "over-confidence",
          "overfitting"))  # fmt: skip
def exploding_gradients(case: Case, *, ratio: float = 60.0) -> Judgement:
    """The signal grows from layer to layer on its way from the output to the input.

    Detected: before the first update, the gradient by some hidden layer is at least `ratio` times that by the output.
    Why it matters: the first layers are thrown about, and the loss may become infinite.
    What to do: first weights of the right size, normalisation, clipping, a lower learning rate.
    How sure: measured before training. What grows in training only, the rules on learning rates see.

    ratio: networks that learn well show up to 16; strong dropout alone makes up to 50.
    """
    most = median_of(case.networks, lambda one: _ratio(one, max))
    if not most == most:
        return not_applicable("Signals of fewer than two layers were probed.")
    evidence = {"largest signal over that at the output": most, "threshold": ratio}
    if most < ratio:
        return fine("The gradient does not grow from layer to layer.", evidence)
    return found(
        severity_of(case), f"The signal grows {most:,.0f}-fold from the output to the layers near the input.",
        evidence=evidence, strength=0.8 * grade(most, ratio, 1e4), layers=hidden_layers(case.networks[0])[:1],
        remedies=valid(case, [USUAL_WEIGHTS, BATCH_NORM, learning_rate(case, 0.1), fresh_start(case),
                              *tried_first("explodes")]),
    )  # fmt: skip


def _ratio(network: TrainedNetwork, choose) -> float:  # type: ignore[no-untyped-def]
    """The chosen one of the hidden layers' signals over the output's, before the first update."""
    signals = [probed(network, layer, "signal_norm") for layer in network.layers]
    firsts = [float(one[0]) for one in signals if len(one)]
    if len(firsts) < 2 or len(firsts) != len(network.layers) or not firsts[-1] > 0:
        return float("nan")
    return float(choose(np.array(firsts[:-1])) / firsts[-1])


def _dead(case: Case) -> bool:
    """Whether at the first evaluation at least half of some hidden layer's units are dead, in most networks."""
    first = by_layer(
        case.networks, hidden_layers(case.networks[0]), lambda one, layer: first_of(probed(one, layer, "dead_units"))
    )
    return max(first.values(), default=0.0) >= 0.5
