"""What a learning curve says: its losses with intervals, the forecast or why there is none, and the figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import counted, short_repr
from wellfit.statistics.extrapolation import (
    Behaviour,
    Forecast,
    MeasuredCurve,
    behaviour_of,
    curve_of_repeats,
    fitted_curve,
    forecast,
    why_no_forecast,
)
from wellfit.statistics.intervals.ranges import quantile_of_t
from wellfit.statistics.paired import BETTER, SAME, rounded, verdict_of
from wellfit.statistics.paired.verdicts import margin_of
from wellfit.studies.base.options import Settings
from wellfit.studies.base.study import Study, StudyPlan
from wellfit.studies.base.table import MeasuredViews

Float64 = NDArray[np.float64]
QUESTION = "Would more rows help?"
FAR = 4.0  # times the rows; farther than that no forecast is tested
DRAWN = 40  # sizes at which the fitted curve is drawn


@dataclass(frozen=True)
class Curve:
    """What was trained.

    loss: what the loss is called. table: a row a network: partition, fold, rows, seed, status and losses.
    least: below which no loss can be; -inf: there is no such value.
    """

    recipe: Recipe
    loss: str
    views: MeasuredViews
    table: ResultFrame
    plan: StudyPlan
    remarks: tuple[str, ...]
    least: float = 0.0

    __repr__ = short_repr

    @property
    def sizes(self) -> list[int]:
        """Training rows, rising."""
        return sorted(self.table["rows"].unique().to_list())

    def losses(self, part: str) -> Float64:
        """Losses (folds of all partitions, seeds, sizes) on a part; NaN of networks that diverged."""
        ordered = self.table.sort("partition", "fold", "seed", "rows")
        found = ordered[f"{part}_loss"].to_numpy().reshape(len(self.views.views), -1, len(self.sizes))
        return np.where(np.isfinite(found), found, np.nan)


def learning_curve_study(curve: Curve, factors: tuple[float, ...], settings: Settings) -> Study:
    """The study of a trained curve. factors: times the rows to forecast for. settings: of which the margin counts."""
    measured, kept, remarks = _measured(curve)
    rows, facts = _rows(curve, measured, kept), dict[str, Any]()
    told, why = None, "no interval can be made of a single network for each size"
    if not any(kept):
        why = "at every size all networks of a fold diverged"
    if measured is not None:
        behaviour = behaviour_of(measured)
        why = why_no_forecast(measured) or _ill(behaviour, curve.loss)
        facts |= {"rise_p": behaviour.rise.p, "bulge_p": behaviour.bulge.p, "rise": behaviour.rise.size}
        if not why:
            told = forecast(measured, np.array(factors) * measured.sizes[-1], least=curve.least, seed=settings.seed)
    if told is not None and measured is not None:
        margin = margin_of(settings.margin, float(measured.means[-1]))
        verdict, more = _verdict(curve, told, factors[0], margin, measured), _facts(told, factors, margin)
        facts |= more
        rows += _forecast_rows(told)
        remarks += _remarks(factors)
    else:
        verdict = f"It cannot be told whether more rows would help: {why}."
    table = ResultFrame(rows, infer_schema_length=None)
    figure = _figure(curve, table, measured if told is not None else None, verdict)
    return Study(
        "learning_curve", QUESTION, curve.plan, verdict, table, {"networks": curve.table}, (figure,), facts,
        {"recipe": curve.recipe}, (*curve.remarks, *remarks),
    )  # fmt: skip


def _measured(curve: Curve) -> tuple[MeasuredCurve | None, list[bool], tuple[str, ...]]:
    """The curve of the networks that did not diverge, which sizes have one in every repeat, and remarks.

    Folds are the repeats; of a single fold, seeds are. None: there is a single repeat.
    """
    losses = curve.losses("test")
    remarks: list[str] = []
    lost = int(np.isnan(losses).sum())
    if lost:
        remarks.append(f"{lost:,} of {counted(losses.size, 'network')} diverged and do not count.")
    repeats, ratio = _mean_over_seeds(losses), curve.views.test_to_training
    if len(losses) == 1:
        repeats, ratio = losses[0], 0.0
        remarks.append("There is one split: the intervals tell of other seeds, not of other rows.")
    kept = [bool(np.isfinite(column).all()) for column in repeats.T]
    if not all(kept):
        left = ", ".join(str(size) for size, one in zip(curve.sizes, kept, strict=True) if not one)
        remarks.append(f"Left out, since every network of a fold diverged: {left} rows.")
    if len(repeats) < 2 or sum(kept) < 1:
        return None, kept, tuple(remarks)
    return curve_of_repeats(np.array(curve.sizes)[kept], repeats[:, kept], ratio), kept, tuple(remarks)


def _mean_over_seeds(losses: Float64) -> Float64:
    """(folds, sizes), of the seeds that did not diverge; NaN where all did."""
    known = np.isfinite(losses)
    total = np.where(known, losses, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)


def _rows(curve: Curve, measured: MeasuredCurve | None, kept: list[bool]) -> list[dict[str, Any]]:
    test = _column_means(curve.losses("test"))
    training = _column_means(curve.losses("training"))
    reach = np.full(len(test), math.nan)
    if measured is not None:
        reach[kept] = quantile_of_t(measured.freedom) * measured.errors
        test[kept] = measured.means
    return [
        {"rows": size, "kind": "measured", "test_loss": float(test[k]),
         "test_loss_low": max(float(test[k] - reach[k]), curve.least) if reach[k] >= 0 else math.nan,
         "test_loss_high": float(test[k] + reach[k]), "training_loss": float(training[k])}
        for k, size in enumerate(curve.sizes)
    ]  # fmt: skip


def _column_means(losses: Float64) -> Float64:
    """The mean of each size over all networks that did not diverge; NaN of none."""
    known = np.isfinite(losses)
    count = known.sum(axis=(0, 1))
    return np.where(count > 0, np.where(known, losses, 0.0).sum(axis=(0, 1)) / np.maximum(count, 1), np.nan)


def _forecast_rows(told: Forecast) -> list[dict[str, Any]]:
    return [
        {"rows": round(float(told.sizes[k])), "kind": "forecast", "test_loss": float(told.value[k]),
         "test_loss_low": float(told.low[k]), "test_loss_high": float(told.high[k]), "training_loss": math.nan}
        for k in range(len(told.sizes))
    ]  # fmt: skip


def _ill(behaviour: Behaviour, loss: str) -> str:
    """Why an ill-behaved curve is not forecast; "" of one that behaves."""
    rise, bulge = behaviour.rise, behaviour.bulge
    if rise.significant:
        less, more = (f"{rows:,.0f}" for rows in rise.rows)
        size = rounded(rise.size, rise.size / 20)
        return f"the {loss} rises by {size} from {less} to {more} rows, more than noise explains (p = {rise.p:.2g})"
    if bulge.significant:
        first, middle, last = (f"{rows:,.0f}" for rows in bulge.rows)
        return (
            f"the {loss} falls faster from {middle} to {last} rows than from {first} to {middle}, by more than noise "
            f"explains (p = {bulge.p:.2g}), and such a curve may go on in any way"
        )
    return ""


def _verdict(curve: Curve, told: Forecast, factor: float, margin: float, measured: MeasuredCurve) -> str:
    gain, low, high = float(-told.gain[0]), float(-told.gain_high[0]), float(-told.gain_low[0])
    error = (high - low) / 4
    times = "Twice the rows" if factor == 2 else f"{factor:g} times the rows"
    now = f"{rounded(float(measured.means[-1]), error)} with {measured.sizes[-1]:,.0f} rows"
    shown = f"{rounded(gain, error)} (95 % interval {rounded(low, error)} to {rounded(high, error)})"
    said = verdict_of(-high, -low, margin)
    if said == BETTER:
        return f"{times} would lower the {curve.loss} by about {shown}, from {now}."
    if said == SAME:
        limit = rounded(margin, margin / 20)
        return (
            f"{times} would practically change nothing: the {curve.loss}, {now}, would fall by {shown}, inside the "
            f"margin of {limit}."
        )
    return (
        f"It cannot be told whether {times[0].lower()}{times[1:]} would help: the {curve.loss}, {now}, would fall by "
        f"{shown}."
    )


def _facts(told: Forecast, factors: tuple[float, ...], margin: float) -> dict[str, Any]:
    facts: dict[str, Any] = {"margin": margin, "tests": told.tests}
    for k, factor in enumerate(factors):
        name = f"fall_at_{factor:g}_times"
        facts |= {name: -told.gain[k], f"{name}_low": -told.gain_high[k], f"{name}_high": -told.gain_low[k]}
        facts |= {f"{family}_at_{factor:g}_times": values[k] for family, values in told.families.items()}
    return facts


def _remarks(factors: tuple[float, ...]) -> tuple[str, ...]:
    remarks = ["The rows count those that train and those that validate, not those that measure."]
    if max(factors) > FAR:
        remarks.append(f"Forecasts for more than {FAR:g} times the rows have not been tested on measured curves.")
    return tuple(remarks)


def _figure(curve: Curve, table: ResultFrame, measured: MeasuredCurve | None, verdict: str) -> Any:
    from wellfit.figures import Axis, line_figure

    known = table.filter(pl.col("kind") == "measured")
    parts = [
        ResultFrame({"rows": known["rows"].cast(pl.Float64), "loss": known[f"{part}_loss"],
                     "line": [line] * known.height,
                     **{end: known[f"test_loss_{end}"] if part == "test" else [math.nan] * known.height
                        for end in ("low", "high")}})
        for part, line in (("test", "held-out rows"), ("training", "training rows"))
    ]  # fmt: skip
    marks = []
    if measured is not None:
        told = table.filter(pl.col("kind") == "forecast")
        last = known.tail(1)
        parts.append(_forecast_line(curve, measured, pl.concat([last, told])))
        marks = [(float(measured.sizes[-1]), "all rows")]
    return line_figure(
        pl.concat(parts), Axis("rows", "training rows", scale="log"), Axis("loss", curve.loss), name="learning-curve",
        title=verdict, series="line", low="low", high="high", marks=marks,
        description=f"{curve.loss} by rows, on held-out and training rows, with 95 % intervals. {verdict}",
    )  # fmt: skip


def _forecast_line(curve: Curve, measured: MeasuredCurve, ends: pl.DataFrame) -> ResultFrame:
    """The fitted curve beyond the measured sizes, with a band between the intervals."""
    sizes = ends["rows"].to_numpy().astype(float)
    places = np.geomspace(sizes[0], sizes.max(), DRAWN)
    order = np.argsort(sizes)
    known = np.log(sizes[order])
    values = fitted_curve(measured, places, curve.least)
    centre = ends["test_loss"].to_numpy()[order].astype(float)
    centre[0] = values[0]
    low, high = (
        values + np.interp(np.log(places), known, np.r_[0.0, (ends[f"test_loss_{end}"].to_numpy()[order] - centre)[1:]])
        for end in ("low", "high")
    )
    return ResultFrame({"rows": places, "loss": values, "line": ["forecast"] * DRAWN, "low": low, "high": high})
