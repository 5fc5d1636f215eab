"""Whether numbers of a later table are in another unit than those of training: percents for shares, cents for euros."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from wellfit.tables.columns.columns import Column

FACTORS = (100.0, 0.01, 1000.0, 0.001, 1e6, 1e-6)
MOST_SORTED = 100_000
TAIL = 0.05  # of the numbers on either side of the middle
LEAST_NUMBERS = 10  # fewer of them, or of different ones, may lie anywhere in the range by chance
LEAST_SPREAD = 20  # numbers from which a spread is taken
INSIDE, OUTSIDE = 0.7, 0.1  # shares in the middle that say "like training" and "unlike it"
LEAST_SHARE = 0.1  # of training's spread, below which numbers are so alike that they tell no more than one of them
NEAR = 1.5  # how far a ratio of spreads may be from a factor


def middle_of(values: pl.Series) -> tuple[float, float]:
    """The ends of the middle 90 % of the finite numbers; 0 and 0 where there is none. Of many, a sample tells."""
    sample = values if len(values) <= MOST_SORTED else values.gather_every(len(values) // MOST_SORTED)
    wide = sample.cast(pl.Float64).to_numpy()  # with NumPy: of thousands of columns each expression of polars counts
    finite = wide[np.isfinite(wide)]
    if not finite.size:
        return 0.0, 0.0
    low, high = (math.floor(share * (finite.size - 1) + 0.5) for share in (TAIL, 1 - TAIL))  # the nearest number
    ordered = np.partition(finite, (low, high))
    return float(ordered[low]), float(ordered[high])


def unit_factor(column: Column, values: pl.Series) -> float:
    """The factor that makes numbers like those of training where they are unlike them; else 1.

    They are unlike them where all lie beyond training's, where few lie in its middle, or where their spread differs by
    that factor. Nearly equal numbers within training's range tell nothing: rows may be alike.
    """
    numbers = values.cast(pl.Float64).drop_nulls()
    if column.low == column.high or not len(numbers):
        return 1.0
    beyond = bool(((numbers < column.least) | (numbers > column.most)).all())
    elsewhere = _inside(column, numbers) <= OUTSIDE
    differ = numbers.n_unique() >= LEAST_NUMBERS
    low, high = middle_of(numbers) if differ else (0.0, 0.0)
    for factor in FACTORS:
        spread = (high - low) * factor
        told_by_place = elsewhere and (beyond or spread >= LEAST_SHARE * (column.high - column.low))
        told_by_spread = len(numbers) >= LEAST_SPREAD and _spreads_alike(column, spread)
        if (told_by_place or told_by_spread) and _inside(column, numbers * factor) >= INSIDE:
            return factor
    return 1.0


def _inside(column: Column, numbers: pl.Series) -> float:
    """The share of numbers in the middle of training's."""
    return float(numbers.is_between(column.low, column.high).mean() or 0.0)  # type: ignore[arg-type]


def _spreads_alike(column: Column, spread: float) -> bool:
    return (column.high - column.low) / NEAR <= spread <= (column.high - column.low) * NEAR
