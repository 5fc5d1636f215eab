"""The metrics by which models are chosen and compared: log-loss, error, AUC, RMSE and the like, all of them weighted.

Every metric takes the target, predictions as `wellfit.models.ensemble.out_of_fold` returns them, and a weight a row:
weight k counts as the row k times, weight 0 as no row. Rows without a prediction (NaN) are the caller's to leave out,
or to give the weight 0: a NaN in a row that counts makes the loss NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.statistics.metrics.formulas import FORMULAS, Float64, MetricOnRows
from wellfit.tables.arrays import Target, TargetKind

__all__ = ["GREATER_IS_BETTER", "METRICS", "Metric", "MetricOnRows", "metric_of"]

# The first of each is the default.
METRICS: dict[TargetKind, tuple[str, ...]] = {
    "binary": ("log_loss", "error", "accuracy", "balanced_error", "balanced_accuracy", "auc", "brier"),
    "classes": ("log_loss", "error", "accuracy", "balanced_error", "balanced_accuracy", "auc", "brier"),
    "labels": ("log_loss", "error"),
    "numbers": ("rmse", "mae", "r2", "median_absolute_error"),
    "counts": ("poisson_deviance", "rmse", "mae", "r2"),
    "tasks": (),
}
# The metrics of which more is better, and the formula of 1 minus them.
GREATER_IS_BETTER = {"accuracy": "error", "balanced_accuracy": "balanced_error", "auc": "auc", "r2": "r2"}
_ALIASES = {
    "logloss": "log_loss",
    "roc_auc": "auc",
    "error_rate": "error",
    "rmse": "rmse",
    "poisson": "poisson_deviance",
}


@dataclass(frozen=True)
class Metric:
    """One metric for one kind of target; get it from `metric_of`.

    name: as in `METRICS`. kind: of the target.
    """

    name: str
    kind: TargetKind

    @property
    def greater_is_better(self) -> bool:
        """Whether users want its score high, as of AUC; its loss is wanted low, always."""
        return self.name in GREATER_IS_BETTER

    def on_rows(self, target: Target, weight: NDArray[Any] | None = None) -> MetricOnRows:
        """The metric with the rows that it is taken on, for many predictions of them."""
        if target.kind != self.kind:
            raise InputError(f"The metric is one for a target of kind {quoted(self.kind)}; got {quoted(target.kind)}.")
        return FORMULAS[GREATER_IS_BETTER.get(self.name, self.name)](target, checked_weight(weight, target))

    def loss(self, target: Target, predicted: NDArray[Any], weight: NDArray[Any] | None = None) -> float:
        """The loss, lower is better (1 - AUC, 1 - R2, 1 - accuracy). predicted: (rows, columns).

        NaN where these rows cannot measure it (`MetricOnRows.unmeasurable`): AUC of rows of one class, R2 of one value.
        """
        on_rows = self.on_rows(target, weight)
        return math.nan if on_rows.unmeasurable() else on_rows.loss(on_rows.compact(predicted))

    def score(self, target: Target, predicted: NDArray[Any], weight: NDArray[Any] | None = None) -> float:
        """The score as users know it: of AUC, R2 and accuracies higher is better, of the others lower."""
        return self.score_of(self.loss(target, predicted, weight))

    def score_of(self, loss: float) -> float:
        """The score that a loss stands for."""
        return 1.0 - loss if self.greater_is_better else loss


def metric_of(name: str | None, kind: TargetKind) -> Metric:
    """The metric of a name, or the default one of the kind of target where the name is None.

    Case, hyphens and spaces do not matter: "Log-loss" is "log_loss".

    Raises:
        InputError: there is no such metric, or it does not suit the kind of target.

    >>> metric_of(None, "counts").name, metric_of("ROC AUC", "binary").name
    ('poisson_deviance', 'auc')
    """
    fits = METRICS.get(kind, ())
    if not fits:
        raise InputError(
            f"A metric is that of one target; got a target of kind {quoted(kind)}: measure each task alone."
        )
    plain = fits[0] if name is None else str(name).strip().lower().replace("-", "_").replace(" ", "_")
    plain = _ALIASES.get(plain, plain)
    if plain not in fits:
        raise InputError(
            f"For a target of kind {quoted(kind)} the metrics are {', '.join(fits)}; got {quoted(name)}: take one."
        )
    return Metric(plain, kind)


def checked_weight(weight: NDArray[Any] | None, target: Target) -> Float64:
    """Weights (rows,) of 0 or more as float64; ones where none are given."""
    rows = target.values.shape[0]
    given = np.ones(rows) if weight is None else np.asarray(weight, dtype=np.float64)
    if given.shape != (rows,) or not np.isfinite(given).all() or (given < 0).any() or not given.sum() > 0:
        raise InputError(
            f"A metric takes one finite weight of 0 or more for each of the {rows} rows, at least one of them above 0; "
            f"got weights of shape {given.shape}."
        )
    return given
