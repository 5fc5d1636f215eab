"""The loss of a small network and of its teachers on the same rows, with intervals."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.search.distil.students import Float64
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import Metric
from wellfit.tables.arrays import Target

RESAMPLES, LEAST_RESAMPLES = 200, 40
MOST_DRAWS = 2_000_000  # of rows, in all resamples together


def truth_of(ensemble: ChosenEnsemble, rows: NDArray[np.int64]) -> tuple[Target, NDArray[np.float32]]:
    """The target and the weights of some rows."""
    return ensemble.population.target.take(rows), ensemble.population.weight[rows]


def measuring_seconds(ensemble: ChosenEnsemble) -> float:
    """What both losses and their intervals take, of all rows."""
    if not len(ensemble.rows):
        return 0.0
    target, weight = truth_of(ensemble, ensemble.rows)
    drawn = weight * (np.arange(len(weight)) % 3)  # unequal weights, as a resample has
    started = time.monotonic()
    ensemble.metric.loss(target, ensemble.predictions, drawn if drawn.any() else weight)
    return 2 * (resamples(ensemble.metric, target, ensemble.predictions) + 1) * (time.monotonic() - started)


def estimate(
    ensemble: ChosenEnsemble, target: Target, weight: NDArray[np.float32], predictions: Float64, rows: NDArray[np.int64]
) -> Estimate:
    """The score with a 95 % interval: rows, or whole groups of them, drawn with replacement, the optimism of choosing
    taken off.
    """
    if not len(predictions):
        return Estimate(math.nan)
    metric: Metric = ensemble.metric
    optimism = ensemble.selection.optimism if math.isfinite(ensemble.selection.optimism) else 0.0
    mean = metric.score_of(metric.loss(target, predictions, weight) + optimism)
    unit = _units(ensemble, rows)
    many = int(unit.max()) + 1
    if many < 2:
        return Estimate(mean)
    random = np.random.default_rng(ensemble.searched.settings.seed)
    drawn = [
        metric.loss(target, predictions, weight * random.multinomial(many, np.full(many, 1 / many))[unit])
        for _ in range(resamples(metric, target, predictions))
    ]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Estimate(mean, *sorted((metric.score_of(float(low) + optimism), metric.score_of(float(high) + optimism))))


def resamples(metric: Metric, target: Target, predictions: Float64) -> int:
    """How many resamples make an interval: fewer of many rows, and of metrics that sort each column of them."""
    expensive = metric.on_rows(target).expensive
    return int(np.clip(MOST_DRAWS // (predictions.size if expensive else len(predictions)), LEAST_RESAMPLES, RESAMPLES))


def _units(ensemble: ChosenEnsemble, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """What rows are drawn by: the number of each one's group, or its own."""
    groups = ensemble.searched.settings.groups
    if groups is None:
        return np.arange(len(rows))
    return np.asarray(np.unique(np.asarray(groups)[rows], return_inverse=True)[1], np.int64)
