"""How far stated probabilities can be believed: reliability in bins, calibration errors, over-confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Reliability:
    """Rows in bins of rising confidence, of about equal weight each.

    share: (bins,) of the weight. confidence, right: (bins,) mean stated probability and share of right decisions.
    rows: (bins,) effective number of rows. variance: (bins,) of the mean of (confidence - right), without bias.
    """

    share: Float64
    confidence: Float64
    right: Float64
    rows: Float64
    variance: Float64

    __repr__ = short_repr

    @property
    def over_confidence(self) -> float:
        """Mean stated probability less the share of right decisions; below 0: under-confident."""
        return float(self.share @ (self.confidence - self.right))

    @property
    def expected_error(self) -> float:
        """The expected calibration error: the mean distance of stated and true share. Chance makes it too large."""
        return float(self.share @ np.abs(self.confidence - self.right))

    @property
    def by_chance(self) -> float:
        """What the expected calibration error would be of probabilities that are true, by chance alone.

        The mean of |N(0, p (1 - p) / n)| is sqrt(2 p (1 - p) / (pi n)).
        """
        p = np.clip(self.confidence, 0, 1)
        return float(self.share @ np.sqrt(2 * p * (1 - p) / (math.pi * self.rows)))

    @property
    def squared_error(self) -> float:
        """The mean squared distance of stated and true share with its bias taken out; it may be below 0.

        In each bin (mean distance)^2 is too large by the variance of the mean, which is subtracted.

        Source: Kumar, Liang & Ma, "Verified uncertainty calibration", 2019.
        """
        return float(self.share @ ((self.confidence - self.right) ** 2 - self.variance))


def confidences(predicted: Float64, target: Target) -> tuple[Float64, Float64]:
    """The probability of the decision of each row, and 1 where it is right.

    predicted: (rows, classes) probabilities. target: classes of the rows.
    """
    decided = predicted.argmax(axis=1)
    right = (decided == target.values[:, 0].astype(np.int64)).astype(np.float64)
    return predicted[np.arange(len(decided)), decided], right


def reliability(confidence: Float64, right: Float64, weight: NDArray[Any], bins: int) -> Reliability:
    """Rows dealt into bins by their confidence.

    confidence: (rows,). right: (rows,) of 0 and 1. weight: (rows,) of 0 or more; rows of 0 are left out.
    bins: 1 or more; of few rows there are fewer, so that each has 2 at least.
    """
    kept = np.flatnonzero(np.asarray(weight) > 0)
    order = kept[np.argsort(confidence[kept], kind="stable")]
    w = np.asarray(weight, np.float64)[order]
    count = max(min(bins, len(order) // 2), 1)
    place = np.minimum((np.cumsum(w) - w / 2) / w.sum() * count, count - 1).astype(np.int64)
    total, squares = np.bincount(place, w, count), np.bincount(place, w**2, count)
    filled = total > 0
    safe = np.where(filled, total, 1.0)
    mean = np.bincount(place, w * confidence[order], count) / safe
    share = np.bincount(place, w * right[order], count) / safe
    rows = total**2 / np.where(filled, squares, 1.0)
    apart = confidence[order] - right[order] - (mean - share)[place]
    spread = np.bincount(place, w**2 * apart**2, count) / safe**2
    variance = spread * rows / np.maximum(rows - 1, 1)
    return Reliability(*(one[filled] for one in (total / w.sum(), mean, share, rows, variance)))
