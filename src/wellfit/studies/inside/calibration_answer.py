"""What stated probabilities are worth: errors with intervals, the verdict and the reliability diagram."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.reprs import counted
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.intervals.samples import over_folds
from wellfit.statistics.intervals.shares import exact_share
from wellfit.statistics.paired import BETTER, SAME, WORSE, PairedDifference, paired_difference, rounded, shown_value
from wellfit.statistics.reliability import Reliability, confidences, reliability
from wellfit.studies.base.grid import Grid
from wellfit.studies.base.options import Settings
from wellfit.studies.base.paired import loss_title, pairing_of
from wellfit.studies.base.study import Study
from wellfit.studies.base.table import StudyTable

Float64 = NDArray[np.float64]
NAME = "the recipe"
QUESTION = "Can the stated probabilities be believed?"
STATES = ("as trained", "with temperature")


class Stated(NamedTuple):
    """Probabilities (test rows, classes) of one network, plain and with its temperature."""

    plain: Float64
    tempered: Float64
    temperature: float


class Measured(NamedTuple):
    """Of one state: losses (partitions, folds, seeds), a `Reliability` of each network that did not diverge, by fold,
    and all bins together.
    """

    losses: Float64
    folds: list[list[Reliability]]
    pooled: Reliability


def calibration_study(grid: Grid, table: StudyTable, settings: Settings, bins: int) -> Study:
    """The study of a trained grid, whose `more` has a `Stated` or None for each network."""
    stated: list[list[Stated]] = [[one for one in fold if one is not None] for fold in zip(*grid.more, strict=True)]
    known = [k for k, fold in enumerate(stated) if fold]
    temperatures = [float("nan") if one is None else one.temperature for each in grid.more for one in each]
    networks = grid.table.with_columns(pl.Series("temperature", temperatures))
    remarks = _remarks(grid, len(stated) - len(known))
    if not known:
        empty = ResultFrame({"networks": list(STATES), "loss": [math.nan] * 2})
        verdict = "It cannot be told whether the probabilities can be believed: every network diverged."
        return Study("calibration", QUESTION, grid.plan, verdict, empty, {"networks": ResultFrame(networks)},
                     remarks=remarks, recipes=dict(grid.recipes))  # fmt: skip
    both = [_measured(k, stated, grid, table, bins) for k in range(2)]
    ratio = grid.views.test_to_training
    over = _estimate(both[0].folds, lambda one: one.over_confidence, ratio)
    pairing = pairing_of(grid, table, settings, NAME)
    gain = paired_difference(
        both[1].losses, both[0].losses, pairing.test_rows, pairing.training_rows, margin=pairing.margin,
        groups=pairing.groups, same_seeds=False,
    )  # fmt: skip
    found = ResultFrame([_row(state, one, ratio) for state, one in zip(STATES, both, strict=True)])
    mean = float(np.exp(np.nanmean(np.log(temperatures))))
    verdict = f"{_confidence(found, over)} {_temperature(gain, mean, loss_title(grid))}"
    times = len(grid.more) * grid.views.partitions  # that a row is stated, by other networks
    details = {"reliability": _bins(both, times), "networks": ResultFrame(networks)}
    facts = {"temperature": mean, "over_confidence": over.mean, "over_confidence_low": over.low,
             "over_confidence_high": over.high, "gain": -gain.value.mean, "gain_verdict": gain.verdict}  # fmt: skip
    figure = _figure(details["reliability"], verdict)
    return Study(
        "calibration", QUESTION, grid.plan, verdict, found, details, (figure,), facts, dict(grid.recipes), remarks
    )


def _measured(which: int, stated: list[list[Stated]], grid: Grid, table: StudyTable, bins: int) -> Measured:
    losses = np.full((len(stated), len(grid.more)), np.inf)
    folds: list[list[Reliability]] = []
    parts: list[tuple[Float64, Float64, Float64]] = []
    for f, view in enumerate(grid.views.views):
        target, weight = table.rows.target.take(view.test), table.rows.weight[view.test].astype(np.float64)
        each = [one[f] for one in grid.more]
        if not weight.any():
            losses[f] = np.nan
            continue
        for s, one in enumerate(each):
            if one is not None and grid.metric is not None:
                losses[f, s] = grid.metric.loss(target, one.tempered if which else one.plain, weight)
        scored = [confidences(one.tempered if which else one.plain, target) for one in stated[f]]
        folds.append([reliability(sure, right, weight, bins) for sure, right in scored])
        parts += [(sure, right, weight) for sure, right in scored]
    sure, right, weight = (np.concatenate(one) for one in zip(*parts, strict=True))
    shape = (grid.views.partitions, grid.views.folds, -1)
    return Measured(losses.reshape(shape), [fold for fold in folds if fold], reliability(sure, right, weight, bins))


def _estimate(folds: list[list[Reliability]], value: Callable[[Reliability], float], ratio: float) -> Estimate:
    """The mean over folds of the mean over their networks, with its interval."""
    return over_folds([float(np.mean([value(one) for one in fold])) for fold in folds], ratio)


def _root(value: float) -> float:
    return math.sqrt(max(value, 0.0)) if math.isfinite(value) else value


def _row(state: str, one: Measured, ratio: float) -> dict[str, Any]:
    """A row of the answer."""
    finite = np.isfinite(one.losses)
    count = finite.sum(axis=2)
    means = np.where(finite, one.losses, 0.0).sum(axis=2)[count > 0] / count[count > 0]
    loss, squared = over_folds(means, ratio), _estimate(one.folds, lambda fold: fold.squared_error, ratio)
    over = _estimate(one.folds, lambda fold: fold.over_confidence, ratio)
    right = _estimate(one.folds, lambda fold: float(fold.share @ fold.right), ratio)
    sure = _estimate(one.folds, lambda fold: float(fold.share @ fold.confidence), ratio)
    return {
        "networks": state, "loss": loss.mean, "loss_low": loss.low, "loss_high": loss.high,
        "accuracy": right.mean, "confidence": sure.mean,
        "over_confidence": over.mean, "over_confidence_low": over.low, "over_confidence_high": over.high,
        "expected_error": _estimate(one.folds, lambda fold: fold.expected_error, ratio).mean,
        "by_chance": _estimate(one.folds, lambda fold: fold.by_chance, ratio).mean,
        "calibration_error": _root(squared.mean), "calibration_error_low": _root(squared.low),
        "calibration_error_high": _root(squared.high),
    }  # fmt: skip


def _confidence(found: ResultFrame, over: Estimate) -> str:
    """Whether the networks are surer than they should be, in a sentence."""
    right, sure = float(found["accuracy"][0]), float(found["confidence"][0])
    said = f"they are right on {right:.1%} of rows and state {sure:.1%}"
    if not over.known:
        return f"Whether the networks are over-confident cannot be told from one fold: {said}."
    error = (over.high - over.low) * 25
    ends = f"(95 % interval {rounded(100 * over.low, error)} to {rounded(100 * over.high, error)} points)"
    size = f"{rounded(100 * abs(over.mean), error)} points"
    if over.low > 0:
        return f"The networks are over-confident: {said}, {size} too much {ends}."
    if over.high < 0:
        return f"The networks are under-confident: {said}, {size} too little {ends}."
    more = "less" if over.mean < 0 else "more"
    return f"Neither over- nor under-confidence is shown: {said}, {size} {more} {ends}."


def _temperature(gain: PairedDifference, mean: float, title: str) -> str:
    """What the temperature does on rows that it has not seen, in a sentence."""
    what = f"A temperature of about {mean:.2f}"
    lower = gain.value.mean <= 0
    moved = f"{'lower' if lower else 'higher'} by {shown_value(gain, flip=lower)}"
    if gain.verdict == BETTER:
        return f"{what} lowers the {title} by {shown_value(gain, flip=True)}."
    if gain.verdict == WORSE:
        return f"{what} raises the {title} by {shown_value(gain)}: leave it out."
    if gain.verdict == SAME:
        return f"{what} changes practically nothing: the {title} is {moved}."
    return f"Whether a temperature of about {mean:.2f} helps cannot be told: with it the {title} is {moved}."


def _remarks(grid: Grid, lost_folds: int) -> tuple[str, ...]:
    remarks = list(grid.remarks)
    if lost_folds:
        remarks.append(f"In {counted(lost_folds, 'fold')} every network diverged.")
    return tuple(remarks)


def _bins(both: list[Measured], times: int) -> ResultFrame:
    """A row a bin of all networks' rows; its interval counts a row once, though as many networks state it."""
    rows = []
    for state, one in zip(STATES, both, strict=True):
        pooled = one.pooled
        for k in range(len(pooled.share)):
            low, high = exact_share(float(pooled.right[k]), float(pooled.rows[k]) / times)
            rows.append({"networks": state, "confidence": pooled.confidence[k], "right": pooled.right[k],
                         "right_low": low, "right_high": high, "rows": pooled.rows[k]})  # fmt: skip
    return ResultFrame(rows)


def _figure(bins: ResultFrame, verdict: str) -> Any:
    from wellfit.figures import Axis, scatter_figure

    return scatter_figure(
        bins, Axis("confidence", "stated probability of the decision", format=".0%"),
        Axis("right", "share of right decisions", format=".0%"), name="reliability", title=verdict, series="networks",
        low="right_low", high="right_high", reference="equality",
        description=f"Reliability: the share of right decisions against the stated probability, in bins. {verdict}",
    )  # fmt: skip
