"""A claim: a sentence, the number that decides it, and the interval in which it holds, fixed before anything is run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wellfit.reprs import number, short_repr
from wellfit.statistics.intervals import Estimate

HELD, NOT_HELD, UNKNOWN = "held", "did not hold", "cannot tell"


@dataclass(frozen=True)
class Claim:
    """What an experiment is to show.

    key: short name, such as "helps".
    sentence: the claim, such as "Dropout lowers the test error of a network that overfits".
    measured: the number that decides it, with its unit and what is repeated, such as "test error rate without dropout
        minus with, mean over 8 seeds".
    least, most: the claim holds where the number lies between them (default: without a bound). "Larger than 0" is
        least=0.
    published: what others found, such as "Srivastava et al. 2014: 1.60 % without, 1.25 % with" (default "").
    """

    key: str
    sentence: str
    measured: str
    least: float = -math.inf
    most: float = math.inf
    published: str = ""

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not self.least < self.most or math.isinf(self.least) and math.isinf(self.most):
            raise ValueError(f"The claim {self.key!r} needs least below most, one of them finite.")

    @property
    def bounds(self) -> str:
        """Where the number must lie, in words."""
        if math.isinf(self.most):
            return f"above {number(self.least)}"
        if math.isinf(self.least):
            return f"below {number(self.most)}"
        return f"between {number(self.least)} and {number(self.most)}"


def verdict_of(claim: Claim, found: Estimate) -> str:
    """ "held" where the whole interval lies within the claim's bounds, "did not hold" where all of it lies outside, and
    "cannot tell" otherwise; also where there is no interval.
    """
    if not (found.known and math.isfinite(found.mean)):
        return UNKNOWN
    if claim.least < found.low and found.high < claim.most:  # no difference at all is none above 0
        return HELD
    return NOT_HELD if found.high < claim.least or found.low > claim.most else UNKNOWN
