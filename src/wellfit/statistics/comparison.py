"""Predictors compared on the same rows: scores with intervals, and the paired difference from the best baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import metric_of
from wellfit.statistics.scores import better, headline, measured, score_title, shown_difference
from wellfit.statistics.scores.difference import paired_difference
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]


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
    """One predictor's scores by the names of their metrics, the main one first, each with its 95 % interval.

    Of "r2", "auc" and the accuracies higher is better, of all others lower.
    remark: what the reader should know of the predictor.
    """

    name: str
    scores: dict[str, Estimate]
    remark: str = ""

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        scores = {name: {"better": better(name), **one.to_plain()} for name, one in self.scores.items()}
        return {"name": self.name, "scores": scores, "remark": self.remark}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> PredictorScores:
        """What `to_plain` gave."""
        scores = {str(name): Estimate.from_plain(one) for name, one in plain["scores"].items()}
        return cls(str(plain["name"]), scores, str(plain["remark"]))


@dataclass(frozen=True)
class Difference:
    """By how much the networks are better than the best baseline, by the main score on the same rows.

    baseline: its name. score: the metric's. value: above 0 where the networks are better, whether of the score higher
    or lower is better; with its 95 % interval, NaN where there is none.
    """

    baseline: str
    score: str
    value: Estimate

    @property
    def conclusion(self) -> str:
        """One sentence: whether the networks are better than the best baseline."""
        size, low, high = self.value.mean, self.value.low, self.value.high
        if size < 0:
            low, high = -high, -low
        up = (better(self.score) == "higher") == (size > 0)
        words = f"{score_title(self.score)} {self._amount(abs(size), up) if size else 'the same'}"
        if self.value.known:
            words += f", 95 % interval {shown_difference(self.score, low)} to {shown_difference(self.score, high)}"
        if not self.value.known or low <= 0 <= high:
            return (
                f"Not distinguishable from the best baseline ({self.baseline}): {words}. "
                "The simpler method may be as good here."
            )
        side = "better" if size > 0 else "worse"
        return f"The networks do {side} than the best baseline ({self.baseline}): {words}."

    def _amount(self, size: float, up: bool) -> str:
        unit = " points" if shown_difference(self.score, 1.0) == "100" else ""
        return f"{'higher' if up else 'lower'} by {shown_difference(self.score, size)}{unit}"

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "baseline": self.baseline,
            "score": self.score,
            "networks_better_by": self.value.to_plain(),
            "conclusion": self.conclusion,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Difference:
        """What `to_plain` gave."""
        return cls(str(plain["baseline"]), str(plain["score"]), Estimate.from_plain(plain["networks_better_by"]))


def compare(
    target: Target,
    predictions: Sequence[Predictions],
    weight: Float64,
    groups: NDArray[Any] | None = None,
    metric: str | None = None,
) -> tuple[list[PredictorScores], Difference | None]:
    """Scores of each predictor, and by how much the networks are better than the best baseline.

    target: of all rows.
    predictions: one or more predictors of these rows, the networks first, then the baselines.
    weight: (rows,) of 0 or more, one of them above 0.
    groups: (rows,); rows of one group are taken as one. None (default): every row is its own group.
    metric: the name of the one that was chosen, which then comes first. None (default): none was.
    """
    names = headline(target.kind, metric)
    lines = [PredictorScores(one.name, _scores(target, one, weight, groups, names), one.remark) for one in predictions]
    return lines, _difference(target, predictions, lines, weight, groups)


def _scores(
    target: Target, one: Predictions, weight: Float64, groups: NDArray[Any] | None, names: Sequence[str]
) -> dict[str, Estimate]:
    kept = [name for name in names if not (name == "log_loss" and one.labels_only)]
    return {name: measured(metric_of(name, target.kind), target, one.values, weight, groups) for name in kept}


def _difference(
    target: Target,
    predictions: Sequence[Predictions],
    lines: Sequence[PredictorScores],
    weight: Float64,
    groups: NDArray[Any] | None,
) -> Difference | None:
    """None without a baseline that has the main score."""
    name = next(iter(lines[0].scores))
    sign = 1.0 if better(name) == "lower" else -1.0
    known = [line.scores[name].mean if name in line.scores else math.nan for line in lines]
    if len(lines) < 2 or not math.isfinite(known[0]) or not np.isfinite(known[1:]).any():
        return None
    best = 1 + int(np.nanargmin(sign * np.array(known[1:])))
    value = paired_difference(
        metric_of(name, target.kind), target, predictions[best].values, predictions[0].values, weight, groups
    )
    return Difference(predictions[best].name, name, value)
