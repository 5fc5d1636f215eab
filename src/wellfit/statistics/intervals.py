"""A mean or score with its 95 % interval: over folds, over rows, and by drawing rows with replacement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES, LEAST_RESAMPLES = 200, 40
LEAST_UNITS = 10  # the spread of fewer rows or groups is not known
MOST_DRAWS = 2_000_000  # of rows, in all resamples together


@dataclass(frozen=True)
class Estimate:
    """A mean, and the ends of its 95 % interval, NaN where there are too few values for one."""

    mean: float
    low: float = math.nan
    high: float = math.nan

    def __str__(self) -> str:
        if not math.isfinite(self.low):
            return f"{self.mean:.4g}"
        return f"{self.mean:.4g} (95 % interval {self.low:.4g} to {self.high:.4g})"

    def shifted(self, by: float) -> Estimate:
        """The same with a known number added to the mean and both ends."""
        return Estimate(self.mean + by, self.low + by, self.high + by)

    def at_least(self, bound: float) -> Estimate:
        """The same with what lies below a bound moved to it: a loss is not below 0."""
        return Estimate(
            *(value if math.isnan(value) else max(value, bound) for value in (self.mean, self.low, self.high))
        )

    def to_plain(self) -> dict[str, float | list[float] | None]:
        """As JSON holds it: null for what is not known."""
        known = math.isfinite(self.low) and math.isfinite(self.high)
        return {
            "mean": self.mean if math.isfinite(self.mean) else None,
            "interval_95": [self.low, self.high] if known else None,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Estimate:
        """What `to_plain` gave; null is NaN."""
        low, high = plain["interval_95"] or (math.nan, math.nan)
        return cls(math.nan if plain["mean"] is None else float(plain["mean"]), float(low), float(high))


def over_folds(scores: Sequence[float] | NDArray[np.float64], test_to_training: float) -> Estimate:
    """The mean of J folds' scores with the corrected interval of Nadeau & Bengio.

    mean +- t(0.975, J - 1) sqrt((1/J + n_test/n_train) s^2), with s^2 the scores' sample variance. Folds share training
    rows, so that s^2 / J alone would be too small. test_to_training: n_test/n_train of a fold, 1/(k - 1) for k folds.

    Source: Nadeau & Bengio, "Inference for the generalization error", 2003; for repeated folds: Bouckaert & Frank,
    "Evaluating the replicability of significance tests for comparing learning algorithms", 2004.

    >>> str(over_folds([1.0, 2.0, 3.0], 0.5))
    '2 (95 % interval -1.928 to 5.928)'
    """
    values = np.asarray(scores, dtype=np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        return Estimate(float(values.mean()) if len(values) else math.nan)
    spread = math.sqrt((1 / len(values) + test_to_training) * values.var(ddof=1))
    return around(float(values.mean()), spread, len(values) - 1)


def over_rows(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Estimate:
    """The weighted mean of rows' values: mean +- t(0.975, n - 1) times its standard error.

    With m = sum w x / sum w over n rows of positive weight: standard error sqrt(n / (n - 1) sum (w (x - m))^2) / sum w,
    which is s / sqrt(n) for equal weights. Rows are taken as independent of each other.
    """
    kept = weights > 0
    values, weights = values[kept], weights[kept]
    if not len(values):
        return Estimate(math.nan)
    mean = float(weights @ values / weights.sum())
    if len(values) < 2:
        return Estimate(mean)
    rows = len(values)
    spread = math.sqrt(rows / (rows - 1) * float(np.sum((weights * (values - mean)) ** 2))) / float(weights.sum())
    return around(mean, spread, rows - 1)


def over_resamples(
    score: Callable[[NDArray[np.float64]], float],
    weight: NDArray[Any],
    *,
    seed: int = 0,
    groups: NDArray[Any] | None = None,
) -> Estimate:
    """A score with the quantiles of the scores of rows, or whole groups, drawn with replacement (the bootstrap).

    score: takes weights (rows,) of which one is above 0, and returns the score of the rows with these weights.
    weight: (rows,) of 0 or more.
    seed: of drawing (default 0).
    groups: (rows,); rows of one group are drawn together. None (default): every row is its own group. There is no
        interval with fewer than 10 rows or groups.
    """
    whole = score(weight)
    unit = np.arange(len(weight)) if groups is None else np.unique(groups, return_inverse=True)[1]
    units = int(unit.max()) + 1
    if units < LEAST_UNITS:
        return Estimate(whole)
    random = np.random.default_rng(seed)
    many = int(np.clip(MOST_DRAWS // len(weight), LEAST_RESAMPLES, RESAMPLES))
    drawn = []
    for _ in range(many):
        times = np.bincount(random.integers(0, units, units), minlength=units)[unit]
        if (weight * times).sum() > 0:
            drawn.append(score(weight * times))
    known = np.array(drawn)[np.isfinite(drawn)]
    return Estimate(whole, *map(float, np.quantile(known, [0.025, 0.975]))) if len(known) else Estimate(whole)


def around(mean: float, spread: float, freedom: int) -> Estimate:
    """mean +- t(0.975, freedom) times a standard error."""
    from scipy.special import stdtrit  # scipy.stats has it too, and takes two seconds to load

    mean, reach = float(mean), float(stdtrit(freedom, (1 + LEVEL) / 2)) * float(spread)
    return Estimate(mean, mean - reach, mean + reach)
