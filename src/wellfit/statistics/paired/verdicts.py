"""What a difference with its interval means: a verdict by a margin fixed before, and what would tell more."""

from __future__ import annotations

import math
from typing import Literal

from wellfit.errors import InputError, quoted
from wellfit.statistics.paired.variance import Sources

Verdict = Literal["better", "worse", "practically the same", "not distinguishable"]
Advice = Literal[
    "enough",
    "more seeds would tell",
    "more partitions would tell",
    "only more data would tell",
    "more seeds may tell",
    "more folds may tell",
]

BETTER: Verdict = "better"
WORSE: Verdict = "worse"
SAME: Verdict = "practically the same"
UNKNOWN: Verdict = "not distinguishable"

MARGIN = 0.01  # of the reference's mean loss: what few would pay for
LEVEL = 0.05


def margin_of(margin: float | None, reference_loss: float) -> float:
    """The margin d: differences inside [-d, d] do not matter. It has to be fixed before the run.

    margin: in units of the loss, 0 or more; None: 1 % of the reference's mean loss, 0 of one that diverged everywhere.
    """
    if margin is None:
        return MARGIN * abs(reference_loss) if math.isfinite(reference_loss) else 0.0
    if not 0 <= margin < math.inf:
        raise InputError(f"A margin is a number of 0 or more in units of the loss; got {quoted(margin)}.")
    return float(margin)


def verdict_of(low: float, high: float, margin: float) -> Verdict:
    """What an interval of (loss of the first - loss of the second) says of the first.

    "practically the same" where it lies inside [-margin, margin], also when it excludes 0; else "better" or "worse"
    where it excludes 0; else, or where there is no interval, "not distinguishable".

    >>> verdict_of(-0.3, -0.1, 0.05), verdict_of(0.01, 0.04, 0.05), verdict_of(-0.1, 0.02, 0.05)
    ('better', 'practically the same', 'not distinguishable')
    """
    if -margin <= low and high <= margin:
        return SAME
    if high < 0:
        return BETTER
    return WORSE if low > 0 else UNKNOWN


def p_of_difference(value: float, error: float, freedom: float) -> float:
    """Two-sided p of "there is no difference"; NaN without a standard error."""
    return 2 * _tail(abs(value), error, freedom)


def p_of_sameness(value: float, error: float, freedom: float, margin: float) -> float:
    """p of "the difference is as large as the margin or larger".

    It is at most 0.05 where the 95 % interval lies inside the margin (two one-sided tests at 2.5 % each, since the
    verdict reads the 95 % interval). Source: Schuirmann, "A comparison of the two one-sided tests procedure", 1987.
    """
    return min(2 * _tail(margin - abs(value), error, freedom), 1.0)


def advice_of(value: float, verdict: Verdict, reach: float, sources: Sources, margin: float) -> Advice:
    """What would make a verdict out of "not distinguishable", if the difference stayed where it is.

    "would tell": the interval that is left with very many seeds, or with very many seeds and partitions, gives a
    verdict. "may tell": a single seed, or fold, does not show how much of the variance more of them would take away.

    reach: half the width of the interval over its standard error, t(0.975).
    """
    if verdict != UNKNOWN:
        return "enough"
    if math.isnan(sources.rows_and_folds):
        return "more folds may tell"
    if math.isnan(sources.seeds):
        return "more seeds may tell"
    if _decides(value, reach * sources.floor, margin):
        return "more seeds would tell"
    if _decides(value, reach * sources.floor_of_partitions, margin):
        return "more partitions would tell"
    return "only more data would tell"


def _decides(value: float, reach: float, margin: float) -> bool:
    return not math.isnan(reach) and verdict_of(value - reach, value + reach, margin) != UNKNOWN


def _tail(value: float, error: float, freedom: float) -> float:
    """The chance that t is larger than value/error."""
    from scipy.special import stdtr  # scipy.stats has it too, and takes two seconds to load

    if math.isnan(error) or math.isnan(value):
        return math.nan
    if error == 0:
        return 0.5 if value == 0 else float(value < 0)
    return float(stdtr(freedom, -value / error))
