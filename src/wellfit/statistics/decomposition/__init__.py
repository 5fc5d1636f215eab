"""Bias and variance: the error of many networks on the same rows, taken apart by where it comes from."""

from wellfit.statistics.decomposition.parts import TwoWay, two_way
from wellfit.statistics.decomposition.summary import Decomposed, changed, decomposed
from wellfit.statistics.decomposition.terms import (
    Terms,
    against_truth,
    cross_entropy_terms,
    main_classes,
    squared_terms,
    zero_one_terms,
)

__all__ = [
    "Decomposed",
    "Terms",
    "TwoWay",
    "against_truth",
    "changed",
    "cross_entropy_terms",
    "decomposed",
    "main_classes",
    "squared_terms",
    "two_way",
    "zero_one_terms",
]
