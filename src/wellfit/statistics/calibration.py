"""Calibration of predictions: the temperature of probabilities, and intervals for numbers.

Both are fitted on held-out predictions, each from networks that have not trained on the row.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.statistics.metrics import checked_weight
from wellfit.statistics.selection.parts import deal
from wellfit.tables.arrays import Target, TargetKind

__all__ = ["Intervals", "check_temperature", "fit_intervals", "fit_temperature", "tempered"]

Float64 = NDArray[np.float64]
LOWEST, HIGHEST = 0.2, 5.0  # temperatures that are fitted
MOST_ROWS = 50_000  # of more rows a seeded sample fits the temperature,
MOST_CELLS, LEAST_ROWS = 400_000, 2_000  # and of more numbers, but of at least so many rows
_LEAST = 1e-300  # so that a probability of 0 has a logarithm
# Shares of the residuals that are kept, in finer steps towards the largest one.
SHARES: Float64 = np.concatenate([np.arange(1, 121) * 0.0075, 1 - 10 ** np.linspace(-1, -4, 81)[1:], [1.0]])


def tempered(probabilities: NDArray[Any], kind: TargetKind, temperature: float) -> Float64:
    """softmax(ln p / T) of probabilities (rows, classes); of labels (rows, labels) each label by itself.

    Above 1 a temperature draws probabilities together, below 1 it drives them apart. The order of the classes stays.
    """
    p = np.asarray(probabilities, np.float64)
    if kind == "labels":
        z = (np.log(np.maximum(p, _LEAST)) - np.log(np.maximum(1 - p, _LEAST))) / temperature
        e = np.exp(-np.abs(z))
        return np.asarray(np.where(z >= 0, 1.0, e) / (1.0 + e))
    z = np.log(np.maximum(p, _LEAST)) / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def check_temperature(temperature: Any, kind: TargetKind) -> None:
    """InputError unless a temperature is a finite number above 0 and the target has probabilities."""
    if kind not in ("binary", "classes", "labels"):
        raise InputError(f"A temperature is for probabilities, and the model predicts {kind}: leave it out.")
    number = isinstance(temperature, (int, float)) and not isinstance(temperature, bool)
    if not number or not math.isfinite(temperature) or not 1e-3 <= temperature <= 1e3:
        raise InputError(f"A temperature is a number from 0.001 to 1000; got {quoted(temperature)}: 1 changes nothing.")


def fit_temperature(
    predicted: NDArray[Any],
    target: Target,
    weight: NDArray[Any] | None = None,
    *,
    folds: int = 5,
    seed: int = 0,
    groups: NDArray[Any] | None = None,
) -> float:
    """The temperature, 0.2 to 5, of least log-loss on held-out rows; 1.0 where that would not help on others.

    The rows are dealt into parts, and each is measured with the temperature fitted on the others: where that loss is
    not below the one of temperature 1, the result is 1. Of more than 50,000 rows or 400,000 probabilities a sample of
    the rows is taken, of 2,000 at least. A model that averages more networks than made these predictions is a little
    less sure of itself, so that the temperature errs towards too high.

    predicted: (rows, columns) held-out probabilities; rows with a NaN do not count.
    target: of all rows, of classes or labels.
    weight: (rows,) of 0 or more, None (default): 1 each.
    folds: parts of the rows, 2 or more (default 5).
    seed: of dealing and sampling rows (default 0).
    groups: (rows,); rows of one group stay in one part. None (default): every row is its own.

    Source: Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", 2017.
    """
    check_temperature(1.0, target.kind)
    counted = np.flatnonzero(np.isfinite(predicted).all(axis=1) & (checked_weight(weight, target) > 0))
    most = min(MOST_ROWS, max(LEAST_ROWS, MOST_CELLS // predicted.shape[1]))
    if len(counted) > most:
        counted = np.sort(np.random.default_rng([seed, 0x7E3B]).choice(counted, most, replace=False))
    if len(counted) < 2:
        return 1.0
    losses = _losses(np.asarray(predicted, np.float64)[counted], target.take(counted))
    shares = checked_weight(weight, target)[counted]
    part = deal(len(counted), folds, seed, None if groups is None else np.asarray(groups)[counted])
    parts = range(int(part.max()) + 1)
    crossed = sum(shares[part == k] @ losses(_best_temperature(losses, shares * (part != k)))[part == k] for k in parts)
    return _best_temperature(losses, shares) if len(parts) > 1 and crossed < shares @ losses(1.0) else 1.0


def _losses(predicted: Float64, target: Target) -> Callable[[float], Float64]:
    """The log-loss of each row (rows,) as a function of the temperature."""
    if target.kind == "labels":
        own = np.where(target.values > 0.5, predicted, 1 - predicted)
        margin = np.log(np.maximum(own, _LEAST)) - np.log(np.maximum(1 - own, _LEAST))
        return lambda t: np.asarray(np.logaddexp(0.0, -margin / t).mean(axis=1))
    logs = np.log(np.maximum(predicted, _LEAST))
    below = logs - np.take_along_axis(logs, target.values.astype(np.int64), axis=1)
    most = below.max(axis=1)
    return lambda t: np.asarray(most / t + np.log(np.exp((below - most[:, None]) / t).sum(axis=1)))


def _best_temperature(losses: Callable[[float], Float64], shares: Float64) -> float:
    """The temperature of least loss."""
    from scipy.optimize import minimize_scalar

    bounds = (math.log(LOWEST), math.log(HIGHEST))
    found = minimize_scalar(lambda z: float(shares @ losses(math.exp(z))), bounds=bounds, method="bounded")
    return math.exp(float(found.x))


@dataclass(frozen=True, eq=False)
class Intervals:
    """How far held-out numbers lay from their predictions: quantiles of the absolute residuals.

    shares: (points,) rising, the last one 1. residuals: (outputs, points) the least residual that a share of the rows
    does not exceed. rows: how many there were; of unequal weights the effective number (sum w)^2 / sum w^2.
    """

    shares: Float64
    residuals: Float64
    rows: float

    __repr__ = short_repr

    def check(self, kind: TargetKind, outputs: int) -> None:
        """InputError unless these are quantiles for a target of a kind with so many columns."""
        if kind != "numbers":
            raise InputError(f"Intervals are for numbers, and the model predicts {kind}: leave them out.")
        points = len(self.shares)
        whole = self.shares.ndim == 1 and 0 < points <= 10_000 and self.residuals.shape == (outputs, points)
        if not whole or not np.isfinite(self.residuals).all() or not (self.residuals >= 0).all():
            raise InputError("Intervals hold one row of residuals of 0 or more for each output; got something else.")
        rising = (np.diff(self.shares) > 0).all() and self.shares[0] > 0 and self.shares[-1] == 1
        if not rising or (np.diff(self.residuals) < 0).any() or not 1 <= self.rows < 1e18:
            raise InputError("Shares and residuals of intervals rise, the shares up to 1, for 1 row or more.")

    def reach(self, level: float) -> Float64:
        """How far the interval reaches to either side (outputs,); infinite where the rows are too few for the level.

        It is the ceil((n + 1) level)-th smallest of n residuals: a new row, drawn as these were, lies within with a
        chance of at least the level, and of at most 1/(n + 1) more, steps of the stored quantiles apart.

        Source: Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, "Distribution-free predictive inference for regression",
        2018; for cross-validated residuals: Barber, Candes, Ramdas & Tibshirani, "Predictive inference with the
        jackknife+", 2021.
        """
        number = isinstance(level, (int, float)) and not isinstance(level, bool)
        if not number or not 0 < level < 1:
            raise InputError(f"The level of an interval lies between 0 and 1, such as 0.9; got {quoted(level)}.")
        wanted = (self.rows + 1) * level / self.rows
        place = int(np.searchsorted(self.shares, wanted - 1e-12))
        if wanted > 1 + 1e-12 or place >= len(self.shares):
            return np.full(len(self.residuals), np.inf)
        return self.residuals[:, place]

    def around(self, numbers: Float64, level: float) -> Float64:
        """Lower and upper ends (rows, 2) around numbers (rows, 1); (rows, outputs, 2) around several."""
        reach = self.reach(level)
        ends = np.stack([numbers - reach, numbers + reach], axis=-1)
        return ends[:, 0] if ends.shape[1] == 1 else ends


def fit_intervals(predicted: NDArray[Any], target: Target, weight: NDArray[Any] | None = None) -> Intervals:
    """Quantiles of the residuals of held-out numbers (rows, outputs); rows with a NaN do not count.

    One width serves all rows: over all rows the intervals hold the stated share, but among rows that are harder than
    others they hold fewer. A model that averages the fold networks errs less than the single ones that were held out,
    so that its intervals hold a little more.

    Raises:
        InputError: the target is no number, or no row counts.
    """
    if target.kind != "numbers":
        raise InputError(f"Intervals are for numbers, and the target is of kind {quoted(target.kind)}: leave them out.")
    shares = checked_weight(weight, target)
    counted = np.flatnonzero(np.isfinite(predicted).all(axis=1) & (shares > 0))
    if not len(counted):
        raise InputError("Intervals need held-out predictions, and no row that counts has one.")
    shares = shares[counted] / shares[counted].sum()
    residuals = np.abs(predicted[counted] - target.values[counted].astype(np.float64))
    found = [_quantiles(residuals[:, k], shares) for k in range(residuals.shape[1])]
    return Intervals(SHARES, np.stack(found), float(1 / np.sum(shares**2)))


def _quantiles(values: Float64, shares: Float64) -> Float64:
    """For each of `SHARES` the least value up to which there is so much weight."""
    order = np.argsort(values, kind="stable")
    places = np.searchsorted(np.cumsum(shares[order]), SHARES - 1e-12)
    return values[order][np.minimum(places, len(values) - 1)]
