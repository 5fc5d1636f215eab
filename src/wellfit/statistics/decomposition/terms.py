"""The exact decompositions of one row's loss over many networks: squared error, 0-1 loss and cross-entropy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
LEAST = 1e-15  # probabilities below it count as it: one network that gives 0 would make everything infinite


class Terms(NamedTuple):
    """The parts of each row's mean loss over the networks; bias and variance add up to the error within rounding.

    error, bias, variance: (rows,) each. Of the 0-1 loss the variance of rows that are wrong on the whole is below 0:
    there it brings networks that are right.
    """

    error: Float64
    bias: Float64
    variance: Float64


def squared_terms(predicted: Any, truth: Any) -> Terms:
    """Squared error: mean (h - y)^2 = (mean h - y)^2 + mean (h - mean h)^2, means over all M networks, with 1/M.

    Several columns are added up: of probabilities and the 0 or 1 of each class that is the Brier score. Where inputs
    are not repeated, bias holds the noise of y.

    predicted: (networks, ..., rows, columns) numbers or probabilities; all axes before the rows are networks.
    truth: (rows, columns).

    >>> terms = squared_terms([[[1.0]], [[3.0]]], [[0.0]])
    >>> [part.tolist() for part in terms]
    [[5.0], [4.0], [1.0]]
    """
    h, y = _flat(predicted), np.asarray(truth, np.float64)
    centre = h.mean(axis=0)
    bias, variance = (centre - y) ** 2, ((h - centre) ** 2).mean(axis=0)
    return Terms(((h - y) ** 2).mean(axis=0).sum(axis=-1), bias.sum(axis=-1), variance.sum(axis=-1))


def against_truth(predicted: Any, truth: Any, function: Any) -> tuple[Float64, Float64, Float64]:
    """The bias of `squared_terms` taken apart where the true function f is known: noise, bias against f, and the rest.

    (mean h - y)^2 = (y - f)^2 + (mean h - f)^2 - 2 (y - f)(mean h - f). The last has mean 0 over new rows, for their
    noise knows nothing of the networks.

    predicted, truth: as in `squared_terms`. function: (rows, columns), what y is in the mean for each row's input.

    Returns:
        Noise, bias against the function and the rest, (rows,) each; they add up to the bias.
    """
    centre = _flat(predicted).mean(axis=0)
    y, f = np.asarray(truth, np.float64), np.asarray(function, np.float64)
    noise, bias, rest = (y - f) ** 2, (centre - f) ** 2, -2 * (y - f) * (centre - f)
    return noise.sum(axis=-1), bias.sum(axis=-1), rest.sum(axis=-1)


def cross_entropy_terms(probabilities: Any, classes: Any) -> Terms:
    """Cross-entropy: mean -ln p(y) = -ln q(y) + mean KL(q || p), q the normalised geometric mean of the networks' p.

    probabilities: (networks, ..., rows, classes); those below 1e-15 count as it. classes: (rows,) numbers from 0 on.

    Source: Heskes, "Bias/variance decompositions for likelihood-based estimators", 1998.

    >>> terms = cross_entropy_terms([[[0.5, 0.5]], [[0.5, 0.5]]], [0])
    >>> [round(float(part[0]), 3) for part in terms]
    [0.693, 0.693, 0.0]
    """
    logs = np.log(np.maximum(_flat(probabilities), LEAST))
    mean = logs.mean(axis=0)
    # ln of the sum over classes of the geometric means, the largest one taken out
    top = mean.max(axis=-1)
    total = top + np.log(np.exp(mean - top[:, None]).sum(axis=-1))
    own = np.take_along_axis(mean, _column(classes), axis=-1)[:, 0]
    return Terms(-own, total - own, -total)


def zero_one_terms(probabilities: Any, classes: Any) -> Terms:
    """0-1 loss, by Domingos: the bias is 1 where the main prediction is wrong, and the variance is net.

    The main prediction is the class that most networks predict (the first of equal ones), and a row's variance the
    share of networks that predict another one. On rows whose main prediction is right it adds to the error; where it is
    wrong, the share of networks that are right is taken off. So error = bias + net variance, exactly.

    probabilities: (networks, ..., rows, classes); a network predicts the most probable class, the first of equal ones.
    classes: (rows,) numbers from 0 on.

    Source: Domingos, "A unified bias-variance decomposition", 2000.
    """
    votes, own = _flat(probabilities).argmax(axis=-1), np.asarray(classes, np.int64)
    wrong = (votes != own).mean(axis=0)
    biased = main_classes(votes) != own
    return Terms(wrong, biased.astype(np.float64), np.where(biased, wrong - 1.0, wrong))


def main_classes(votes: Any) -> NDArray[np.int64]:
    """The class that most networks predict, the first of equal ones. votes: (networks, rows) numbers of classes."""
    given = np.asarray(votes, np.int64)
    counts = np.zeros((int(given.max(initial=0)) + 1, given.shape[1]), np.int64)
    for one in given:
        counts[one, np.arange(given.shape[1])] += 1
    return np.asarray(counts.argmax(axis=0), np.int64)


def _flat(predicted: Any) -> Float64:
    """Predictions (networks, rows, columns)."""
    given = np.asarray(predicted, np.float64)
    return given.reshape(-1, *given.shape[-2:])


def _column(classes: Any) -> NDArray[np.int64]:
    return np.asarray(classes, np.int64)[:, None]
