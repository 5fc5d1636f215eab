"""How good predictions are: scores of classes and numbers, with intervals, side by side on the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]
Interval = tuple[float, float]
RESAMPLES = 1000
LEAST_RESAMPLES = 200
MOST_DRAWS = 30_000_000  # of rows, in all resamples together
LEAST_UNITS = 10  # fewer rows or groups say nothing about their spread
LEAST_PROBABILITY = 1e-15
TITLES = {
    "error_rate": "error rate",
    "log_loss": "log-loss",
    "one_minus_r2": "1 - R2",
    "rmse": "RMSE",
}


@dataclass(frozen=True)
class Line:
    """One predictor's scores by name, lower is better, the main one first; with 95 % bootstrap intervals.

    remark: what the reader should know of it.
    """

    name: str
    scores: dict[str, float]
    intervals: dict[str, Interval] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True)
class Difference:
    """A baseline's main score minus the networks', measured on the same resamples: above 0, the networks are better."""

    baseline: str
    score: str
    value: float
    interval: Interval


@dataclass(frozen=True)
class Predictions:
    """A predictor's name and what it says: probabilities (rows, classes), or numbers (rows, outputs).

    labels_only: its probabilities are 0 or 1, so that a log-loss says nothing.
    """

    name: str
    values: Float64
    remark: str = ""
    labels_only: bool = False


def compare(
    target: Target, said: list[Predictions], weight: Float64, seed: int, groups: NDArray[Any] | None = None
) -> tuple[list[Line], Difference | None]:
    """Scores of each predictor, the networks first; and how far the best of the others is from them.

    weight: (rows,). groups: (rows,), drawn whole in the bootstrap. No intervals with fewer than 10 rows or groups.
    """
    parts = np.stack([_row_losses(target, one.values) for one in said])
    truth = target.values.astype(np.float64).mean(axis=1)
    truth = truth - (np.average(truth, weights=weight) if weight.sum() > 0 else 0)
    found = _combine(target, parts, truth, weight[None])
    drawn = _resampled(target, parts, truth, weight, seed, groups)
    lines = [
        Line(one.name, *_named(target, found[:, k, 0], None if drawn is None else drawn[:, k], one), one.remark)
        for k, one in enumerate(said)
    ]
    return lines, _difference(target, said, found[0, :, 0], drawn)


def _named(
    target: Target, values: Float64, drawn: Float64 | None, one: Predictions
) -> tuple[dict[str, float], dict[str, Interval]]:
    """Scores and intervals by name. values: (scores,). drawn: (scores, resamples)."""
    kept = [(k, name) for k, name in enumerate(_names(target)) if not (name == "log_loss" and one.labels_only)]
    scores = {name: float(values[k]) for k, name in kept}
    return scores, {} if drawn is None else {name: _interval(drawn[k]) for k, name in kept}


def _difference(target: Target, said: list[Predictions], main: Float64, drawn: Float64 | None) -> Difference | None:
    if drawn is None or len(said) < 2 or not np.isfinite(main).all():
        return None
    best = 1 + int(main[1:].argmin())
    gap = _interval(drawn[0, best] - drawn[0, 0])
    return Difference(said[best].name, _names(target)[0], float(main[best] - main[0]), gap)


def _interval(drawn: Float64) -> Interval:
    if not np.isfinite(drawn).any():
        return (float("nan"), float("nan"))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _is_class(target: Target) -> bool:
    return target.kind in ("binary", "classes")


def _names(target: Target) -> tuple[str, str]:
    return ("error_rate", "log_loss") if _is_class(target) else ("one_minus_r2", "rmse")


def _row_losses(target: Target, said: Float64) -> Float64:
    """(2, rows): wrong or not and -log P of the true class; or the squared error twice."""
    if not _is_class(target):
        square = ((said - target.values.astype(np.float64)) ** 2).mean(axis=1)
        return np.stack([square, square])
    truth = target.values[:, 0].astype(np.int64)
    own = np.clip(said[np.arange(len(truth)), truth], LEAST_PROBABILITY, 1.0)
    return np.stack([(said.argmax(axis=1) != truth).astype(np.float64), -np.log(own)])


def _combine(target: Target, parts: Float64, truth: Float64, weights: Float64) -> Float64:
    """Scores (2, predictors, draws) from row losses (predictors, 2, rows) and weights (draws, rows)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weights.sum(axis=1)
        mean = np.einsum("psr,dr->spd", parts, weights, optimize=True) / total
        if _is_class(target):
            return np.asarray(mean)
        centre = weights @ truth / total
        spread = weights @ truth**2 / total - centre**2
        return np.stack([np.where(spread > 0, mean[0] / spread, np.nan), np.sqrt(mean[1])])


def _resampled(
    target: Target, parts: Float64, truth: Float64, weight: Float64, seed: int, groups: NDArray[Any] | None
) -> Float64 | None:
    """Scores (2, predictors, resamples) on rows, or whole groups, drawn with replacement, alike for all predictors."""
    unit = np.arange(len(weight)) if groups is None else np.unique(groups, return_inverse=True)[1]
    units = int(unit.max()) + 1 if len(unit) else 0
    if units < LEAST_UNITS or not weight.sum() > 0:
        return None
    random = np.random.default_rng(seed)
    many = int(np.clip(MOST_DRAWS // units, LEAST_RESAMPLES, RESAMPLES))
    drawn = []
    for _ in range(many):
        times = np.bincount(random.integers(0, units, units), minlength=units)
        drawn.append(_combine(target, parts, truth, (weight * times[unit])[None]))
    return np.concatenate(drawn, axis=2)
