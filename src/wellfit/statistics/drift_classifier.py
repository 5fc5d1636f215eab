"""Whether a model can tell later rows from earlier ones: the area under the ROC curve, out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.blas import single_threaded_blas

Float64 = NDArray[np.float64]

MOST_ROWS = 2_000  # of each table
TREES, FOLDS, LEAF = 40, 3, 3
NORMAL_QUANTILE = 1.959963984540054  # of 95 %, both sides


@dataclass(frozen=True)
class Separation:
    """How well a forest tells two tables apart.

    auc: chance that a later row is given a higher probability of being later than an earlier one; 0.5: not at all.
    low, high: ends of its 95 % interval (DeLong, DeLong & Clarke-Pearson, 1988).
    importance: (columns,) share of each column in what the forest tells apart by; their sum is 1, or 0.
    rows: of each table that were looked at.
    """

    auc: float
    low: float
    high: float
    importance: Float64
    rows: tuple[int, int]


def separation(
    earlier: Sequence[NDArray[np.generic]], later: Sequence[NDArray[np.generic]], *, most_rows: int = MOST_ROWS,
    seed: int = 0,
) -> Separation:  # fmt: skip
    """Tell later rows from earlier ones by a forest on folds.

    earlier, later: the same columns of both tables, (rows,) each: numbers, NaN where missing, or codes.
    most_rows: of each table that are drawn (default 2,000). seed: of the draw, the folds and the forest (default 0).
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold

    draws = np.random.default_rng(seed)
    sizes = [len(part[0]) for part in (earlier, later)]
    some = [draws.permutation(size)[:most_rows] for size in sizes]
    with np.errstate(over="ignore"):
        X = np.stack([_ranks(a[some[0]], b[some[1]]) for a, b in zip(earlier, later, strict=True)], axis=1)
    y = np.repeat([0, 1], [len(one) for one in some])
    predicted, importance = np.zeros(len(y)), np.zeros(X.shape[1])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    forest = ExtraTreesClassifier(TREES, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed, n_jobs=1)
    with single_threaded_blas():
        for learned, held in folds.split(X, y):
            forest.fit(X[learned], y[learned])
            predicted[held] = forest.predict_proba(X[held])[:, 1]
            importance += forest.feature_importances_ / FOLDS
    auc, error = auc_with_error(predicted[y == 0], predicted[y == 1])
    low, high = auc - NORMAL_QUANTILE * error, auc + NORMAL_QUANTILE * error
    return Separation(auc, max(low, 0.0), min(high, 1.0), importance, (len(some[0]), len(some[1])))


def auc_with_error(lower: Float64, upper: Float64) -> tuple[float, float]:
    """The chance that a value of `upper` is above one of `lower` (ties a half), and its standard error by DeLong.

    >>> auc_with_error(np.array([0.0, 1.0]), np.array([2.0, 3.0]))
    (1.0, 0.0)
    """
    sorted_lower, sorted_upper = np.sort(lower), np.sort(upper)
    above = _share_below(sorted_lower, upper)  # of each value of upper: the share of lower below it
    below = 1 - _share_below(sorted_upper, lower)
    variance = above.var(ddof=1) / len(upper) + below.var(ddof=1) / len(lower)
    return float(above.mean()), float(np.sqrt(variance))


def _share_below(ordered: Float64, values: Float64) -> Float64:
    ends = [np.searchsorted(ordered, values, side) for side in ("left", "right")]
    return np.asarray((ends[0] + ends[1]) / 2 / len(ordered), np.float64)


def _ranks(earlier: NDArray[np.generic], later: NDArray[np.generic]) -> NDArray[np.float32]:
    """Places among the values of both; missing ones are the last."""
    both = np.concatenate([earlier, later])
    return np.asarray(np.unique(both, return_inverse=True, equal_nan=True)[1], np.float32)
