"""What a loss is without each row or group of rows, of which its standard error is made (the jackknife)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.intervals import Units
from wellfit.statistics.metrics.formulas import R2, Auc, MetricOnRows, Rmse

Float64 = NDArray[np.float64]
TINY = 1e-300  # in the place of a variance of 0


def left_out(on_rows: MetricOnRows, form: Float64, units: Units) -> Float64:
    """The loss without each unit (units,), of predictions in the formula's form; of AUC to first order.

    That of a mean m without unit g is (m - sum of its share x loss) / (1 - its share).
    """
    if isinstance(on_rows, Rmse):
        squares = units.means_without(form**2)
        if isinstance(on_rows, R2):
            away = on_rows.truth - on_rows.centre[:, None]  # from a centre near theirs, so that nothing cancels
            variance = units.means_without(away**2) - units.means_without(away) ** 2
            return np.asarray((squares / np.maximum(variance, TINY)).mean(axis=0))
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)).mean(axis=0))
    if isinstance(on_rows, Auc):
        influence = np.mean([one for _, _, one in class_curves(on_rows, form)], axis=0)
        return np.asarray(on_rows.loss(form) + units.means_without(influence))
    return units.means_without(on_rows.rows(form))


def class_curves(on_rows: Auc, form: Float64) -> Iterator[tuple[NDArray[np.bool_], float, Float64]]:
    """Of each class that has a curve: its rows (rows,), 1 - AUC of it against the rest, and the influence (rows,) on
    that: the rate at which it changes when a row's share of the weight grows.

    A row of the class counts with the share of the others that lie above it, each other row with the share of the class
    below it, ties half, as far as these are from 1 - AUC. Source: DeLong, DeLong & Clarke-Pearson, 1988.
    """
    numbers = [1] if on_rows.kind == "binary" else range(on_rows.columns)
    for line, number in zip(form, numbers, strict=True):
        own = on_rows.own == number
        if own.any() and not own.all():
            yield own, *_curve(line, own, on_rows.share)


def _curve(scores: Float64, own: NDArray[np.bool_], share: Float64) -> tuple[float, Float64]:
    whole = share[own].sum(), share[~own].sum()
    wrong = np.empty(len(scores))
    wrong[own] = 1 - _share_below(scores[~own], share[~own] / whole[1], scores[own])
    wrong[~own] = _share_below(scores[own], share[own] / whole[0], scores[~own])
    loss = float(np.clip(share[own] @ wrong[own] / whole[0], 0.0, 1.0))
    return loss, np.where(own, (wrong - loss) / whole[0], (wrong - loss) / whole[1])


def _share_below(scores: Float64, share: Float64, at: Float64) -> Float64:
    """The share of scores below each value, those equal to it half."""
    order = np.argsort(scores)
    ranked, up_to = scores[order], np.concatenate([[0.0], np.cumsum(share[order])])
    return np.asarray((up_to[ranked.searchsorted(at, "left")] + up_to[ranked.searchsorted(at, "right")]) / 2)
