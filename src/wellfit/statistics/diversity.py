"""How far the members of an ensemble disagree, and what their average gains by it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]


class Ambiguity(NamedTuple):
    """Mean squared errors: of the members, of their average, and how far members lie from their average.

    ensemble = members - ambiguity, exactly. limit: the error to expect of the average of infinitely many such members,
    members - ambiguity m / (m - 1); NaN of one.
    """

    members: float
    ensemble: float
    ambiguity: float
    limit: float


def ambiguity(predicted: Float64, target: Target, weight: NDArray[Any]) -> Ambiguity:
    """The ambiguity decomposition of the squared error, of probabilities (the Brier score) or numbers.

    predicted: (members, rows, columns). target: of the rows. weight: (rows,) of 0 or more.

    Source: Krogh & Vedelsby, "Neural network ensembles, cross validation, and active learning", 1995.
    """
    truth = truth_of(target, predicted.shape[2])
    share = np.asarray(weight, np.float64) / np.sum(weight)
    mean = predicted.mean(axis=0)
    members = float(np.mean(((predicted - truth) ** 2).sum(axis=2) @ share))
    ensemble = float(((mean - truth) ** 2).sum(axis=1) @ share)
    apart = float(np.mean(((predicted - mean) ** 2).sum(axis=2) @ share))
    count = len(predicted)
    return Ambiguity(members, ensemble, apart, members - apart * count / (count - 1) if count > 1 else float("nan"))


def truth_of(target: Target, columns: int) -> Float64:
    """What a perfect prediction were (rows, columns): 0 and 1 for classes, else the values themselves."""
    if target.kind in ("binary", "classes"):
        return np.asarray(np.eye(columns)[target.values[:, 0].astype(np.int64)])
    return target.values.astype(np.float64)


def disagreement(predicted: Float64, target: Target, weight: NDArray[Any]) -> float:
    """The share of rows, or of labels, that two members decide differently, over all pairs; NaN for numbers.

    predicted: (members, rows, columns) probabilities. target: for its kind. weight: (rows,) of 0 or more.
    """
    if target.kind not in ("binary", "classes", "labels") or len(predicted) < 2:
        return float("nan")
    decided = predicted > 0.5 if target.kind == "labels" else predicted.argmax(axis=2)[..., None]
    share = np.asarray(weight, np.float64) / np.sum(weight)
    pairs = [float((decided[i] != decided[j]).mean(axis=1) @ share) for i in range(len(decided)) for j in range(i)]
    return float(np.mean(pairs))
