"""The area under the ROC curve by one sort."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def one_minus_auc(scores: Float64, positive: NDArray[np.bool_], weight: Float64) -> float | None:
    """The weighted share of pairs (a positive row, a negative one) of which the positive one scores lower, ties half.

    scores, positive, weight: (rows,). None where there are no such pairs; NaN where a score is NaN. O(n log n).
    """
    yes = np.where(positive, weight, 0.0)
    if not (0.0 < yes.sum() and positive.sum() < len(positive)):
        return None
    order = np.argsort(scores)
    ranked = scores[order]
    if np.isnan(ranked[-1]):  # a sort puts them last
        return float("nan")
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    yes_to = np.cumsum(yes[order])[ends]
    all_to = np.cumsum(weight[order])[ends]
    no_to = all_to - yes_to
    no_in = np.diff(no_to, prepend=0.0)
    yes_before = np.concatenate([[0.0], yes_to[:-1]])
    lower = np.einsum("i,i->", no_in, (yes_before + yes_to) / 2)
    return float(lower / (yes_to[-1] * no_to[-1]))
