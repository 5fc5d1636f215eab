"""The baselines that networks are compared with: a constant, a linear model and the nearest neighbour."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.blas import single_threaded_blas
from wellfit.statistics.comparison import Predictions
from wellfit.tables.arrays import Target
from wellfit.tables.distinct import distinct_values

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
MOST_CELLS = 20_000_000  # of encoded rows at a time
MOST_DISTANCES = 3e10  # rows x neighbours x inputs: some seconds
CELLS_A_SECOND, DISTANCES_A_SECOND = 1_000_000, 8e9  # that the slower of them handles, about
LEAST_ROWS = 1000


@dataclass(frozen=True)
class Inputs:
    """Encoded inputs of some rows, encoded a part at a time, since all together may not fit into memory.

    rows, width: how many rows, and inputs of each.
    encoded: takes row numbers (n,) and returns their inputs (n, width), float32.
    """

    rows: int
    width: int
    encoded: Callable[[Int64], Float32]


def baselines(
    inputs: Inputs, target: Target, weight: Float32, test: Inputs, *, seed: int = 0, seconds: float | None = None
) -> list[Predictions]:
    """Predictions of the test rows by a constant, a linear model and the nearest neighbour.

    On a large table the linear model and the nearest neighbour see rows drawn at random; their remark says how many.

    inputs, target, weight: of the training rows; weight is (rows,) of 0 or more.
    test: inputs of the rows to predict, encoded as the training rows are.
    seed: of drawing rows (default 0).
    seconds: that they may take, about; fewer rows are then seen. None (default): no limit.

    Returns:
        Probabilities (test rows, classes) for classes, numbers (test rows, 1) otherwise, of each baseline.
    """
    most_cells, most_distances = MOST_CELLS, MOST_DISTANCES
    if seconds is not None:
        most_cells = min(most_cells, int(CELLS_A_SECOND * seconds / 2))
        most_distances = min(most_distances, DISTANCES_A_SECOND * seconds / 2)
    kept = np.flatnonzero(weight > 0)
    width = max(inputs.width, 1)
    order = np.random.default_rng(seed).permutation(kept)
    seen = np.sort(order[: max(LEAST_ROWS, most_cells // width)])
    near = np.sort(order[: max(LEAST_ROWS, int(most_distances / width / max(test.rows, 1)))])
    near = near if len(near) < len(seen) else seen
    predictions = [Predictions("constant", _constant(target, kept, weight, test.rows))]
    for name, rows, make_model in (("linear", seen, _linear), ("1-nearest-neighbour", near, _neighbour)):
        fitted = _Fitted(make_model(target), inputs, rows, target.take(rows), weight[rows])
        remark = "" if len(rows) == len(kept) else f"fitted on {len(rows):,} of the rows"
        predictions.append(Predictions(name, fitted.predict(test), remark, labels_only=make_model is _neighbour))
    return predictions


def _is_class(target: Target) -> bool:
    return target.kind in ("binary", "classes")


def _class_shares(target: Target, rows: NDArray[np.int64], weight: Float32) -> Float64:
    shares = np.bincount(target.values[rows, 0].astype(np.int64), weight[rows], max(len(target.labels), 2))
    return np.asarray(shares / shares.sum(), np.float64)


def _constant(target: Target, rows: NDArray[np.int64], weight: Float32, times: int) -> Float64:
    """The shares of the classes, or the mean, for every row."""
    if _is_class(target):
        return np.tile(_class_shares(target, rows, weight), (times, 1))
    return np.tile(np.average(target.values[rows].astype(np.float64), axis=0, weights=weight[rows]), (times, 1))


class _Fitted:
    """A scikit-learn model on encoded rows. Without inputs, or with one class only, it falls back to the constant."""

    def __init__(self, model: Any, inputs: Inputs, rows: Int64, target: Target, weight: Float32) -> None:
        self.model, self.target = model, target
        y = target.values[:, 0].astype(np.int64) if _is_class(target) else target.values.ravel().astype(np.float64)
        self.constant: Callable[[int], Float64] | None = None
        if inputs.width == 0 or len(distinct_values(y)) < 2:
            self.constant = lambda times: _constant(target, np.arange(len(weight)), weight, times)
            return
        weighted = {} if "Neighbors" in type(model).__name__ else {"sample_weight": weight.astype(np.float64)}
        # Many short products: on busy cores a BLAS of several threads waits for itself a hundred times longer.
        with single_threaded_blas(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a linear model that needs more steps is still a baseline
            model.fit(inputs.encoded(rows), y, **weighted)

    def predict(self, test: Inputs) -> Float64:
        """Probabilities (rows, classes) or numbers (rows, 1), encoded and predicted piece by piece."""
        if self.constant is not None:
            return self.constant(test.rows)
        size = max(1, MOST_CELLS // test.width)
        pieces = [np.arange(begin, min(begin + size, test.rows)) for begin in range(0, test.rows, size)]
        return np.concatenate([self._one(test.encoded(piece)) for piece in pieces])

    def _one(self, X: Float32) -> Float64:
        if not _is_class(self.target):
            return np.asarray(self.model.predict(X), np.float64).reshape(len(X), 1)
        probabilities = np.zeros((len(X), max(len(self.target.labels), 2)))
        probabilities[:, self.model.classes_] = self.model.predict_proba(X)
        return probabilities


def _linear(target: Target) -> Any:
    from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge

    if _is_class(target):
        return LogisticRegression(max_iter=300)
    return PoissonRegressor(alpha=1e-4, max_iter=300) if target.kind == "counts" else Ridge(alpha=1.0)


def _neighbour(target: Target) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    return KNeighborsClassifier(1) if _is_class(target) else KNeighborsRegressor(1)
