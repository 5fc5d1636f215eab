"""What every experiment is made of: claims, what was found, and the sizes it can be run at."""

from wellfit.lab.base.claim import HELD, NOT_HELD, UNKNOWN, Claim, verdict_of
from wellfit.lab.base.estimates import difference, exact, mean_of, ratio, share
from wellfit.lab.base.experiment import SIZES, Answer, Experiment, Lab, Size

__all__ = [
    "HELD", "NOT_HELD", "SIZES", "UNKNOWN", "Answer", "Claim", "Experiment", "Lab", "Size", "difference", "exact",
    "mean_of", "ratio", "share", "verdict_of",
]  # fmt: skip
