"""Recipes compared on the same folds, seeds and rows: differences with intervals, and what they say."""

from wellfit.statistics.paired.difference import PairedDifference, paired_difference
from wellfit.statistics.paired.family import Comparison, compare_family, corrected, holm
from wellfit.statistics.paired.selection import BestOfMany, Simplest, best_of_many, simplest_as_good
from wellfit.statistics.paired.split import split_difference
from wellfit.statistics.paired.variance import Sources, Spread, spread_of
from wellfit.statistics.paired.verdicts import BETTER, SAME, UNKNOWN, WORSE, Verdict, verdict_of
from wellfit.statistics.paired.wording import ESTIMATED, rounded, shown_value, verdict_sentence

__all__ = [
    "BETTER", "ESTIMATED", "SAME", "UNKNOWN", "WORSE", "BestOfMany", "Comparison", "PairedDifference", "Simplest",
    "Sources", "Spread", "Verdict", "best_of_many", "compare_family", "corrected", "holm", "paired_difference",
    "rounded", "shown_value", "simplest_as_good", "split_difference", "spread_of", "verdict_of", "verdict_sentence",
]  # fmt: skip
