"""Curves of a loss while the learning rate rises: what the median over seeds says of the rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import counted

Array = NDArray[np.float64]

POINTS = 100  # blocks of updates, one point of the curve each
QUIET_SHARE = 0.1  # of the blocks, at the low end, whose rates are taken to change nothing
BREADTH = 0.2  # decades: standard deviation of the Gaussian that smooths the median
LOST = 0.5  # of the gain: where so much of it is lost again, training has diverged
DRAWS = 200  # samples of seeds, drawn with replacement, for the intervals


class CurveReading(NamedTuple):
    """Rates read off a set of curves; None where the curves do not show one. See `RangeTest`."""

    steepest: float | None
    divergence: float | None
    suggestion: float | None


@dataclass(frozen=True)
class RangeTest:
    """A range test and what was read off it. Blocks are runs of equally many updates, seeds are members.

    recipe: with the rate that rises.
    rates: (blocks,), the middle of each block's rates.
    losses: (seeds, blocks), each block's mean loss of its mini-batches, in training mode; infinite once a member has
        diverged.
    median: (blocks,), over seeds.
    lower: (blocks,), the lower quartile over seeds.
    upper: (blocks,), the upper quartile over seeds.
    steepest: the rate at which the median, smoothed over 0.2 decades, falls fastest by the logarithm of the rate,
        before its lowest point: a careful choice, and a start for a rate that rises.
    divergence: the first rate after the lowest point at which a quarter of the seeds or more have lost half of what the
        median had gained since the start.
    suggestion: a tenth of `divergence`, or `steepest` where no rate was too high. Both lie below the divergence.
    steepest_interval: ends that hold 95 % of `steepest` over samples of the seeds, drawn with replacement.
    divergence_interval: the same of `divergence`.

    A rate is None where the curves do not show it: nothing was learned, or no rate was too high.
    """

    recipe: Recipe
    rates: Array
    losses: Array
    median: Array
    lower: Array
    upper: Array
    steepest: float | None
    divergence: float | None
    suggestion: float | None
    steepest_interval: tuple[float, float] | None
    divergence_interval: tuple[float, float] | None

    @property
    def table(self) -> ResultFrame:
        """A row a block, ready for a chart: rate, median, lower and upper quartile, diverged (how many seeds)."""
        diverged = (~np.isfinite(self.losses)).sum(axis=0)
        columns = {"rate": self.rates, "median": self.median, "lower": self.lower, "upper": self.upper}
        return ResultFrame({**columns, "diverged": diverged})

    def __repr__(self) -> str:
        return f"<RangeTest: {self}>"

    def __str__(self) -> str:
        def described(name: str, rate: float | None, interval: tuple[float, float] | None) -> str:
            within = "" if interval is None else f" [{interval[0]:.2g}, {interval[1]:.2g}]"
            return f"{name} not seen" if rate is None else f"{name} at {rate:.2g}{within}"

        falls = described("steepest fall", self.steepest, self.steepest_interval)
        breaks = described("divergence", self.divergence, self.divergence_interval)
        chosen = "no rate is suggested" if self.suggestion is None else f"suggested rate {self.suggestion:.2g}"
        return f"{chosen}: {falls}, {breaks}, over {counted(len(self.losses), 'seed')}"


def rising(recipe: Recipe, low: float, high: float, updates: int, block: int) -> Recipe:
    """The recipe with a rate that rises from low to high, measured after each block of updates."""
    return recipe.vary(
        {
            "optimizer.learning_rate": high,
            "schedule": {"name": "range", "low": low / high},
            "stopping": {"name": "updates", "updates": updates, "every": block},
            "averaging": "none",
            "snapshots": "none",
        }
    )


def read_range_test(recipe: Recipe, rates: Array, losses: Array) -> RangeTest:
    """What the seeds' curves show, losses (seeds, blocks)."""
    reading = read_curves(rates, losses)
    rng = np.random.default_rng(0)
    # One seed drawn again and again shows no spread, which is not the same as there being none.
    draws = DRAWS if len(losses) > 1 else 0
    samples = [read_curves(rates, losses[rng.integers(0, len(losses), len(losses))]) for _ in range(draws)]
    return RangeTest(
        recipe, rates, losses, _quantile(losses, 0.5), _quantile(losses, 0.25), _quantile(losses, 0.75), *reading,
        steepest_interval=_interval(reading.steepest, [sample.steepest for sample in samples]),
        divergence_interval=_interval(reading.divergence, [sample.divergence for sample in samples]),
    )  # fmt: skip


def read_curves(rates: Array, losses: Array) -> CurveReading:
    """Steepest fall, divergence and suggested rate of curves (seeds, blocks)."""
    median, upper = _quantile(losses, 0.5), _quantile(losses, 0.75)
    quiet = median[: max(int(QUIET_SHARE * len(rates)), 2)]
    start, noise = float(np.median(quiet)), float(np.std(quiet)) if np.isfinite(quiet).all() else np.inf
    if not np.isfinite(start):
        return CurveReading(None, float(rates[0]), None)
    decades = np.log10(rates)
    curve = _smooth(decades, np.minimum(median, start))  # above the start there is nothing more to lose
    lowest = int(np.argmin(curve))
    gain = start - float(curve[lowest])
    if gain <= 3 * noise:
        return CurveReading(None, None, None)
    steepest = float(rates[np.argmin(np.gradient(curve, decades)[: lowest + 1])])
    beyond = np.flatnonzero(upper[lowest:] > start - (1 - LOST) * gain)
    divergence = float(rates[lowest + beyond[0]]) if beyond.size else None
    return CurveReading(steepest, divergence, steepest if divergence is None else divergence / 10)


def _smooth(decades: Array, curve: Array) -> Array:
    """A Gaussian mean over neighbouring rates."""
    shares = np.exp(-0.5 * ((decades[:, None] - decades) / BREADTH) ** 2)
    return np.asarray(shares @ curve / shares.sum(axis=1))


def _quantile(losses: Array, share: float) -> Array:
    """A quantile over seeds, interpolated linearly; infinite as soon as one of its two neighbours is."""
    ranked = np.sort(losses, axis=0)
    place = share * (len(losses) - 1)
    low = int(place)
    high = min(low + 1, len(losses) - 1) if place > low else low
    with np.errstate(invalid="ignore"):
        between = ranked[low] + (place - low) * (ranked[high] - ranked[low])
    return np.where(np.isfinite(ranked[high]), between, np.inf)


def _interval(rate: float | None, sampled: list[float | None]) -> tuple[float, float] | None:
    known = [one for one in sampled if one is not None]
    if rate is None or not known:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
