"""By how much one recipe's loss differs from another's, over the same folds and seeds, and what that says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.intervals.ranges import quantile_of_t
from wellfit.statistics.paired.diverged import (
    Diverged,
    mean_of_diverged,
    p_of_diverged,
    remark_on_diverged,
    split_losses,
    verdict_of_diverged,
)
from wellfit.statistics.paired.losses import as_losses, as_rows, mean_loss
from wellfit.statistics.paired.remarks import CONSTANT, IDENTICAL, ONE_OF_ALL, Layout, remark_on
from wellfit.statistics.paired.variance import Sources, Spread, spread_of
from wellfit.statistics.paired.verdicts import (
    UNKNOWN,
    Advice,
    Verdict,
    advice_of,
    margin_of,
    p_of_difference,
    p_of_sameness,
    verdict_of,
)
from wellfit.statistics.paired.wording import rounded

Float64 = NDArray[np.float64]
ROUNDING = 1e-12  # a standard error below this part of the losses is rounding


@dataclass(frozen=True)
class PairedDifference:
    """The loss of the first recipe less that of the second, the reference: below 0 the first is better.

    value: with its 95 % interval. Infinite where networks of one side diverged, NaN where some of both did.
    standard_error: of the value; NaN where nothing shows it. freedom: its degrees of freedom.
    margin: differences inside [-margin, margin] do not matter.
    verdict: of the first: "better", "worse", "practically the same" or "not distinguishable".
    p: two-sided, of "there is no difference". p_same: of "it is as large as the margin, or larger".
    sources: the variance of the value by where it comes from.
    advice: what would tell more; "enough" with a verdict.
    remark: why the interval should not be trusted, or what it does not cover; "" where there is nothing to say.
    diverged: how many networks of the first and of the second did.
    among_trained: the value over the pairs of which neither diverged; None where no network did.
    """

    value: Estimate
    standard_error: float
    freedom: float
    margin: float
    verdict: Verdict
    p: float
    p_same: float
    sources: Sources
    advice: Advice
    remark: str = ""
    diverged: Diverged = Diverged()
    among_trained: Estimate | None = None

    __repr__ = short_repr

    @property
    def floor(self) -> float:
        """The standard error that no number of seeds takes away; NaN with a single seed, which cannot tell."""
        return self.sources.floor

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it: null for what is not known or not finite."""
        numbers = {"standard_error": self.standard_error, "freedom": self.freedom, "margin": self.margin}
        numbers |= {"p": self.p, "p_same": self.p_same, "floor": self.floor}
        return {
            "difference": self.value.to_plain(),
            **{name: number if math.isfinite(number) else None for name, number in numbers.items()},
            "verdict": self.verdict,
            "variance": self.sources.to_plain(),
            "advice": self.advice,
            "remark": self.remark,
            "diverged": {"first": self.diverged.first, "second": self.diverged.second},
            "among_trained": None if self.among_trained is None else self.among_trained.to_plain(),
        }


def paired_difference(
    first: Any,
    second: Any,
    test_rows: float | Sequence[Any] | NDArray[Any],
    training_rows: float | Sequence[Any] | NDArray[Any],
    *,
    margin: float | None = None,
    shares: bool = False,
    groups: float | None = None,
    same_seeds: bool = True,
) -> PairedDifference:
    """The loss of one recipe less that of another, trained and tested on the same folds with the same seeds.

    What is estimated is the difference of the mean losses of the two recipes, trained on as many rows as a fold trains
    on, on new rows of this table. See `spread_of` for the standard error and `verdict_of` for the verdict.

    Of diverged networks, whose loss is infinite: the value is infinite too and has no interval; the verdict is that of
    the exact sign test over the pairs of which one diverged (`p_of_diverged`), and what the other pairs say stands in
    `among_trained`. NaN is a network that was not trained: its pair is left out, and the remark says so.

    first, second: losses (partitions, folds, seeds), lower is better: partitions are repeated ways to deal the rows to
        folds. The second is the reference. A single split is (1, 1, seeds): see `split_difference`.
    test_rows: (partitions, folds) rows that a fold is tested on, or one number for all; above 0.
    training_rows: the same of the rows that it trains on.
    margin: in units of the loss, 0 or more, fixed before the run. None (default): 1 % of the reference's mean loss.
    shares: bool; the losses are shares of rows, such as error rates: then the interval reaches at least as far as the
        exact one of no difference found in so many rows (default False).
    groups: number of groups that rows come in and that folds keep whole. None (default): rows are independent.
    same_seeds: bool; every fold trains from the same seeds (default). False: from seeds of its own, so that chance in
        initial weights averages out over folds.

    Raises:
        InputError: losses of different or wrong shapes, no rows, or a margin below 0.

    >>> rng = np.random.default_rng(0)
    >>> reference = 0.5 + 0.02 * rng.normal(size=(1, 5, 3))
    >>> found = paired_difference(reference - 0.1 + 0.01 * rng.normal(size=(1, 5, 3)), reference, 100, 400)
    >>> found.verdict, round(found.value.mean, 2), round(found.freedom)
    ('better', -0.1, 4)
    """
    ours, theirs = as_losses(first, second)
    tested, trained = as_rows(test_rows, ours), as_rows(training_rows, ours)
    limit = margin_of(margin, mean_loss(theirs, tested))
    differences, diverged = split_losses(ours, theirs)
    units = float(groups) if groups is not None else float(tested.sum(axis=1).mean())
    layout = Layout(units, groups is not None, differences.reshape(-1, differences.shape[2]), same_seeds)
    spread = spread_of(differences, tested, trained, same_seeds)
    least = exact_reach(units) if shares else 0.0
    found = judged(spread, limit, mean_loss(np.abs(theirs), tested), remark_on(layout, bool(diverged)), least)
    return with_diverged(found, ours, theirs, diverged) if diverged else found


def exact_reach(units: float) -> float:
    """How far the exact interval of a share of 0 in so many rows reaches: 11.6 % for 30."""
    return float(1 - 0.025 ** (1 / units))


def judged(spread: Spread, margin: float, size: float, remark: str, least: float = 0.0) -> PairedDifference:
    """A mean difference with its spread as an interval, a verdict and advice.

    size: of the losses, against which rounding is told. least: how far the interval reaches at least.
    """
    value, error, freedom = spread.mean, spread.error, spread.freedom
    if math.isnan(error) or math.isnan(value):
        return _without_interval(
            spread, margin, _joined(ONE_OF_ALL if not math.isnan(value) else "no pair was trained", remark)
        )
    if error <= ROUNDING * size:
        if abs(value) > ROUNDING * size:
            return _without_interval(spread, margin, _joined(CONSTANT, remark))
        if not least:
            same = verdict_of(0.0, 0.0, margin)
            identical = Estimate(0.0, 0.0, 0.0)
            return PairedDifference(
                identical, 0.0, freedom, margin, same, 1.0, 0.0, spread.sources, "enough", _joined(IDENTICAL, remark)
            )
    reach = quantile_of_t(freedom)
    error = max(error, least / reach)
    low, high = value - reach * error, value + reach * error
    verdict = verdict_of(low, high, margin)
    return PairedDifference(
        Estimate(value, low, high), error, freedom, margin, verdict, p_of_difference(value, error, freedom),
        p_of_sameness(value, error, freedom, margin), spread.sources,
        advice_of(value, verdict, reach, spread.sources, margin), remark,
    )  # fmt: skip


def with_diverged(found: PairedDifference, first: Float64, second: Float64, diverged: Diverged) -> PairedDifference:
    """What is said where networks diverged; found: of the pairs of which neither did."""
    among = f"{rounded(found.value.mean, found.standard_error)}, {found.verdict}" if found.standard_error >= 0 else ""
    return replace(
        found,
        value=Estimate(mean_of_diverged(diverged)),
        standard_error=math.nan,
        verdict=verdict_of_diverged(first, second),
        p=p_of_diverged(first, second),
        p_same=1.0,
        advice="more seeds may tell" if verdict_of_diverged(first, second) == UNKNOWN else "enough",
        remark=_joined(remark_on_diverged(diverged, among), "" if math.isnan(found.value.mean) else found.remark),
        diverged=diverged,
        among_trained=found.value,
    )


def _without_interval(spread: Spread, margin: float, remark: str) -> PairedDifference:
    missing = math.nan
    return PairedDifference(
        Estimate(spread.mean), missing, missing, margin, UNKNOWN, missing, missing, spread.sources,
        advice_of(spread.mean, UNKNOWN, missing, spread.sources, margin), remark,
    )  # fmt: skip


def _joined(*remarks: str) -> str:
    return "; ".join(one for one in remarks if one)
