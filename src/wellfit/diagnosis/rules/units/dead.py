"""Dead, saturated and alike units."""

from __future__ import annotations

import math

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import by_layer, first_of, grade, hidden_layers, last_of, probed
from wellfit.diagnosis.base.remedies import (
    BATCH_NORM,
    DEFAULT_NETWORK,
    RESIDUAL,
    SILU,
    STANDARDISE,
    USUAL_WEIGHTS,
    fresh_start,
    learning_rate,
    recipe_of,
    tried_first,
    valid,
)
from wellfit.diagnosis.base.shortfall import fits_badly, severity_of, shortfall

BOUNDED = ("sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign")  # flat on both sides
SYMPTOMS = ("underfitting", "plateau", "constant-predictions", "still-improving", "unstable-folds", "too-few-units")


@rule(
    "dead-units",
    "Dead units",
    needs=("training",),
    explains=("recipe-unusual", *SYMPTOMS, "oscillating-loss"),
)
def dead_units(case: Case, *, share: float = 0.35, missing: float = 0.1) -> Judgement:
    """Units whose activation is flat on every training row: nothing that they could learn from reaches their weights.

    Detected: at the last probe, at least `share` of the units of some hidden layer are dead on all rows that were
        counted (at most 1,024). A problem where the training rows lack `missing` of the reference's gain too.
    Why it matters: dead units stay dead; a layer that is all dead cuts the network in two.
    What to do: a lower learning rate, first weights by He, an activation without a dead side, skip connections.
    How sure: counted. A few dead units do no harm: good ReLU networks have up to a fifth.

    share: twice what good networks of ReLU show.
    missing: less is within what two good recipes differ by.
    """
    layers = hidden_layers(case.networks[0])
    each = by_layer(case.networks, layers, lambda one, layer: last_of(probed(one, layer, "dead_units")))
    if not each:
        return not_applicable("Units were not counted.")
    most = max(each.values())
    where = tuple(layer for layer, value in each.items() if value == most)
    evidence = {"largest share of dead units": most, "threshold": share} | {f"in {k}": v for k, v in each.items()}
    if most < share:
        return fine("Few units are dead, or none.", evidence)
    clear = fits_badly(case, missing) is not None
    return found(
        severity_of(case, clear), f"{most:.0%} of the units of {', '.join(where)} are dead: they give the same on "
        "every row.",
        evidence=evidence, strength=0.9 * grade(most, share, 1.0), layers=where,
        remedies=valid(case, [SILU, learning_rate(case, 0.1), USUAL_WEIGHTS, RESIDUAL, BATCH_NORM, DEFAULT_NETWORK,
                              fresh_start(case), *tried_first("does not move")]),
    )  # fmt: skip


@rule("saturated-units", "Saturated units", needs=("training",),
      explains=("recipe-unusual", *SYMPTOMS, "vanishing-gradients", "over-confidence", "overfitting",
          "stopped-too-late",
          "learning-rate-too-low"))  # fmt: skip
def saturated_units(case: Case, *, share: float = 0.85) -> Judgement:
    """Units of sigmoid or tanh that stand at an end of their range on nearly all rows.

    Detected: of the activations of a sigmoid or tanh layer, rows by units, at least `share` have less than 5 % of the
        largest slope, at the first evaluation and at the last.
    Why it matters: where an activation is flat the gradient is nearly 0: the layer learns very slowly.
    What to do: smaller first weights, scaled inputs, batch normalisation, or an activation that is not bounded.
    How sure: counted.

    share: deep tanh networks on unscaled inputs that learn well show up to 75 %.
    """
    names = [str(getattr(one, "name", "")) for one in recipe_of(case).activations()]
    nets = case.networks
    layers = [layer for layer, name in zip(hidden_layers(nets[0]), names, strict=False) if name in BOUNDED]
    each = by_layer(nets, layers, _saturated)
    if not each:
        return not_applicable("No layer has a bounded activation, or units were not counted.")
    most = max(each.values())
    evidence = {"largest saturated share": most, "threshold": share} | {f"in {k}": v for k, v in each.items()}
    if most < share:
        return fine("The bounded activations are not saturated.", evidence)
    where = tuple(layer for layer, value in each.items() if value >= share)
    return found(
        severity_of(case), f"{most:.0%} of the activations of {', '.join(where)} stand at an end of their range.",
        evidence=evidence, strength=0.9 * grade(most, share, 1.0), layers=where,
        remedies=valid(case, [USUAL_WEIGHTS, STANDARDISE, BATCH_NORM, SILU, fresh_start(case),
                              *tried_first("does not move")]),
    )  # fmt: skip


def _saturated(network: TrainedNetwork, layer: str) -> float:
    """The smaller one of the saturated shares at the first evaluation and at the last."""
    values = probed(network, layer, "saturated_share")
    return min(first_of(values), last_of(values))


@rule("symmetric-units", "Units that are all alike", needs=("training",),
      explains=("recipe-unusual", *SYMPTOMS, "dead-units", "vanishing-gradients", "exploding-gradients",
          "bad-initial-scale",
                "learning-rate-too-low", "learning-rate-too-high", "oscillating-loss", "too-few-epochs"))  # fmt: skip
def symmetric_units(case: Case, *, share: float = 0.95) -> Judgement:
    """All units of a layer have the same incoming weights, so that the layer is worth a single unit.

    Detected: in every probe at least `share` of a layer's units have a twin (cosine of incoming weights and biases of
        0.9999 or more), in each hidden layer of two units or more.
    Why it matters: alike units get alike gradients and stay alike for ever.
    What to do: draw the first weights at random.
    How sure: certain where every layer shows it from the first update to the last.

    share: by chance, units that see two inputs have a near-twin in up to 70 % of a wide first layer.
    """
    each = by_layer(case.networks, hidden_layers(case.networks[0]), _twins)
    if not each:
        return not_applicable("No hidden layer of two units or more was probed.")
    least = min(each.values())
    evidence = {"least share of twins": least, "threshold": share} | {f"in {k}": v for k, v in each.items()}
    if least < share:
        return fine("The units differ from each other.", evidence)
    there = shortfall(case)
    known = there is None or there.clear()
    return found(
        severity_of(case, known), "All units of each hidden layer have the same incoming weights: each layer is "
        "worth a single unit.",
        evidence=evidence, strength=1.0, layers=tuple(each), remedies=valid(case, [USUAL_WEIGHTS, fresh_start(case)]),
    )  # fmt: skip


def _twins(network: TrainedNetwork, layer: str) -> float:
    """The least share of units with a twin in any probe."""
    values = probed(network, layer, "twin_share")
    return float(np.min(values)) if len(values) else math.nan
