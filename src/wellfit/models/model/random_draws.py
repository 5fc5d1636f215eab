"""Predictions averaged over what was random in training: their mean, and how far they spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.random_predictions import check_sources, drawn_outputs, every_mask
from wellfit.engines.contract.network import Network, clip_to_targets, in_target_units
from wellfit.errors import InputError, quoted
from wellfit.models.model.averaging import probabilities
from wellfit.reprs import short_repr
from wellfit.statistics.calibration import tempered
from wellfit.tables.arrays import Arrays, TargetKind

if TYPE_CHECKING:
    from wellfit.models.model.predictor import Predictor

Float64 = NDArray[np.float64]
DrawAverage = Literal["mean", "logits", "geometric"]
AVERAGES_OF_DRAWS = ("mean", "logits", "geometric")
_LEAST = 1e-300  # so that a probability of 0 has a logarithm


@dataclass(frozen=True)
class AveragedPrediction:
    """What `Model.averaged` returns.

    mean: probabilities (rows, classes), or of yes (rows, labels), at the model's temperature where it has one;
        or numbers, (rows,) for one column, each network's mean clipped to the range of its training targets, as
        predictions are.
    spread: of the same shape, the standard deviation over draws and members of what "mean" averages, before a
        temperature and before clipping.
    draws: how many of each member there were; of all masks, their number.
    """

    mean: Float64
    spread: Float64
    draws: int

    __repr__ = short_repr


class DrawSums:
    """Weighted sums over draws, in float64 and in the order in which they come."""

    def __init__(self, kind: TargetKind) -> None:
        self.kind = kind
        self.sums: dict[str, Any] = {"values": 0.0, "squares": 0.0, "logits": 0.0, "logs": 0.0}
        self.mean: Any = 0.0

    def add(self, outputs: NDArray[Any], weights: Float64) -> None:
        """outputs (draws, rows, outputs): logits, or numbers in their own units. weights (draws,)."""
        quantities = self.kind in ("numbers", "counts")
        for one, weight in zip(outputs.astype(np.float64), weights, strict=True):
            values = one if quantities else probabilities(one, self.kind)
            self.sums["values"] += weight * values
            self.sums["squares"] += weight * values**2
            if not quantities:
                self.sums["logits"] += weight * one
                sides = np.stack([1 - values, values]) if self.kind == "labels" else values
                self.sums["logs"] += weight * np.log(np.maximum(sides, _LEAST))

    def add_network(self, network: Network, own: DrawSums, share: float) -> None:
        """Add a network's sums. The mean of its numbers, not each draw, is clipped to the range of its targets."""
        for name, total in own.sums.items():
            self.sums[name] += share * total
        values = own.sums["values"]
        self.mean += share * (clip_to_targets(network, values) if self.kind in ("numbers", "counts") else values)

    def result(self, average: DrawAverage, draws: int, temperature: float | None = None) -> AveragedPrediction:
        """Mean and spread; the mean of probabilities at a temperature."""
        mean = self.mean
        spread = np.sqrt(np.maximum(self.sums["squares"] - self.sums["values"] ** 2, 0.0))
        if average == "logits":
            mean = probabilities(self.sums["logits"], self.kind)
        elif average == "geometric":
            axis = 0 if self.kind == "labels" else -1
            p = np.exp(self.sums["logs"] - self.sums["logs"].max(axis=axis, keepdims=True))
            p = p / p.sum(axis=axis, keepdims=True)
            mean = p[1] if self.kind == "labels" else p
        if temperature is not None:  # as of predictions, of the averaged probabilities
            mean = tempered(mean, self.kind, temperature)
        if self.kind in ("numbers", "counts") and mean.shape[1] == 1:
            mean, spread = mean[:, 0], spread[:, 0]
        return AveragedPrediction(mean, spread, draws)


def averaged_prediction(
    model: Predictor,
    X: Any,
    over: str | Sequence[str],
    draws: int | Literal["all"],
    seed: int,
    average: DrawAverage,
    n_jobs: int,
) -> AveragedPrediction:
    """See `Model.averaged`."""
    sources = (over,) if isinstance(over, str) else tuple(over)
    _check(model, sources, draws, average)
    arrays = model.arrays(X)
    sums, count = DrawSums(model.kind), 0
    for index, (network, share) in enumerate(zip(model.networks, np.asarray(model.weights), strict=True)):
        count, own = 0, DrawSums(model.kind)
        for outputs, weights in _parts(network, arrays, sources, draws, seed + (index << 32), n_jobs):
            own.add(outputs, weights)
            count += len(weights)
        sums.add_network(network, own, float(share))
    return sums.result(average, count, model.temperature)


def _parts(
    network: Network, arrays: Arrays, over: tuple[str, ...], draws: int | Literal["all"], seed: int, n_jobs: int
) -> Iterator[tuple[NDArray[Any], Float64]]:
    if draws == "all":
        check_sources(network, over)
        for z, chance in every_mask(network, arrays):
            yield np.stack([in_target_units(network, one, clipped=False) for one in z]), chance
    else:
        z = drawn_outputs(network, arrays, over, draws, seed, n_jobs)
        yield np.stack([in_target_units(network, one, clipped=False) for one in z]), np.full(draws, 1 / draws)


def _check(model: Predictor, over: tuple[str, ...], draws: int | Literal["all"], average: DrawAverage) -> None:
    if model.networks[0].encoding.tasks:
        raise InputError("Predictions are averaged over draws for one target, and this model has several tasks.")
    if average not in AVERAGES_OF_DRAWS or (average != "mean" and model.kind in ("numbers", "counts")):
        fits = "mean" if model.kind in ("numbers", "counts") else ", ".join(AVERAGES_OF_DRAWS)
        raise InputError(
            f"Draws for a target of kind {quoted(model.kind)} are averaged by {fits}; got {quoted(average)}."
        )
    if draws == "all":
        if over != ("dropout",):
            raise InputError(f'draws="all" takes every dropout mask, and over="dropout" alone; got {quoted(over)}.')
    elif not isinstance(draws, (int, np.integer)) or draws < 1:
        raise InputError(f'draws is a number of at least 1, or "all" masks of dropout; got {quoted(draws)}.')
