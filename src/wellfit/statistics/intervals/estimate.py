"""An estimated score: the value, its 95 % interval, and why one of them is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wellfit.reprs import significant
from wellfit.statistics.intervals.ranges import Range

LEAST_UNITS = 10  # the spread of fewer rows or groups is not known


@dataclass(frozen=True)
class Estimate:
    """A mean or score, and the ends of its 95 % interval.

    mean: NaN where it cannot be measured.
    low, high: NaN where there is no interval.
    remark: why something is missing, or what the number leaves out; empty (default): nothing.
    """

    mean: float
    low: float = math.nan
    high: float = math.nan
    remark: str = ""

    def __str__(self) -> str:
        if math.isnan(self.mean) and self.remark:
            return self.remark
        words = significant(self.mean)
        if self.known:
            words += f" (95 % interval {significant(self.low)} to {significant(self.high)})"
        return f"{words} ({self.remark})" if self.remark else words

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def shifted(self, by: float) -> Estimate:
        """The same with a known number added to the mean and both ends."""
        return replace(self, mean=self.mean + by, low=self.low + by, high=self.high + by)

    def scaled(self, factor: float) -> Estimate:
        """The same with the mean and both ends multiplied by a known number of 0 or more."""
        return replace(self, mean=self.mean * factor, low=self.low * factor, high=self.high * factor)

    def within(self, values: Range) -> Estimate:
        """The same with what lies outside a range moved to its end: a loss is not below 0."""
        mean, low, high = (
            value if math.isnan(value) else min(max(value, values.least), values.most)
            for value in (self.mean, self.low, self.high)
        )
        return replace(self, mean=mean, low=low, high=high)

    def one_minus(self) -> Estimate:
        """The estimate of 1 minus this, such as the accuracy from the error."""
        return replace(self, mean=1.0 - self.mean, low=1.0 - self.high, high=1.0 - self.low)

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it: null for what is not known."""
        return {
            "mean": self.mean if math.isfinite(self.mean) else None,
            "interval_95": [self.low, self.high] if self.known else None,
            **({"remark": self.remark} if self.remark else {}),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Estimate:
        """What `to_plain` gave; null is NaN."""
        low, high = plain["interval_95"] or (math.nan, math.nan)
        mean = math.nan if plain["mean"] is None else float(plain["mean"])
        return cls(mean, float(low), float(high), str(plain.get("remark", "")))
