"""Networks that diverged in a comparison: their infinite losses are counted, shown, and judged by an exact test."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.paired.verdicts import BETTER, LEVEL, UNKNOWN, WORSE, Verdict

Float64 = NDArray[np.float64]


class Diverged(NamedTuple):
    """How many networks of each side diverged, and how many pairs there are."""

    first: int = 0
    second: int = 0
    pairs: int = 0

    def __bool__(self) -> bool:
        return self.first + self.second > 0


def split_losses(first: Float64, second: Float64) -> tuple[Float64, Diverged]:
    """The differences of the pairs that are finite on both sides, NaN elsewhere, and how many networks diverged."""
    finite = np.isfinite(first) & np.isfinite(second)
    difference = np.full(first.shape, np.nan)
    difference[finite] = first[finite] - second[finite]
    pairs = int((~np.isnan(first) & ~np.isnan(second)).sum())
    return difference, Diverged(int(np.isinf(first).sum()), int(np.isinf(second).sum()), pairs)


def mean_of_diverged(diverged: Diverged) -> float:
    """The difference of mean losses of which one or both are infinite."""
    if diverged.first and diverged.second:
        return math.nan
    return math.inf if diverged.first else -math.inf


def p_of_diverged(first: Float64, second: Float64) -> float:
    """Two-sided p of the exact sign test over the pairs of which exactly one diverged; 1 where there are none.

    So 6 such pairs at least, all on one side, are needed for 5 %. Source: McNemar, "Note on the sampling error of the
    difference between correlated proportions or percentages", 1947.
    """
    from scipy.special import bdtr

    ours = int((np.isinf(first) & np.isfinite(second)).sum())
    theirs = int((np.isinf(second) & np.isfinite(first)).sum())
    return min(1.0, 2 * float(bdtr(min(ours, theirs), ours + theirs, 0.5))) if ours + theirs else 1.0


def verdict_of_diverged(first: Float64, second: Float64) -> Verdict:
    """ "worse" or "better" where the first diverges more or less often than chance lets two equal recipes."""
    if p_of_diverged(first, second) > LEVEL:
        return UNKNOWN
    return WORSE if np.isinf(first).sum() > np.isinf(second).sum() else BETTER


def remark_on_diverged(diverged: Diverged, among: str) -> str:
    """How many diverged, and what the other pairs say."""
    sides = [
        f"{count} of {diverged.pairs} networks of the {side} diverged"
        for count, side in ((diverged.first, "recipe"), (diverged.second, "reference"))
        if count
    ]
    rest = f"over the other pairs the difference is {among}" if among else "no pair is left"
    return f"{' and '.join(sides)}, an infinite loss; {rest}"
