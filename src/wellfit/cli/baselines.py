"""What a network has to beat: a constant, a linear model and the nearest neighbour, on the same encoded inputs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Arrays, Target
from wellfit.encoding import fit_encoding
from wellfit.engine.reference import encode
from wellfit.recipe import Recipe

Float64 = NDArray[np.float64]
MOST_CELLS = 20_000_000  # of the encoded rows that a baseline sees
MOST_NEIGHBOURS = 20_000


@dataclass(frozen=True)
class Baseline:
    """A baseline's name, its predictions (rows, columns), and how many training rows it saw."""

    name: str
    predicted: Float64
    rows: int


def baselines(
    arrays: Arrays, target: Target, weight: NDArray[np.float32], test: Arrays, recipe: Recipe, seed: int
) -> list[Baseline]:
    """Predictions for `test` by baselines fitted on `arrays`: probabilities for classes, numbers otherwise."""
    kept = np.flatnonzero(weight > 0)
    w = weight[kept].astype(np.float64)
    encoding = fit_encoding(arrays, target, kept, w, recipe)
    most = max(1000, MOST_CELLS // max(encoding.width, 1))
    order = np.random.default_rng(seed).permutation(len(kept))
    seen = np.sort(order[:most])
    X, X_test = encode(encoding, arrays.take(kept[seen])), encode(encoding, test)
    y = target.values[kept[seen]]
    near = np.sort(np.random.default_rng(seed).permutation(len(seen))[:MOST_NEIGHBOURS])
    if target.kind in ("binary", "classes"):
        classes = max(len(target.labels), 2)
        labels = y[:, 0].astype(np.int64)
        shares = np.bincount(target.values[kept, 0].astype(np.int64), w, classes) / w.sum()
        constant = np.tile(shares, (test.rows, 1))
        linear = _classes_of(_logistic(), X, labels, w[seen], X_test, classes)
        nearest = _classes_of(_neighbour(True), X[near], labels[near], None, X_test, classes)
    else:
        constant = np.tile(np.average(target.values[kept], axis=0, weights=w), (test.rows, 1))
        linear = _numbers_of(_ridge(), X, y, w[seen], X_test)
        nearest = _numbers_of(_neighbour(False), X[near], y[near], None, X_test)
    named = (
        ("constant", constant, len(kept)),
        ("linear", linear, len(seen)),
        ("1-nearest-neighbour", nearest, len(near)),
    )
    return [Baseline(name, np.asarray(predicted, np.float64), rows) for name, predicted, rows in named]


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=300)


def _ridge() -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1.0)


def _neighbour(classes: bool) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    return KNeighborsClassifier(1) if classes else KNeighborsRegressor(1)


def _classes_of(model: Any, X: Any, labels: Any, weight: Any, X_test: Any, classes: int) -> Float64:
    """Probabilities (rows, classes); a class that the baseline did not see has none."""
    if X.shape[1] == 0 or len(np.unique(labels)) < 2:
        shares = np.bincount(labels, weight, classes)
        return np.tile(shares / shares.sum(), (len(X_test), 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a linear model that needs more steps is still a baseline
        model.fit(X, labels, **({} if weight is None else {"sample_weight": weight}))
    probabilities = np.zeros((len(X_test), classes))
    probabilities[:, model.classes_] = model.predict_proba(X_test)
    return probabilities


def _numbers_of(model: Any, X: Any, y: Any, weight: Any, X_test: Any) -> Float64:
    if X.shape[1] == 0:
        return np.tile(np.average(y, axis=0, weights=weight), (len(X_test), 1))
    model.fit(X, y, **({} if weight is None else {"sample_weight": weight}))
    return np.asarray(model.predict(X_test), np.float64).reshape(len(X_test), -1)
