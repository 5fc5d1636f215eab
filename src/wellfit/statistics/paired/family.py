"""Several recipes against one reference: each difference, and what is left of it after as many comparisons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.statistics.paired.difference import PairedDifference, paired_difference
from wellfit.statistics.paired.verdicts import BETTER, LEVEL, SAME, UNKNOWN, WORSE, Verdict

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One of a family of comparisons.

    name: of the recipe; it was compared with the reference.
    alone: the difference as if it were the only one, with its own 95 % interval.
    p: of `alone`, multiplied as Holm says. p_same: the same of "practically the same".
    verdict: what is left after all comparisons of the family: at most 5 % of families hold a false "better" or "worse",
        and at most 5 % a false "practically the same".
    remark: that of `alone`, and why the verdict is not what the interval alone would say.
    """

    name: str
    alone: PairedDifference
    p: float
    p_same: float
    verdict: Verdict
    remark: str

    __repr__ = short_repr

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it: null for what is not known."""
        corrected = {"p_holm": self.p, "p_same_holm": self.p_same}
        return {
            "name": self.name,
            **self.alone.to_plain(),
            **{name: number if math.isfinite(number) else None for name, number in corrected.items()},
            "verdict": self.verdict,
            "remark": self.remark,
        }


def compare_family(
    losses: Mapping[str, Any],
    reference: str,
    test_rows: float | Sequence[Any] | NDArray[Any],
    training_rows: float | Sequence[Any] | NDArray[Any],
    *,
    margin: float | None = None,
    shares: bool = False,
    groups: float | None = None,
    same_seeds: bool = True,
) -> list[Comparison]:
    """Each recipe less the reference, with verdicts that hold for the whole family (`holm`).

    losses: by name of the recipe, (partitions, folds, seeds) each; the reference is one of them.
    reference: its name.
    test_rows, training_rows, margin, shares, groups, same_seeds: as `paired_difference`.

    Returns:
        One a recipe, in the given order, without the reference.

    Raises:
        InputError: as `paired_difference`; no recipe has the reference's name.
    """
    if reference not in losses:
        raise InputError(f"The reference is one of the recipes that are compared; got {quoted(reference)}.")
    found = {
        name: paired_difference(
            own, losses[reference], test_rows, training_rows,
            margin=margin, shares=shares, groups=groups, same_seeds=same_seeds,
        )
        for name, own in losses.items()
        if name != reference
    }  # fmt: skip
    return corrected(found)


def corrected(differences: Mapping[str, PairedDifference]) -> list[Comparison]:
    """Differences from one reference as a family: their p by Holm, and the verdicts that are left.

    A difference of which there is no p, for want of an interval, counts as a comparison all the same.
    """
    of_difference = holm([one.p for one in differences.values()])
    of_sameness = holm([one.p_same for one in differences.values()])
    return [
        _compared(name, one, float(p), float(same))
        for (name, one), p, same in zip(differences.items(), of_difference, of_sameness, strict=True)
    ]


def holm(p: Sequence[float] | Float64) -> Float64:
    """p of several hypotheses, so corrected that one below 0.05 is falsely found in at most 5 % of families.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none falls below the one before. NaN counts as
    1 and stays NaN.

    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, np.float64)
    filled = np.where(np.isnan(given), 1.0, given)
    order = np.argsort(filled, kind="stable")
    raised = np.maximum.accumulate(filled[order] * np.arange(len(filled), 0, -1))
    result = np.empty_like(filled)
    result[order] = np.minimum(raised, 1.0)
    return np.where(np.isnan(given), np.nan, result)


def _compared(name: str, alone: PairedDifference, p: float, p_same: float) -> Comparison:
    verdict = alone.verdict
    if alone.verdict in (BETTER, WORSE) and not p <= LEVEL:
        verdict = UNKNOWN
    if alone.verdict == SAME and not p_same <= LEVEL:
        low, high = alone.value.low, alone.value.high
        excludes = (low > 0 or high < 0) and p <= LEVEL
        verdict = (BETTER if high < 0 else WORSE) if excludes else UNKNOWN
    remark = alone.remark
    if verdict != alone.verdict:
        said = f"alone its interval would say {alone.verdict!r}, which the number of comparisons does not allow"
        remark = f"{said}; {remark}" if remark else said
    return Comparison(name, alone, p, p_same, verdict, remark)


def family_advice(comparison: Comparison) -> str:
    """What would tell more of one of a family: as alone, unless the number of comparisons took its verdict away."""
    if comparison.verdict == comparison.alone.verdict:
        return comparison.alone.advice
    return "fewer comparisons, or more seeds or data, would tell" if comparison.verdict == UNKNOWN else "enough"
