"""Whether probabilities hold: how often what was given a probability came true; and which classes are confused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.statistics.intervals import effective_size, exact_share
from wellfit.statistics.metrics import checked_weight
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]
MOST_BINS = 1_000


def reliability_curve(
    probability: Float64, outcome: NDArray[Any], weight: NDArray[Any] | None = None, *, bins: int = 10
) -> ResultFrame:
    """The share of rows in which something came true, by the probability that it was given.

    Rows are sorted into bins of the same number of rows (of the same weight) by their probability; equal probabilities
    stay in one bin.

    probability: (rows,) in [0, 1]. outcome: (rows,) of 0 or 1, or of truth values.
    weight: (rows,) of 0 or more; None (default): 1 each.
    bins: how many, 1 to 1,000 (default 10).

    Returns:
        Columns predicted (the mean probability of the bin), observed (the share in which it came true), low and high
        (the exact 95 % interval of that share, by the effective number of rows), rows. From the least probability on.

    Raises:
        InputError: bins is no such number, no row has weight, or the columns differ in length.
    """
    if type(bins) is not int or not 1 <= bins <= MOST_BINS:
        raise InputError(f"Bins are a whole number from 1 to {MOST_BINS}; got {quoted(bins)}: take 10.")
    p, y = np.asarray(probability, np.float64), np.asarray(outcome, np.float64)
    w = np.ones(len(p)) if weight is None else np.asarray(weight, np.float64)
    if not len(p) == len(y) == len(w) or not w.sum() > 0:
        raise InputError(f"Reliability needs rows of positive weight; got {len(p)} probabilities, {len(y)} outcomes.")
    p, y, w = (values[w > 0] for values in (p, y, w))
    found = []
    for rows in _bins(p, w, bins):
        share = float(np.average(y[rows], weights=w[rows]))
        low, high = exact_share(share, effective_size(w[rows]))
        predicted = float(np.average(p[rows], weights=w[rows]))
        found.append({"predicted": predicted, "observed": share, "low": low, "high": high, "rows": len(rows)})
    return ResultFrame(found)


def _bins(p: Float64, w: Float64, bins: int) -> list[NDArray[np.int64]]:
    """The rows of each bin that has some."""
    order = np.argsort(p, kind="stable")
    upto = np.cumsum(w[order]) / w.sum()
    values, first = np.unique(p[order], return_index=True)
    # The bin of the middle of all rows with one probability is that of each of them.
    last = np.append(first[1:], len(p)) - 1
    middle = (upto[last] + np.concatenate([[0.0], upto[last[:-1]]])) / 2
    numbers = np.minimum((middle * bins).astype(np.int64), bins - 1)
    of_row = numbers[np.searchsorted(values, p)]
    return [np.flatnonzero(of_row == number) for number in np.unique(numbers)]


def reliability(
    target: Target, probabilities: Float64, weight: NDArray[Any] | None = None, *, bins: int = 10
) -> ResultFrame:
    """The reliability of a classifier's probabilities.

    target: of classes or yes/no labels. probabilities: (rows, classes or labels).
    weight: (rows,) of 0 or more; None (default): 1 each.

    Returns:
        As `reliability_curve`, with a column "of": of two classes the probability of the second one, of more that of
        the class that is predicted, of labels each by itself.

    Raises:
        InputError: the target has no probabilities.
    """
    w = checked_weight(weight, target)
    truth = target.values.astype(np.float64)
    if target.kind == "labels":
        curves = {str(name): (probabilities[:, k], truth[:, k]) for k, name in enumerate(target.labels)}
    elif target.kind == "binary":
        curves = {str(target.labels[1]): (probabilities[:, 1], truth[:, 0])}
    elif target.kind == "classes":
        chosen = probabilities.argmax(axis=1)
        curves = {"the predicted class": (probabilities.max(axis=1), chosen == truth[:, 0])}
    else:
        raise InputError(f"Reliability is that of probabilities, and the target is of kind {quoted(target.kind)}.")
    parts = [{"of": name, **row} for name, (p, y) in curves.items() for row in _rows(p, y, w, bins)]
    return ResultFrame(parts)


def _rows(p: Float64, y: NDArray[Any], w: Float64, bins: int) -> list[dict[str, Any]]:
    return reliability_curve(p, y, w, bins=bins).to_dicts()


def confusion(target: Target, chosen: NDArray[np.int64], weight: NDArray[Any] | None = None) -> ResultFrame:
    """How often rows of each class are predicted as each class.

    target: of classes. chosen: (rows,) numbers of the predicted classes.
    weight: (rows,) of 0 or more; None (default): 1 each.

    Returns:
        A row for each pair: true, predicted, rows (their weight), share (of the true class; null where it has none).
    """
    w = checked_weight(weight, target)
    names: Sequence[Any] = [str(label) for label in target.labels]
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, (target.values[:, 0].astype(np.int64), np.asarray(chosen, np.int64)), w)
    whole = counts.sum(axis=1)
    return ResultFrame(
        [
            {
                "true": true, "predicted": predicted, "rows": float(counts[i, j]),
                "share": float(counts[i, j] / whole[i]) if whole[i] > 0 else None,
            }
            for i, true in enumerate(names) for j, predicted in enumerate(names)
        ],
        infer_schema_length=None,
    )  # fmt: skip
