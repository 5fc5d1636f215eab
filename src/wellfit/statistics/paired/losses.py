"""Losses and sizes of folds as arrays of one shape, or a sentence that says what is wrong with them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted

Float64 = NDArray[np.float64]
AXES = "(partitions, folds, seeds)"


def as_losses(first: Any, second: Any, axes: str = AXES) -> tuple[Float64, Float64]:
    """Two arrays of losses of one shape; NaN is a network that was not trained, infinity one that diverged."""
    ours, theirs = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if ours.ndim != axes.count(",") + 1 or not ours.size:
        raise InputError(f"Losses are an array {axes} with at least one of each; got the shape {ours.shape}.")
    if ours.shape != theirs.shape:
        raise InputError(
            f"Paired losses come from the same {axes[1:-1]}, one value each; got the shapes {ours.shape} and "
            f"{theirs.shape}: leave out what only one of the two has."
        )
    if np.isneginf(ours).any() or np.isneginf(theirs).any():
        raise InputError("A loss is finite, or infinite above where a network diverged; got minus infinity.")
    return ours, theirs


def as_rows(rows: Any, losses: Float64) -> Float64:
    """Numbers of rows (partitions, folds), above 0."""
    found = np.asarray(rows, np.float64)
    if found.ndim and found.shape != losses.shape[:2]:
        raise InputError(
            f"Numbers of rows are one for all folds or (partitions, folds) = {losses.shape[:2]}; got {found.shape}."
        )
    if not (np.isfinite(found) & (found > 0)).all():
        raise InputError(f"A fold tests and trains on at least one row; got {quoted(float(np.min(found)))}.")
    return np.array(np.broadcast_to(found, losses.shape[:2]))


def mean_loss(losses: Float64, test_rows: Float64) -> float:
    """The mean over folds, by their test rows, of the networks that did not diverge; NaN of none.

    losses: (partitions, folds, seeds). test_rows: (partitions, folds).
    """
    known = np.isfinite(losses)
    weight = test_rows[..., None] * known / np.maximum(known.sum(axis=2, keepdims=True), 1)
    if not weight.any():
        return math.nan
    return float((weight * np.where(known, losses, 0.0)).sum() / weight.sum())
