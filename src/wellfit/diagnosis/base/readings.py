"""Numbers that several rules read off networks: medians over networks, learning curves, probes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base.case import NETWORK, Case, TrainedNetwork
from wellfit.diagnosis.base.shortfall import constant_by_view

Float64 = NDArray[np.float64]


def median_of(networks: Sequence[TrainedNetwork], read: Callable[[TrainedNetwork], float]) -> float:
    """The median over networks of what is read of each, NaN left out; NaN where nothing could be read."""
    values = [value for value in map(read, networks) if not math.isnan(value)]
    return float(np.median(values)) if values else math.nan


def column(network: TrainedNetwork, name: str) -> Float64:
    """A column of the history, (evaluations,); empty where there is none."""
    return network.history.get(name, np.zeros(0))


def probed(network: TrainedNetwork, layer: str, quantity: str) -> Float64:
    """The finite values of a probed quantity, first to last; empty where it was not measured."""
    series = network.probe(layer, quantity)
    return np.zeros(0) if series is None else series.values[np.isfinite(series.values)]


def first_of(values: Float64) -> float:
    """The first value; NaN where there is none."""
    return float(values[0]) if len(values) else math.nan


def last_of(values: Float64) -> float:
    """The last value; NaN where there is none."""
    return float(values[-1]) if len(values) else math.nan


def hidden_layers(network: TrainedNetwork) -> tuple[str, ...]:
    """The names of the hidden layers, input side first."""
    return tuple(name for name in network.layers if "hidden" in name)


def by_layer(
    networks: Sequence[TrainedNetwork], layers: Sequence[str], read: Callable[[TrainedNetwork, str], float]
) -> dict[str, float]:
    """What is read of each layer, in the median over networks; layers of which nothing could be read are left out."""

    def median(layer: str) -> float:
        return median_of(networks, lambda one: read(one, layer))

    values = {layer: median(layer) for layer in layers}
    return {layer: value for layer, value in values.items() if not math.isnan(value)}


def moves_between_evaluations(network: TrainedNetwork) -> tuple[float, float]:
    """Over the second half of the training: the mean change of the loss on training rows from one evaluation to the
    next, without its sign, and the share of them that rise; NaN of fewer than 4.
    """
    losses = column(network, "training_loss")
    losses = losses[np.isfinite(losses)]
    half = np.diff(losses[len(losses) // 2 :])
    if len(half) < 4:
        return math.nan, math.nan
    return float(np.mean(abs(half))), float(np.mean(half > 0))


def constant_loss(case: Case) -> float:
    """The mean loss of a constant prediction over the case's views; NaN where it is not known."""
    values = list(constant_by_view(case).values())
    return float(np.mean(values)) if values else math.nan


def first_loss(network: TrainedNetwork) -> float:
    """The loss of the first mini-batch, before any update; NaN where it was not probed."""
    return first_of(probed(network, NETWORK, "batch_loss"))


def still_falls(network: TrainedNetwork, floor: float) -> float:
    """How much of the way to a floor the training loss still fell in the last fifth of the training.

    floor: a loss that can be reached, such as the reference's. 0: nothing; 1: it came from infinitely far to the floor.
    """
    losses = column(network, "training_loss")
    losses = losses[np.isfinite(losses)]
    if len(losses) < 2:
        return math.nan
    before, after = _ends(losses)
    return (before - after) / max(before - floor, 1e-12) if before > floor else 0.0


def _ends(losses: Float64) -> tuple[float, float]:
    """The median of a few evaluations about four fifths of the way, and of the last few."""
    few = max(1, len(losses) // 20)
    place = min(len(losses) - 2, max(0, round(0.8 * (len(losses) - 1))))
    return float(np.median(losses[max(0, place - few + 1) : place + 1])), float(np.median(losses[-few:]))


def path_length(network: TrainedNetwork) -> float:
    """How far the weights went, in lengths of the weights: the sum over updates of update over weight norm."""
    series = network.probe(NETWORK, "update_ratio")
    if series is None or not len(series.values):
        return math.nan
    known = np.isfinite(series.values)
    if not known.any():
        return math.nan
    updates, values = series.updates[known].astype(np.float64), series.values[known]
    return float(np.trapezoid(values, updates) + values[-1] * max(0.0, network.updates - updates[-1]))


def grade(value: float, threshold: float, full: float) -> float:
    """How clear a finding is, 0.3 at its threshold to 1 at `full`, in the logarithm; 1 for infinity and NaN."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    share = math.log(value / threshold) / math.log(full / threshold)
    return 0.3 + 0.7 * min(max(share, 0.0), 1.0)
