"""Exact intervals of shares, and how intervals of independent parts make that of their sum."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from wellfit.statistics.intervals.ranges import LEVEL


def exact_share(share: float, size: float) -> tuple[float, float]:
    """The interval of Clopper & Pearson for a share found among so many independent rows.

    It holds the true share with a chance of at least 95 %, however few rows there are, and never has the width 0: no
    error in n rows leaves up to 1 - 0.025^(1/n), 11.6 % for n = 30. The size need not be whole: with weights or groups
    it is an effective one, as Korn & Graubard take it for surveys.

    share: in [0, 1]. size: above 0.

    Source: Clopper & Pearson, "The use of confidence or fiducial limits", 1934; Korn & Graubard, "Confidence intervals
    for proportions with small expected number of positive counts estimated from survey data", 1998.

    >>> [round(end, 4) for end in exact_share(0.0, 30)]
    [0.0, 0.1157]
    """
    from scipy.special import betaincinv

    found = min(max(share, 0.0), 1.0) * size
    left, tail = size - found, (1 - LEVEL) / 2
    low = 0.0 if found <= 1e-12 * size else float(betaincinv(found, left + 1, tail))
    high = 1.0 if left <= 1e-12 * size else float(betaincinv(found + 1, left, 1 - tail))
    return min(low, share), max(high, share)


def square_and_add(parts: Sequence[tuple[float, float, float]], mean: bool = True) -> tuple[float, float]:
    """The interval of a mean, or sum, of independent parts from their own intervals.

    With parts (value, low, high): value - sqrt(sum (value - low)^2) to value + sqrt(sum (high - value)^2), and both
    reaches divided by the number of parts for a mean.

    Source: Zou & Donner, "Construction of confidence limits about effect measures", 2008.
    """
    values, lows, highs = np.array(parts, np.float64).T
    many = len(parts) if mean else 1
    total = float(values.sum()) / many
    below, above = (math.sqrt(float(np.sum((values - ends) ** 2))) / many for ends in (lows, highs))
    return total - below, total + above
