"""What is independent of each other, rows or groups of rows, and the standard error of what is a mean over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
LEAST_LEFT = 1e-12  # of the weight, where a unit holds all the rest


def effective_size(weight: NDArray[Any]) -> float:
    """How many rows of equal weight tell as much as these: (sum w)^2 / sum w^2, Kish's effective sample size.

    Source: Kish, "Survey sampling", 1965.

    >>> effective_size(np.array([1.0, 1.0, 0.0])), round(effective_size(np.array([100.0, 1.0, 1.0])), 2)
    (2.0, 1.04)
    """
    given = np.asarray(weight, np.float64)
    most = given.max(initial=0.0)
    if not most > 0:
        return 0.0
    return float((given / most).sum() ** 2 / ((given / most) ** 2).sum())


@dataclass(frozen=True)
class Units:
    """The rows of positive weight, and the units that they belong to.

    share: (rows,) of the weight; they add up to 1.
    unit: (rows,) numbers of the units from 0; None: every row is one.
    size: effective number of rows. count: how many units there are. effective: effective number of units.
    """

    share: Float64
    unit: NDArray[np.int64] | None
    size: float
    count: int
    effective: float

    def means_without(self, values: Float64) -> Float64:
        """The means of values (..., rows) over all rows but those of each unit (..., units).

        Of a mean that is what the jackknife asks for; so one heavy row, without which the others decide, does not pass
        for certainty.
        """
        weighted, held = self.share * values, self.share
        if self.unit is not None:
            lines = weighted.reshape(-1, weighted.shape[-1])
            sums = np.array([np.bincount(self.unit, line, self.count) for line in lines], np.float64)
            weighted = sums.reshape(*weighted.shape[:-1], self.count)
            held = np.bincount(self.unit, held, self.count).astype(np.float64)
        centre = (self.share * values).sum(axis=-1, keepdims=True)
        # The whole less the part would lose its digits where the part is nearly all: the part is taken from the centre.
        moved = weighted - held * centre
        return np.asarray(centre - moved / np.maximum(1.0 - held, LEAST_LEFT))

    def standard_error(self, left: Float64) -> float:
        """The standard error of a score by its values without each of k units: sqrt((k - 1)/k sum (t - mean t)^2).

        NaN of fewer than 2 units.
        """
        if self.count < 2:
            return math.nan
        return float(np.sqrt((self.count - 1) * np.var(left)))

    def size_of_share(self, values: Float64, most: float = 1.0) -> float:
        """For how many independent rows a mean of values in [0, 1] counts.

        At most the effective number of rows times `most`. Of groups, whose rows resemble each other, as many as their
        variance between groups says (Korn & Graubard); where that says nothing, the effective number of groups.
        """
        mean = float(self.share @ values)
        if self.unit is None and most == 1.0:
            return self.size
        error = self.standard_error(self.means_without(values))
        spread = mean * (1 - mean)  # by rounding a little off 0, and below it, where all values are 1
        known = spread > 0 and error * error > 1e-12 * spread
        return min(spread / (error * error), self.size * most) if known else self.effective

    def part(self, rows: NDArray[np.bool_]) -> Units:
        """Some of the rows by themselves."""
        return units_of(self.share[rows], None if self.unit is None else self.unit[rows])


def units_of(weight: NDArray[Any], groups: NDArray[Any] | None = None) -> Units:
    """The units of rows of positive weight. groups: (rows,); rows of one group are one unit. None: each row is one."""
    given = np.asarray(weight, np.float64)
    size = effective_size(given)
    if groups is None:
        return Units(given / given.sum(), None, size, len(given), size)
    unit = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    sums = np.bincount(unit, given)
    return Units(given / given.sum(), unit, size, len(sums), effective_size(sums))
