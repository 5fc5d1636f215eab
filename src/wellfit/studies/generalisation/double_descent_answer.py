"""What errors over width, epochs or rows say: the table, the two thresholds, where there is a peak, the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.reprs import counted, short_repr
from wellfit.statistics.intervals import POSITIVE, SHARE, Estimate, around
from wellfit.statistics.metrics import Metric
from wellfit.statistics.paired import rounded
from wellfit.statistics.scores.naming import PERCENT, score_title
from wellfit.studies.base import Study, StudyPlan
from wellfit.studies.generalisation.double_descent_figures import double_descent_figures
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]
QUESTION = "Does the error rise where training rows are just fitted, and fall again beyond?"
FITTED = 0.01  # share of the targets' variance: numbers count as fitted below it


@dataclass(frozen=True)
class Measured:
    """What was trained.

    over: "width", "epochs" or "rows". points: noise, value and rows of each network, the same for every seed.
    results: of each seed the networks' rows, as `measured_rows` gives them. effective: parameters of the first seed's
    networks; () where they are not counted. target, metric: of the errors. rows, tested: how many train and measure.
    core_seconds: of the plan. remarks: sentences.
    """

    over: str
    points: tuple[Any, ...]
    results: tuple[list[dict[str, Any]], ...]
    effective: tuple[float, ...]
    target: Target
    metric: Metric
    rows: int
    tested: int
    core_seconds: float
    remarks: tuple[str, ...]

    __repr__ = short_repr

    def errors(self, point: int, part: str = "test") -> Float64:
        """Of one point (seeds,)."""
        return np.array([result[point][f"{part}_loss"] for result in self.results])


def answer(measured: Measured, alpha: float) -> Study:
    """The study. alpha: of the effective parameters."""
    table = ResultFrame([_row(measured, k) for k in range(len(measured.points))])
    noises = list(dict.fromkeys(point.noise for point in measured.points))
    marks = {noise: _thresholds(measured, table, noise) for noise in noises}
    peaks = {noise: peak_of(*_curve(measured, noise)) for noise in noises}
    facts: dict[str, Any] = {"error": score_title(measured.metric.name), "alpha": alpha}
    for noise in noises:
        facts |= {f"{name}, noise {noise:g}": value for name, value in marks[noise].items()}
        peak = peaks[noise]
        facts[f"peak, noise {noise:g}"] = None if peak is None else peak.value
    verdict = " ".join(_verdict(measured, noise, peaks[noise], marks[noise]) for noise in noises)
    words = f"{counted(len(measured.points), 'network')} from {counted(len(measured.results), 'seed')}"
    count = len(measured.points) * len(measured.results)
    rows = [
        {"noise": point.noise, measured.over: point.value, **row}
        for result in measured.results
        for point, row in zip(measured.points, result, strict=True)
    ]
    return Study(
        "double_descent", QUESTION, StudyPlan(words, count, measured.core_seconds), verdict, table,
        {"networks": ResultFrame(rows)}, facts=facts, remarks=(*measured.remarks, _interval_remark(measured)),
        figures=double_descent_figures(table, measured.over, score_title(measured.metric.name), marks),
    )  # fmt: skip


def _row(measured: Measured, k: int) -> dict[str, Any]:
    point, parameters = measured.points[k], measured.results[0][k]["parameters"]
    test = _estimate(measured.errors(k), measured.metric.name in PERCENT)
    row = {
        "noise": point.noise, measured.over: point.value, "parameters": parameters,
        "per_label": parameters / (point.rows * measured.target.outputs),
        "training_error": float(np.mean(measured.errors(k, "training"))), "test_error": test.mean,
        "test_error_low": test.low, "test_error_high": test.high,
    }  # fmt: skip
    return row | ({"effective_parameters": measured.effective[k]} if measured.effective else {})


def _estimate(errors: Float64, share: bool) -> Estimate:
    """The mean over seeds with its interval; infinite where one diverged."""
    if not np.isfinite(errors).all():
        return Estimate(math.inf)
    mean, many = float(errors.mean()), len(errors)
    spread = float(errors.std(ddof=1)) if many > 1 else 0.0
    if not spread > 0:
        return Estimate(mean)
    return Estimate(mean, *around(mean, spread / math.sqrt(many), many - 1)).within(SHARE if share else POSITIVE)


def _curve(measured: Measured, noise: float) -> tuple[list[int], Float64]:
    """The values and the test errors (values, seeds) of one noise, values rising."""
    chosen = sorted((point.value, k) for k, point in enumerate(measured.points) if point.noise == noise)
    return [value for value, _ in chosen], np.stack([measured.errors(k) for _, k in chosen])


@dataclass(frozen=True)
class Peak:
    """A highest error between two lower ones.

    value: where. before, after: where the lowest errors on its two sides are. rise, fall: of the error, with intervals.
    """

    value: int
    before: int
    after: int
    rise: Estimate
    fall: Estimate

    __repr__ = short_repr

    @property
    def shown(self) -> bool:
        """Whether both rise and fall are above 0 with their intervals."""
        return self.rise.low > 0 and self.fall.low > 0


def peak_of(values: Sequence[int], errors: Float64) -> Peak | None:
    """The inner point that stands highest above the lowest errors on its two sides; None where none stands above both.

    Its height is the smaller of rise and fall. Values whose networks diverged are left out.

    values: rising. errors: (values, seeds).
    """
    kept = [k for k in range(len(values)) if np.isfinite(errors[k]).all()]
    means = errors[kept].mean(axis=1)
    best, height = None, 0.0
    for k in range(1, len(kept) - 1):
        before, after = int(means[:k].argmin()), k + 1 + int(means[k + 1 :].argmin())
        low = min(means[k] - means[before], means[k] - means[after])
        if low > height:
            best, height = (before, k, after), low
    if best is None:
        return None
    before, top, after = (kept[k] for k in best)
    return Peak(
        values[top], values[before], values[after], _paired(errors[top], errors[before]),
        _paired(errors[top], errors[after]),
    )  # fmt: skip


def _paired(first: Float64, second: Float64) -> Estimate:
    """The mean difference over the same seeds, with its interval."""
    difference = first - second
    mean, many = float(difference.mean()), len(difference)
    spread = float(difference.std(ddof=1)) if many > 1 else 0.0
    return Estimate(mean, *around(mean, spread / math.sqrt(many), many - 1)) if spread > 0 else Estimate(mean)


def _thresholds(measured: Measured, table: ResultFrame, noise: float) -> dict[str, float | None]:
    """Where training rows are fitted without error, and where there are as many parameters as labels."""
    rows = table.filter(pl.col("noise") == noise).sort(measured.over)
    values, per_label = rows[measured.over].to_list(), rows["per_label"].to_numpy()
    limit = fitted_below(measured)
    fitted = [value for value, error in zip(values, rows["training_error"], strict=True) if error <= limit]
    first = (max if measured.over == "rows" else min)(fitted) if fitted else None
    return {"fitted": first, "parameters = labels": crossing(values, per_label)}


def fitted_below(measured: Measured) -> float:
    """The training error at which rows count as fitted: 0 of classes, of numbers 1 % of the variance."""
    target = measured.target
    if target.kind in ("binary", "classes", "labels"):
        return 0.0
    variance = float(target.values.var(axis=0, dtype=np.float64).mean())
    return math.sqrt(FITTED * variance) if measured.metric.name == "rmse" else FITTED * variance


def crossing(values: Sequence[float], ratio: Float64) -> float | None:
    """Where a ratio passes 1, between two values by their logarithms; None where it does not."""
    logs = np.log(ratio)
    for k in range(len(values) - 1):
        if (logs[k] <= 0) != (logs[k + 1] <= 0):
            share = logs[k] / (logs[k] - logs[k + 1])
            return float(values[k] * (values[k + 1] / values[k]) ** share)
    return None


def _verdict(measured: Measured, noise: float, peak: Peak | None, marks: dict[str, float | None]) -> str:
    where = f"With {noise:.0%} label noise" if noise else "Without label noise"
    if measured.target.kind == "numbers" and noise:
        where = f"With label noise of {noise:g} standard deviations"
    fitted, what = marks["fitted"], measured.over
    place = f"; training rows are fitted from {what} {fitted:g} on" if fitted is not None else ""
    if what == "rows" and fitted is not None:
        place = f"; up to {fitted:g} rows are fitted"
    if peak is None:
        return f"{where} the error has no peak between two lower ones{place}."
    falls = f"rises from {what} {peak.before} to {peak.value} by {_shown(peak.rise)} and falls by {_shown(peak.fall)} "
    falls += f"to {what} {peak.after}"
    if peak.shown:
        return f"{where} the error has a second descent: it {falls}{place}."
    if not (peak.rise.known and peak.fall.known):
        seeds = counted(len(measured.results), "seed")
        return f"{where} a second descent cannot be told with {seeds}: the error {falls}{place}."
    return f"{where} a second descent is not distinguishable from none: the error {falls}{place}."


def _shown(value: Estimate) -> str:
    if not value.known:
        return f"{value.mean:.3g}"
    spread = (value.high - value.low) / 4
    return (
        f"{rounded(value.mean, spread)} (95 % interval {rounded(value.low, spread)} to {rounded(value.high, spread)})"
    )


def _interval_remark(measured: Measured) -> str:
    return (
        f"Intervals are over seeds, on the same {measured.rows:,} training and {measured.tested:,} held-out rows; the "
        "peak is the highest that was seen, so that its height may be a little too large."
    )
