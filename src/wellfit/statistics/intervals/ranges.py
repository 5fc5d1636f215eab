"""Intervals around a value by its standard error that stay inside the range of the value."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True)
class Range:
    """The values that a score can have, from `least` to `most`."""

    least: float = -math.inf
    most: float = math.inf


UNBOUNDED, POSITIVE, SHARE = Range(), Range(0.0), Range(0.0, 1.0)


def around(mean: float, error: float, freedom: float, values: Range = UNBOUNDED) -> tuple[float, float]:
    """The ends of the 95 % interval around a value.

    Without bounds it is mean +- t(0.975, freedom) error. Above 0 the interval is taken of the logarithm, between two
    bounds of the log-odds, each with the standard error that the delta method gives there, and turned back: so it never
    leaves the range, and reaches further to the side where it has room.

    error: the standard error, above 0. freedom: degrees of freedom, above 0. values: the range (default: all numbers).

    >>> [round(end, 3) for end in around(0.1, 0.1, 20, POSITIVE)]
    [0.012, 0.805]
    """
    reach = quantile_of_t(freedom) * error
    if math.isinf(values.least):
        return mean - reach, mean + reach
    if mean <= values.least or mean >= values.most:
        return math.nan, math.nan
    away = mean - values.least
    if math.isinf(values.most):
        factor = math.exp(min(reach / away, 700.0))
        return values.least + away / factor, values.least + away * factor
    width = values.most - values.least
    factor = math.exp(min(reach * width / (away * (width - away)), 700.0))
    odds = away / (width - away)
    return values.least + width / (1 + factor / odds), values.most - width / (1 + odds * factor)


def quantile_of_t(freedom: float) -> float:
    """t(0.975, freedom)."""
    from scipy.special import stdtrit  # scipy.stats has it too, and takes two seconds to load

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
