"""Predictors compared on the same rows: scores with intervals, and the paired difference from the best baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.statistics.row_losses import row_losses
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]
Interval = tuple[float, float]
RESAMPLES = 1000
LEAST_RESAMPLES = 200
MOST_DRAWS = 30_000_000  # of rows, in all resamples together
LEAST_UNITS = 10  # the spread of fewer rows or groups is not known
TITLES = {"error_rate": "error rate", "log_loss": "log-loss", "one_minus_r2": "1 - R2", "rmse": "RMSE"}


@dataclass(frozen=True)
class Predictions:
    """A predictor's name and its predictions.

    values: probabilities (rows, classes), or numbers (rows, outputs).
    remark: what the reader should know of it.
    labels_only: its probabilities are 0 or 1, so that a log-loss has no meaning.
    """

    name: str
    values: Float64
    remark: str = ""
    labels_only: bool = False

    __repr__ = short_repr


@dataclass(frozen=True)
class PredictorScores:
    """One predictor's scores by name, lower is better, the main one first; with 95 % bootstrap intervals.

    remark: what the reader should know of it.
    """

    name: str
    scores: dict[str, float]
    intervals: dict[str, Interval] = field(default_factory=dict)
    remark: str = ""

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"name": self.name, **self.scores, "intervals_95": self.intervals, "remark": self.remark}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> PredictorScores:
        """What `to_plain` gave; null is NaN."""
        scores = {name: _known(plain[name]) for name in TITLES if name in plain}
        intervals = {name: _ends(ends) for name, ends in plain["intervals_95"].items()}
        return cls(str(plain["name"]), scores, intervals, str(plain["remark"]))


@dataclass(frozen=True)
class Difference:
    """A baseline's main score minus that of the networks, on the same resamples: above 0, the networks are better."""

    baseline: str
    score: str
    value: float
    interval: Interval

    @property
    def conclusion(self) -> str:
        """One sentence: whether the networks are better than the best baseline."""
        unit, factor = (" points", 100) if self.score == "error_rate" else ("", 1)
        size = f"{'lower' if self.value >= 0 else 'higher'} by {abs(self.value) * factor:.3g}{unit}"
        size = f"{TITLES[self.score]} {size if self.value else 'the same'}"
        low, high = self.interval if self.value >= 0 else (-self.interval[1], -self.interval[0])
        span = f"95 % interval {low * factor + 0.0:.3g} to {high * factor + 0.0:.3g}"
        if low <= 0 <= high:
            return (
                f"Not distinguishable from the best baseline ({self.baseline}): {size}, {span}. "
                "The simpler method may be as good here."
            )
        side = "better" if self.value > 0 else "worse"
        return f"The networks do {side} than the best baseline ({self.baseline}): {size}, {span}."

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "baseline": self.baseline,
            "score": self.score,
            "baseline_minus_networks": self.value,
            "interval_95": self.interval,
            "conclusion": self.conclusion,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Difference:
        """What `to_plain` gave."""
        value = _known(plain["baseline_minus_networks"])
        return cls(str(plain["baseline"]), str(plain["score"]), value, _ends(plain["interval_95"]))


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _ends(ends: Sequence[float | None]) -> Interval:
    low, high = ends
    return _known(low), _known(high)


def compare(
    target: Target, predictions: list[Predictions], weight: Float64, seed: int, groups: NDArray[Any] | None = None
) -> tuple[list[PredictorScores], Difference | None]:
    """Scores of each predictor, and the difference of the best baseline from the networks.

    target: of all rows.
    predictions: one or more predictors of these rows, the networks first, then the baselines.
    weight: (rows,) of 0 or more.
    seed: of drawing resamples.
    groups: (rows,); rows of one group are drawn together. None (default): every row is its own group. There are no
        intervals with fewer than 10 rows or groups, and no difference without intervals or baselines.
    """
    parts = np.stack([_scored_rows(target, one.values) for one in predictions])
    truth = target.values.astype(np.float64).mean(axis=1)
    truth = truth - (np.average(truth, weights=weight) if weight.sum() > 0 else 0)
    found = _combine(target, parts, truth, weight[None])
    drawn = _resampled(target, parts, truth, weight, seed, groups)
    lines = [
        PredictorScores(
            one.name, *_named(target, found[:, k, 0], None if drawn is None else drawn[:, k], one), one.remark
        )
        for k, one in enumerate(predictions)
    ]
    return lines, _difference(target, predictions, found[0, :, 0], drawn)


def _named(
    target: Target, values: Float64, drawn: Float64 | None, one: Predictions
) -> tuple[dict[str, float], dict[str, Interval]]:
    """Scores and intervals by name. values: (scores,). drawn: (scores, resamples)."""
    kept = [(k, name) for k, name in enumerate(_names(target)) if not (name == "log_loss" and one.labels_only)]
    scores = {name: float(values[k]) for k, name in kept}
    return scores, {} if drawn is None else {name: _interval(drawn[k]) for k, name in kept}


def _difference(
    target: Target, predictions: list[Predictions], main: Float64, drawn: Float64 | None
) -> Difference | None:
    if drawn is None or len(predictions) < 2 or not np.isfinite(main).all():
        return None
    best = 1 + int(main[1:].argmin())
    gap = _interval(drawn[0, best] - drawn[0, 0])
    return Difference(predictions[best].name, _names(target)[0], float(main[best] - main[0]), gap)


def _interval(drawn: Float64) -> Interval:
    if not np.isfinite(drawn).any():
        return (float("nan"), float("nan"))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _is_class(target: Target) -> bool:
    return target.kind in ("binary", "classes")


def _names(target: Target) -> tuple[str, str]:
    return ("error_rate", "log_loss") if _is_class(target) else ("one_minus_r2", "rmse")


def _scored_rows(target: Target, predicted: Float64) -> Float64:
    """(2, rows): wrong or not and -log P of the true class; or the squared error twice."""
    loss, error = row_losses(target, predicted)
    return np.stack([error, loss if _is_class(target) else error])


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
