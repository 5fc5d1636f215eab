"""The loss and the error of each row, of which means, intervals and differences are made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]
LEAST_PROBABILITY = 1e-15  # a probability of 0 counts as this, so that one row costs 34.5 nats and not infinity


def row_losses(target: Target, predicted: Float64) -> tuple[Float64, Float64]:
    """Loss and error of each row.

    target: of these rows.
    predicted: probabilities (rows, classes or labels), or numbers (rows, outputs).

    Returns:
        Both (rows,). Of classes: -log P of the true class, and 1 where another is the most probable. Of labels: the
        same of each label, averaged. Of numbers: the squared error twice, averaged over outputs. Of counts the loss is
        the Poisson loss.
    """
    truth = target.values.astype(np.float64)
    if target.kind in ("binary", "classes"):
        classes = truth[:, 0].astype(np.int64)
        own = predicted[np.arange(len(classes)), classes]
        return -np.log(np.clip(own, LEAST_PROBABILITY, 1.0)), (predicted.argmax(axis=1) != classes).astype(np.float64)
    if target.kind == "labels":
        own = np.where(truth > 0.5, predicted, 1 - predicted)
        wrong = ((predicted > 0.5) != (truth > 0.5)).mean(axis=1)
        return -np.log(np.clip(own, LEAST_PROBABILITY, 1.0)).mean(axis=1), wrong
    square = ((predicted - truth) ** 2).mean(axis=1)
    if target.kind == "counts":
        rate = np.maximum(predicted, LEAST_PROBABILITY)
        return (rate - truth * np.log(rate)).mean(axis=1), square
    return square, square
