"""The loss with more training rows than there are: a forecast with its interval, tested on the curve itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.reprs import short_repr
from wellfit.statistics.extrapolation.curve import MeasuredCurve
from wellfit.statistics.extrapolation.families import FAMILIES
from wellfit.statistics.extrapolation.fitting import averaged_curve

Float64 = NDArray[np.float64]
LEAST_SIZES = 6  # for four parameters and two tests
LEAST_START = 5  # sizes from which a test forecasts the last one
LEAST_RANGE = 4.0  # the largest size by the smallest
FARTHEST = 4.2  # times the rows; a test does not reach farther
MISFIT = 0.05  # of the loss, for each doubling away from the largest size
DRAWS = 200


@dataclass(frozen=True)
class Forecast:
    """Mean losses at sizes beyond those that were measured.

    sizes, value, low, high: (places,) the forecast and its interval.
    gain, gain_low, gain_high: (places,) the same of the loss there less the fitted loss at the largest measured size.
    families: (places,) what each family says alone, by name.
    noise: (places,) standard error by the spread of repeats. misfit: the same by how far such forecasts of the largest
        size were off. freedom: (places,) of both together.
    tests: of how many forecasts the misfit was learnt. level: of the intervals.
    """

    sizes: Float64
    value: Float64
    low: Float64
    high: Float64
    gain: Float64
    gain_low: Float64
    gain_high: Float64
    families: dict[str, Float64]
    noise: Float64
    misfit: Float64
    freedom: Float64
    tests: int
    level: float

    __repr__ = short_repr


def forecast(
    curve: MeasuredCurve, sizes: Sequence[float] | Float64, level: float = 0.95, least: float = 0.0, seed: int = 0
) -> Forecast:
    """Fit the three families to a curve, and follow them beyond its largest size.

    - The forecast is the mean of POW3, POW4 and MMF4, each averaged over all curves of its family by how well they fit
      (`averaged_curve`). A size counts 1 / (its error^2 + (5 % of the loss for each doubling away from the largest)^2),
      for no family holds over many doublings.
    - Noise: 200 curves are drawn as the repeats vary, and each is forecast.
    - Misfit: the loss of the largest size is forecast from the smaller ones, from up to a quarter of the rows on; how
      far these forecasts were off, by doublings, is how far this one may be: sqrt(sum of errors^2 / sum of doublings^2)
      for each doubling. An error is taken times the root of the loss now over that where the forecast was made: where
      losses are smaller, so are the errors, as the spread of an error rate goes with its root.
    - Both squared and added give the standard error; the interval takes the quantile of t with the degrees of freedom
      of Welch and Satterthwaite.

    curve: 6 sizes or more, the largest 4 times the smallest.
    sizes: (places,) above the curve's largest.
    level: of the interval, between 0 and 1 (default 0.95).
    least: the least value of the loss (default 0); -inf: there is none.
    seed: of the drawn curves (default 0).

    Raises:
        InputError: too few sizes, or sizes that are no forecast.

    >>> from wellfit.statistics.extrapolation import curve_of_means
    >>> rows = [100, 141, 200, 283, 400, 566, 800]
    >>> found = forecast(curve_of_means(rows, [0.1 + 2 / n**0.5 for n in rows], [0.001] * 7), [1600])
    >>> round(0.1 + 2 / 1600**0.5, 3), round(float(found.value[0]), 3)
    (0.15, 0.15)
    """
    from scipy.stats import t

    places = np.atleast_1d(np.asarray(sizes, np.float64))
    _check(curve, places, level)
    largest = float(curve.sizes[-1])
    there = np.r_[places, largest]
    alone = {
        family.name: one for family, one in zip(FAMILIES, _fitted(curve, curve.means[None], there, least), strict=True)
    }
    value = np.mean([one[0] for one in alone.values()], axis=0)
    drawn = np.concatenate(_fitted(curve, curve.draws(DRAWS, seed), there, least))
    errors, doublings = _tests(curve, least)
    per_doubling = math.sqrt(float((errors**2).sum() / (doublings**2).sum()))
    misfit = per_doubling * np.log2(places / largest)
    noise, noise_of_gain = drawn[:, :-1].std(axis=0), (drawn[:, :-1] - drawn[:, -1:]).std(axis=0)
    ends = []
    for part in (noise, noise_of_gain):
        total = part**2 + misfit**2
        freedom = total**2 / np.maximum(part**4 / curve.freedom + misfit**4 / len(errors), 1e-300)
        ends.append((t.ppf(0.5 + level / 2, np.maximum(freedom, 1.0)) * np.sqrt(total), np.maximum(freedom, 1.0)))
    (reach, freedom), (reach_of_gain, _) = ends
    gain = value[:-1] - value[-1]
    return Forecast(
        places, value[:-1], np.maximum(value[:-1] - reach, least), value[:-1] + reach, gain, gain - reach_of_gain,
        gain + reach_of_gain, {name: one[0, :-1] for name, one in alone.items()}, noise, misfit, freedom, len(errors),
        level,
    )  # fmt: skip


def fitted_curve(curve: MeasuredCurve, sizes: Sequence[float] | Float64, least: float = 0.0) -> Float64:
    """The mean of the families at any sizes (places,), to draw the curve. least: as in `forecast`."""
    return np.mean(_fitted(curve, curve.means[None], np.asarray(sizes, np.float64), least), axis=0)[0]  # type: ignore[no-any-return]


def why_no_forecast(curve: MeasuredCurve) -> str:
    """Why a curve cannot be forecast, as the end of a sentence; "" where it can."""
    if len(curve.sizes) < LEAST_SIZES:
        return f"it takes {LEAST_SIZES} sizes or more, and there are {len(curve.sizes)}"
    if curve.sizes[-1] < LEAST_RANGE * curve.sizes[0]:
        return f"the largest size must be {LEAST_RANGE:g} times the smallest or more"
    return ""


def _check(curve: MeasuredCurve, places: Float64, level: float) -> None:
    why = why_no_forecast(curve)
    if why:
        raise InputError(f"A learning curve cannot be forecast: {why}.")
    if not len(places) or not (places > curve.sizes[-1]).all():
        raise InputError(f"A forecast is for more rows than the {curve.sizes[-1]:g} measured; got {places}.")
    if not 0 < level < 1:
        raise InputError(f"The level of an interval lies between 0 and 1, such as 0.95; got {level!r}.")


def _fitted(curve: MeasuredCurve, losses: Float64, there: Float64, least: float) -> list[Float64]:
    """What each family says of curves (curves, sizes) at some sizes: (curves, places) each."""
    away = np.log2(curve.sizes[-1] / curve.sizes) * MISFIT * abs(float(curve.means[-1]))
    weight = 1 / (curve.own_errors**2 + away**2)
    return [averaged_curve(family, curve.sizes, losses, weight, there, least) for family in FAMILIES]


def _tests(curve: MeasuredCurve, least: float) -> tuple[Float64, Float64]:
    """How far forecasts of the largest size were off (tests,), and over how many doublings they went."""
    largest = curve.sizes[-1]
    last = len(curve.sizes) - 1
    places = [k for k in range(LEAST_START - 1, last) if largest <= FARTHEST * curve.sizes[k]] or [last - 1]
    told = [float(fitted_curve(curve.upto(k), [largest], least)[0]) for k in places]
    smaller = np.sqrt(np.abs(curve.means[-1]) / np.maximum(np.abs(curve.means[places]), 1e-12))
    return (curve.means[-1] - np.array(told)) * smaller, np.log2(largest / curve.sizes[places])
