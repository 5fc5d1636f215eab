"""Moving statistics of batch normalisation that are not those of the rows."""

from __future__ import annotations

import math

from wellfit.diagnosis.base import Case, Judgement, Remedy, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import by_layer, grade, hidden_layers, last_of, probed
from wellfit.diagnosis.base.remedies import batches, epochs, recipe_of, valid
from wellfit.diagnosis.base.shortfall import severity_of


@rule("batch-norm-statistics", "Statistics of batch normalisation are off", needs=("training",),
      explains=("recipe-unusual", "underfitting", "plateau", "too-few-epochs", "constant-predictions", "unstable-folds",
          "over-confidence",
                "still-improving", "learning-rate-too-low", "overfitting", "oscillating-loss",
                "too-few-units"))  # fmt: skip
def batch_norm_statistics(case: Case, *, distance: float = 0.3) -> Judgement:
    """What batch normalisation assumes in prediction is not what the layers give on the rows.

    Detected: at the last probe the moving means are off by at least `distance` standard deviations, or the moving
        standard deviations by that much in the logarithm, as root mean squares over a layer's units.
    Why it matters: the network that predicts is then not the one that was trained.
    What to do: a larger momentum of the moving statistics, more updates, larger mini-batches; or normalise by layer.
    How sure: measured on up to 1,024 training rows.

    distance: good recipes show less than 0.1.
    """
    nets = case.trained
    layers = hidden_layers(nets[0]) if nets else ()
    each = by_layer(nets, layers, _off)
    if not each:
        return not_applicable("The recipe uses no batch normalisation, or it was not probed.")
    most = max(each.values())
    evidence = {"largest distance": most, "threshold": distance} | {f"in {layer}": far for layer, far in each.items()}
    if not most >= distance:
        return fine("The moving statistics are those of the rows.", evidence)
    momentum = float(getattr(recipe_of(case).normalization, "momentum", 0.1))
    usual = Remedy("Let the moving statistics follow the mini-batches by a tenth at each update.",
                   {"normalization.momentum": max(0.1, min(1.0, momentum))})  # fmt: skip
    return found(
        severity_of(case), f"The moving statistics of batch normalisation are off by {most:.2f} standard deviations "
        "in some layer: the network predicts by others than it was trained with.",
        evidence=evidence, strength=grade(most, distance, 1.0),
        layers=tuple(layer for layer, far in each.items() if far >= distance),
        remedies=valid(case, [usual, Remedy("Normalise over the units of a layer.", {"normalization": "layer"}),
                              Remedy("Do not normalise.", {"normalization": "none"}), epochs(case, 10, 64),
                              batches(case, 32)]),
    )  # fmt: skip


def _off(network: TrainedNetwork, layer: str) -> float:
    """The larger one of the distances of moving means and of moving standard deviations at the last probe."""
    means, spreads = (probed(network, layer, f"moving_{name}_distance") for name in ("mean", "spread"))
    return max(last_of(means), last_of(spreads)) if len(means) and len(spreads) else math.nan
