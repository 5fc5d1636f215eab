"""What a network has to beat: a constant, a linear model and the nearest neighbour, on the same encoded inputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.scores import Predictions
from wellfit.engines.numpy.encode import encode
from wellfit.numerics.blas import single_threaded_blas
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.encoding import Encoding, fit_encoding

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
MOST_CELLS = 20_000_000  # of encoded rows at a time
MOST_DISTANCES = 3e10  # rows x neighbours x inputs: some seconds
CELLS_A_SECOND, DISTANCES_A_SECOND = 1_000_000, 8e9  # that the slower of them handles, about
LEAST_ROWS = 1000


def baselines(
    arrays: Arrays, target: Target, weight: Float32, test: Arrays, recipe: Recipe, seed: int,
    seconds: float | None = None,
) -> list[Predictions]:  # fmt: skip
    """Predictions for `test` by baselines fitted on `arrays`: probabilities for classes, numbers otherwise.

    On a large table the linear model and the nearest neighbour see rows drawn at random; their remark says how many.
    seconds: that they may take, about; fewer rows are then seen.
    """
    most_cells, most_distances = MOST_CELLS, MOST_DISTANCES
    if seconds is not None:
        most_cells = min(most_cells, int(CELLS_A_SECOND * seconds / 2))
        most_distances = min(most_distances, DISTANCES_A_SECOND * seconds / 2)
    kept = np.flatnonzero(weight > 0)
    plain = recipe.vary({"categories.embedding": 0})  # they take places in a table for numbers
    encoding = fit_encoding(arrays, target, kept, weight[kept].astype(np.float64), plain)
    width = max(encoding.width, 1)
    order = np.random.default_rng(seed).permutation(kept)
    seen = np.sort(order[: max(LEAST_ROWS, most_cells // width)])
    near = np.sort(order[: max(LEAST_ROWS, int(most_distances / width / max(test.rows, 1)))])
    near = near if len(near) < len(seen) else seen
    said = [Predictions("constant", _constant(target, kept, weight, test.rows))]
    for name, rows, maker in (("linear", seen, _linear), ("1-nearest-neighbour", near, _neighbour)):
        fit = _Fitted(maker(target), encoding, arrays.take(rows), target.take(rows), weight[rows])
        remark = "" if len(rows) == len(kept) else f"fitted on {len(rows):,} of the rows"
        said.append(Predictions(name, fit.predict(test), remark, labels_only=maker is _neighbour))
    return said


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

    def __init__(self, model: Any, encoding: Encoding, arrays: Arrays, target: Target, weight: Float32) -> None:
        self.model, self.encoding, self.target = model, encoding, target
        y = target.values[:, 0].astype(np.int64) if _is_class(target) else target.values.ravel().astype(np.float64)
        self.constant: Callable[[int], Float64] | None = None
        if encoding.width == 0 or len(np.unique(y)) < 2:
            self.constant = lambda times: _constant(target, np.arange(len(weight)), weight, times)
            return
        weighted = {} if "Neighbors" in type(model).__name__ else {"sample_weight": weight.astype(np.float64)}
        # Many short products: on busy cores a BLAS of several threads waits for itself a hundred times longer.
        with single_threaded_blas(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a linear model that needs more steps is still a baseline
            model.fit(encode(encoding, arrays), y, **weighted)

    def predict(self, test: Arrays) -> Float64:
        """Probabilities (rows, classes) or numbers (rows, 1), encoded and predicted piece by piece."""
        if self.constant is not None:
            return self.constant(test.rows)
        size = max(1, MOST_CELLS // self.encoding.width)
        pieces = [np.arange(begin, min(begin + size, test.rows)) for begin in range(0, test.rows, size)]
        return np.concatenate([self._one(encode(self.encoding, test.take(piece))) for piece in pieces])

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
