"""Rows whose label is probably wrong, from predictions by models that did not learn from them.

Source of `suspect_labels`: Northcutt, Jiang & Chuang, "Confident learning: estimating uncertainty in dataset labels",
2021 (the calibrated confident joint, pruned by noise rate).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

SURE_SHARE = 0.3  # of the rows: those of which the model is surest
LEVEL = 0.95
FAR = 6.0  # robust standard deviations: of normal errors one row in half a billion lies beyond
BINS = 10
LEAST_IN_BIN = 20


@dataclass(frozen=True)
class SureRows:
    """How often the label is another one where the model is surest.

    rows: how many rows these are. wrong: how many of them have another label than the predicted one.
    share: wrong / rows, with low, the lower end of its one-sided 95 % interval (Clopper & Pearson).
    overall: the share of all rows whose label is another one than the predicted.
    """

    rows: int
    wrong: int
    share: float
    low: float
    overall: float


def suspect_labels(probabilities: Float64, classes: Int64) -> Int64:
    """Rows whose label is probably another class's, the likeliest first (confident learning).

    A row is counted for a class where its probability is at least the mean probability that rows of that label have; so
    many rows as this says are mislabelled between each two classes are taken, those that the predicted class is most
    ahead in.

    probabilities: (rows, classes), each row by a model that did not learn from it. classes: (rows,) from 0 on.

    Returns:
        Row numbers.
    """
    kinds = probabilities.shape[1]
    joint = _confident_joint(probabilities, classes)
    chosen: list[Int64] = []
    for given in range(kinds):
        own = np.flatnonzero(classes == given)
        for true in range(kinds):
            number = int(np.rint(joint[given, true]))
            if given == true or number == 0:
                continue
            ahead = probabilities[own, true] - probabilities[own, given]
            first = own[np.argsort(-ahead, kind="stable")[:number]]
            # A row that the model gives to its label is never a suspect, whatever the counts say.
            chosen.append(first[probabilities[first, true] > probabilities[first, given]])
    found = np.unique(np.concatenate(chosen)) if chosen else np.zeros(0, np.int64)
    own_probability = probabilities[found, classes[found]]
    margin = own_probability - probabilities[found].max(axis=1)
    return np.asarray(found[np.argsort(margin, kind="stable")], np.int64)


def _confident_joint(probabilities: Float64, classes: Int64) -> Float64:
    """Rows by label and confident class, calibrated so that each label has its rows (classes, classes)."""
    kinds = probabilities.shape[1]
    size = np.bincount(classes, minlength=kinds)
    threshold = np.array(
        [probabilities[classes == k, k].mean() if size[k] else np.inf for k in range(kinds)], np.float64
    )
    above = probabilities >= threshold - 1e-9
    likeliest = np.where(above, probabilities, -1.0).argmax(axis=1)
    counted = np.zeros((kinds, kinds), np.int64)
    some = above.any(axis=1)
    np.add.at(counted, (classes[some], likeliest[some]), 1)
    total = np.maximum(counted.sum(axis=1), 1)
    return np.asarray(counted / total[:, None] * size[:, None], np.float64)


def sure_rows(probabilities: Float64, classes: Int64, share: float = SURE_SHARE) -> SureRows:
    """How often the label is another one among the rows of which the model is surest.

    Where classes overlap, a model is unsure, and the rows of which it is surest are nearly all right. Labels that are
    wrong at random are wrong there as often as anywhere. So this share tells wrong labels from classes that overlap.

    probabilities: (rows, classes), each row by a model that did not learn from it. classes: (rows,).
    share: of the rows that are looked at (default 0.3).
    """
    from scipy.special import betaincinv

    predicted = probabilities.argmax(axis=1)
    count = max(int(len(classes) * share), 1)
    # Of every predicted class its share, or the largest class alone would be looked at.
    order = np.argsort(_place_in_class(probabilities.max(axis=1), predicted), kind="stable")[:count]
    wrong = int((predicted[order] != classes[order]).sum())
    low = float(betaincinv(wrong, count - wrong + 1, 1 - LEVEL)) if wrong else 0.0
    return SureRows(count, wrong, wrong / count, low, float((predicted != classes).mean()))


def ranked_apart(probabilities: Float64, classes: Int64) -> float:
    """How surely the probabilities rank the rows of a class above all other rows, in standard errors.

    The area under the ROC curve of each class against the rest, less 1/2, averaged by the classes' rows, over the mean
    of the standard errors that these areas have where nothing is known (Mann & Whitney, 1947). As errors are averaged
    as if all classes had the same one, many classes make it too small rather than too large.

    probabilities: (rows, classes), each row by a model that did not learn from it. classes: (rows,) from 0 on.

    Returns:
        About normal with mean 0 and deviation 1 at most where nothing is known; 0 where there is one class.
    """
    from scipy.stats import rankdata

    ahead = error = 0.0
    for one in np.unique(classes):
        own = classes == one
        size, rest = int(own.sum()), int((~own).sum())
        if rest == 0:
            return 0.0
        area = (rankdata(probabilities[:, one])[own].sum() - size * (size + 1) / 2) / (size * rest)
        ahead += size * (area - 0.5)
        error += size * float(np.sqrt((size + rest + 1) / (12 * size * rest)))
    return float(ahead / error)


def sure_halves(predicted: Float64, target: Float64, share: float = SURE_SHARE) -> SureRows:
    """The same of numbers: how often the target is on the other side of the median where the prediction is farthest.

    Where the columns tell little, predictions lie near the middle, and those that lie far out are nearly all on the
    right side. Numbers that belong to another row are on the wrong side half the time, wherever the prediction is.

    predicted: (rows,), each by a model that did not learn from the row. target: (rows,).
    share: of the rows that are looked at (default 0.3).
    """
    rank = np.argsort(np.argsort(predicted, kind="stable")) / max(len(predicted) - 1, 1)
    high = (target > np.median(target)).astype(np.int64)
    return sure_rows(np.stack([1 - rank, rank], axis=1), high, share)


def _place_in_class(sureness: Float64, predicted: Int64) -> Float64:
    """The share of the rows of its predicted class of which the model is surer (rows,)."""
    place = np.zeros(len(predicted))
    for one in np.unique(predicted):
        own = np.flatnonzero(predicted == one)
        place[own[np.argsort(-sureness[own], kind="stable")]] = np.arange(len(own)) / len(own)
    return place


@dataclass(frozen=True)
class SuspectNumbers:
    """Rows whose number is far from what is predicted for rows like it.

    rows: their numbers, the farthest first. scores: (rows,) of all rows: |residual| in robust standard deviations of
    the residuals of rows with alike predictions. sure: the share of suspects among all rows.
    """

    rows: Int64
    scores: Float64
    sure: float


def suspect_numbers(predicted: Float64, target: Float64, far: float = FAR) -> SuspectNumbers:
    """Rows whose number lies far beyond the spread of the residuals of rows with alike predictions.

    predicted: (rows,), each by a model that did not learn from the row. target: (rows,).
    far: robust standard deviations (1.4826 times the median absolute deviation) from which on (default 6).
    """
    residual = target - predicted
    scale = _local_scale(predicted, residual)
    scores = np.divide(np.abs(residual - np.median(residual)), scale, out=np.zeros(len(scale)), where=scale > 0)
    rows = np.flatnonzero(scores > far)
    return SuspectNumbers(rows[np.argsort(-scores[rows], kind="stable")], scores, len(rows) / max(len(scores), 1))


def _local_scale(predicted: Float64, residual: Float64) -> Float64:
    """Robust standard deviation of the residuals of each row's tenth by prediction, at least half that of all."""
    whole = 1.4826 * float(np.median(np.abs(residual - np.median(residual))))
    bins = max(min(BINS, len(residual) // LEAST_IN_BIN), 1)
    order = np.argsort(predicted, kind="stable")
    scale = np.empty(len(residual))
    for own in np.array_split(order, bins):
        scale[own] = 1.4826 * float(np.median(np.abs(residual[own] - np.median(residual[own]))))
    return np.asarray(np.maximum(scale, whole / 2))
