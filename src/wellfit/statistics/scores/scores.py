"""Scores with intervals: the functions that every reported score goes through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.intervals import POSITIVE, SHARE, Estimate, Range, Units, exact_share, units_of
from wellfit.statistics.intervals.samples import by_spread
from wellfit.statistics.metrics import Metric, MetricOnRows, metric_of
from wellfit.statistics.metrics.formulas import R2, Auc, BalancedError, Brier, Error, MedianAbsoluteError, Rmse
from wellfit.statistics.scores.exact import auc_interval, balanced_interval, median_estimate
from wellfit.statistics.scores.left_out import left_out
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]


def scores(
    target: Target, predicted: Float64, weight: NDArray[Any] | None = None, *, names: Sequence[str],
    groups: NDArray[Any] | None = None,
) -> dict[str, Estimate]:  # fmt: skip
    """Several scores of the same predictions, by name; see `measured`. names: of metrics, such as "r2"."""
    return {name: measured(metric_of(name, target.kind), target, predicted, weight, groups) for name in names}


def measured(
    metric: Metric, target: Target, predicted: Float64, weight: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> Estimate:  # fmt: skip
    """The score of predictions as people know it, with its 95 % interval.

    The interval is that of the score on new rows like these, for the same predictor. It stays in the metric's range:

    - error and accuracy: exact (Clopper & Pearson), so that no error in 30 rows is 0 to 11.6 %;
    - balanced error and accuracy: exact for each class, then put together (Zou & Donner);
    - AUC: Newcombe's method 5, or that of the ranks' variance (DeLong) where it reaches further;
    - log-loss, RMSE, MAE, Poisson deviance and 1 - R2: around the logarithm, by the jackknife's standard error; the
      Brier score around its log-odds;
    - median absolute error: the errors between which the median lies, by the exact interval of a half.

    Uneven weights count by their effective sample size. There is no interval where the rows cannot give one: fewer than
    10 rows or groups for what is not exact, or one loss in all rows; a remark then says so.

    target: of these rows.
    predicted: (rows, columns), as `wellfit.models.ensemble.out_of_fold` gives them.
    weight: (rows,) of 0 or more; None (default): 1 each.
    groups: (rows,); rows of one group are taken as one. None (default): rows are independent of each other.

    Returns:
        An `Estimate`; of NaN, with the reason as its remark, where these rows cannot measure the metric.

    >>> truth = Target("binary", np.zeros((30, 1), np.float32), ("no", "yes"))
    >>> sure = np.tile([0.9, 0.1], (30, 1))
    >>> str(measured(metric_of("error", "binary"), truth, sure)), str(measured(metric_of("auc", "binary"), truth, sure))
    ('0 (95 % interval 0 to 0.1157)', 'cannot be measured: no row of class yes')
    """
    on_rows = metric.on_rows(target, weight)
    kept = slice(None) if on_rows.kept is None else on_rows.kept
    found = loss_of_form(on_rows, on_rows.compact(predicted), None if groups is None else np.asarray(groups)[kept])
    return found.one_minus() if metric.greater_is_better else found


def loss_of_form(on_rows: MetricOnRows, form: Float64, groups: NDArray[Any] | None = None) -> Estimate:
    """As `measured`, of the metric's loss, less of which is better, and of predictions in the formula's form.

    groups: of the rows of positive weight.
    """
    reason = on_rows.unmeasurable()
    if reason:
        return Estimate(math.nan, remark=f"cannot be measured: {reason}")
    units = units_of(on_rows.weight, groups)
    loss = on_rows.loss(form)
    if not math.isfinite(loss):
        return Estimate(loss)
    if isinstance(on_rows, BalancedError):
        return Estimate(loss, *balanced_interval(on_rows, form, units), on_rows.left_out())
    if isinstance(on_rows, Auc):
        low, high = auc_interval(on_rows, form, units)
        return Estimate(loss, min(low, loss), max(high, loss), on_rows.left_out())
    if isinstance(on_rows, MedianAbsoluteError):
        return median_estimate(on_rows, form, units)
    if isinstance(on_rows, Error):
        return Estimate(loss, *exact_share(loss, _size(on_rows, form, units)))
    least = _least_error(on_rows, loss, form, units) if isinstance(on_rows, Rmse) else 0.0
    return by_spread(loss, left_out(on_rows, form, units), units, loss_range(on_rows), least)


def _least_error(on_rows: Rmse, loss: float, form: Float64, units: Units) -> float:
    """The standard error that an RMSE, or 1 - R2, has of normal residuals, independent between columns.

    Residuals with long tails make few squares very large, and a sample without one of these shows too small a spread.
    """
    power = 2.0 if isinstance(on_rows, R2) else 1.0
    return power * loss / math.sqrt(2 * units.effective * len(form))


def _size(on_rows: Error, form: Float64, units: Units) -> float:
    """For how many rows an error counts: of several labels for up to as many as there are labels in all rows."""
    return units.size_of_share(on_rows.rows(form), len(form) if on_rows.kind == "labels" else 1)


def loss_range(on_rows: MetricOnRows) -> Range:
    """Between which values the loss of a metric lies."""
    if isinstance(on_rows, Brier):
        return Range(0.0, 1.0 if on_rows.kind == "binary" else 2.0)
    return SHARE if isinstance(on_rows, (Error, Auc)) else POSITIVE
