"""The area under the ROC curve by one sort."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Places = NDArray[np.int64]


def one_minus_aucs(scores: Float64, classes: Places, rows: Places, weight: Float64 | None) -> Float64:
    """Of each class, the weighted share of pairs (a row of it, another one) of which the first scores lower, ties half.

    scores: (classes, rows). classes, rows: of each row that belongs to a class, the class, rising, and the row's
    number. weight: (rows,), None: all alike. Classes without such pairs are left out; NaN where a score is NaN. One
    sort a class, O(n log n).

    What scores below a row and half of what ties with it is weighed among all rows, its own class included; what that
    adds is P / 2 a row on average, P the weight of the class, in whatever order its rows are.
    """
    counts = np.bincount(classes, minlength=len(scores))
    known = (0 < counts) & (counts < scores.shape[1])
    if not known.all():
        kept = known[classes]
        scores, classes, rows = scores[known], (np.cumsum(known) - 1)[classes[kept]], rows[kept]
    if not len(scores):
        return np.zeros(0)
    own, ends = scores[classes, rows], np.cumsum([0, *counts[known]]).tolist()
    if weight is None:
        ranked = np.sort(scores, axis=1)
        for begin, end in pairwise(ends):
            own[begin:end].sort()  # in order they are found faster
        shares, whole = np.ones(len(own)), float(scores.shape[1])
        first, last = _places(ranked, own, classes, ends)
        below = (first + last).astype(np.float64)
    else:
        order = np.argsort(scores, axis=1)
        ranked = np.take_along_axis(scores, order, axis=1)
        shares, whole = weight[rows], float(weight.sum())
        up_to = np.zeros((len(scores), scores.shape[1] + 1))
        np.cumsum(weight[order], axis=1, out=up_to[:, 1:])
        first, last = _places(ranked, own, classes, ends)
        below = up_to[classes, first] + up_to[classes, last]
    yes, twice = np.bincount(classes, shares), np.bincount(classes, shares * below)
    no = whole - yes
    lower = (yes * (2 * no + yes) - twice) / (2 * yes * no)
    return np.where(np.isnan(ranked[:, -1]), np.nan, np.clip(lower, 0.0, 1.0))  # a sort puts NaN last


def _places(ranked: Float64, own: Float64, classes: Places, ends: list[int]) -> tuple[Places, Places]:
    """How many rows of its class lie below each score, and how many below or equal.

    ranked: (classes, rows), each class's scores rising. own: scores; classes: of each its class; ends: where they end.
    """
    first = _found(ranked, own, ends, "left")
    after = np.minimum(first + 1, ranked.shape[1] - 1)
    tied = bool((ranked[classes, after] == own)[after == first + 1].any())
    return first, _found(ranked, own, ends, "right") if tied else first + 1


def _found(ranked: Float64, own: Float64, ends: list[int], side: Literal["left", "right"]) -> Places:
    parts = zip(ranked, pairwise(ends), strict=True)
    return np.concatenate([line.searchsorted(own[begin:end], side) for line, (begin, end) in parts])
