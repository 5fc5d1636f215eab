"""95 % intervals that stay inside a score's range and never claim certainty that the rows cannot give."""

from wellfit.statistics.intervals.estimate import LEAST_UNITS, Estimate
from wellfit.statistics.intervals.ranges import POSITIVE, SHARE, UNBOUNDED, Range, around
from wellfit.statistics.intervals.samples import over_folds, over_rows
from wellfit.statistics.intervals.shares import exact_share, square_and_add
from wellfit.statistics.intervals.units import Units, effective_size, units_of

__all__ = [
    "LEAST_UNITS", "POSITIVE", "SHARE", "UNBOUNDED", "Estimate", "Range", "Units", "around", "effective_size",
    "exact_share", "over_folds", "over_rows", "square_and_add", "units_of",
]  # fmt: skip
