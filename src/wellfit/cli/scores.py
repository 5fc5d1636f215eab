"""How good predictions are: error and log-loss of classes, 1 - R2 and root mean square of numbers, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Target

Float64 = NDArray[np.float64]
RESAMPLES = 1000
LEAST_PROBABILITY = 1e-15


@dataclass(frozen=True)
class Scores:
    """Named scores, lower is better. interval: 95 % bootstrap interval of the first, None for few rows."""

    values: dict[str, float]
    interval: tuple[float, float] | None = None

    @property
    def main(self) -> str:
        """The name of the first score."""
        return next(iter(self.values))


def score(target: Target, predicted: Float64, weight: Float64, seed: int = 0, interval: bool = False) -> Scores:
    """Scores of predictions: probabilities (rows, classes) or numbers (rows, outputs). weight: (rows,)."""
    parts = (
        _class_parts(target, predicted) if target.kind in ("binary", "classes") else _number_parts(target, predicted)
    )
    values = _combine(parts, weight, target)
    if not interval or len(weight) < 10:
        return Scores(values)
    random = np.random.default_rng(seed)
    main = next(iter(values))
    drawn = []
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(weight), len(weight))
        drawn.append(_combine({k: v[rows] for k, v in parts.items()}, weight[rows], target)[main])
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Scores(values, (float(low), float(high)))


def _class_parts(target: Target, probabilities: Float64) -> dict[str, Float64]:
    truth = target.values[:, 0].astype(np.int64)
    own = np.clip(probabilities[np.arange(len(truth)), truth], LEAST_PROBABILITY, 1.0)
    return {"error rate": (probabilities.argmax(axis=1) != truth).astype(np.float64), "log-loss": -np.log(own)}


def _number_parts(target: Target, values: Float64) -> dict[str, Float64]:
    truth = target.values.astype(np.float64)
    return {"square": ((values - truth) ** 2).mean(axis=1), "truth": truth.mean(axis=1)}


def _combine(parts: dict[str, Float64], weight: Float64, target: Target) -> dict[str, float]:
    if weight.sum() <= 0:
        return dict.fromkeys(parts, float("nan"))
    if "square" not in parts:
        return {name: float(np.average(part, weights=weight)) for name, part in parts.items()}
    mean_square = float(np.average(parts["square"], weights=weight))
    truth = parts["truth"]
    spread = float(np.average((truth - np.average(truth, weights=weight)) ** 2, weights=weight))
    return {"RMSE": mean_square**0.5, "1 - R2": mean_square / spread if spread > 0 else float("nan")}
