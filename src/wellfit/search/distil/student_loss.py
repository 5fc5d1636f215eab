"""The score of a small network and of its teachers on the same rows, with intervals."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.search.distil.students import Float64
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.scores import loss_of_form, loss_range
from wellfit.tables.arrays import Target


def truth_of(ensemble: ChosenEnsemble, rows: NDArray[np.int64]) -> tuple[Target, NDArray[np.float32]]:
    """The target and the weights of some rows."""
    return ensemble.population.target.take(rows), ensemble.population.weight[rows]


def measuring_seconds(ensemble: ChosenEnsemble) -> float:
    """What both scores and their intervals take, of all rows."""
    if not len(ensemble.rows):
        return 0.0
    started = time.monotonic()
    estimate(ensemble, *truth_of(ensemble, ensemble.rows), ensemble.predictions, ensemble.rows)
    return 2 * (time.monotonic() - started)


def estimate(
    ensemble: ChosenEnsemble, target: Target, weight: NDArray[np.float32], predictions: Float64, rows: NDArray[np.int64]
) -> Estimate:
    """The score with a 95 % interval, the optimism of choosing taken off."""
    if not len(predictions):
        return Estimate(math.nan)
    optimism = ensemble.selection.optimism if math.isfinite(ensemble.selection.optimism) else 0.0
    groups = ensemble.searched.settings.units
    on_rows = ensemble.metric.on_rows(target, weight)
    kept = slice(None) if on_rows.kept is None else on_rows.kept
    units = None if groups is None else np.asarray(groups)[rows][kept]
    loss = loss_of_form(on_rows, on_rows.compact(predictions), units).shifted(optimism).within(loss_range(on_rows))
    return loss.one_minus() if ensemble.metric.greater_is_better else loss
