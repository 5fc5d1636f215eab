"""What a reader must know of an interval: when not to trust it, and what it does not cover."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.intervals import LEAST_UNITS

Float64 = NDArray[np.float64]

FEW_UNITS = 100  # rows that were held out: of fewer, a handful decides where losses are skewed
FEW_GROUPS = 20
FEW_FOLDS = 3
ALIKE_PAIRS = 0.5  # of the pairs that agree to the last digit

ONE_SPLIT = (
    "a single split: the interval covers other seeds and test rows, not other training rows, and is too narrow for them"
)
SEEDS_ONLY = (
    "a single split and no losses of rows: the interval covers other seeds alone, neither other test rows nor other "
    "training rows"
)
ONE_SEED = "one seed: what its initial weights do to all folds alike is not in the interval"
TWO_SEEDS = "two seeds: what initial weights do to all folds alike is known from two values only"
ONE_OF_ALL = "no interval: one fold and one seed show no spread"
CONSTANT = "no interval: the difference is the same in every fold"
IDENTICAL = "the losses are identical, number by number"


@dataclass(frozen=True)
class Layout:
    """What was compared.

    units: independent rows, or groups of rows, that one partition holds out. grouped: whether they are groups.
    pairs: (folds of all partitions, seeds) differences, NaN where one is missing.
    same_seeds: whether every fold trains from the same seeds.
    """

    units: float
    grouped: bool
    pairs: Float64
    same_seeds: bool = True

    @property
    def folds(self) -> int:
        """Of all partitions, those with at least one pair."""
        return int((~np.isnan(self.pairs)).any(axis=1).sum())

    @property
    def seeds(self) -> int:
        """Seeds of the fold that has most."""
        return int((~np.isnan(self.pairs)).sum(axis=1).max())


def remark_on(layout: Layout, diverged: bool = False) -> str:
    """What to know of an interval over folds and seeds; "" where there is nothing.

    diverged: whether missing pairs are those of diverged networks, which are spoken of elsewhere (default False).
    """
    found = []
    if layout.folds == 1 and layout.seeds > 1:
        found.append(SEEDS_ONLY)
    elif layout.folds > 1 and layout.seeds <= 2 and layout.same_seeds:
        found.append(ONE_SEED if layout.seeds == 1 else TWO_SEEDS)
    if 2 <= layout.folds < FEW_FOLDS:
        found.append(f"{layout.folds} folds only: the interval is wide, and trusts them to be alike")
    found.extend(_few_units(layout.units, layout.grouped))
    found.extend(_nearly_identical(layout.pairs))
    missing = int(np.isnan(layout.pairs).sum())
    if missing and not diverged:
        found.append(f"{missing} of {layout.pairs.size} pairs are missing and left out")
    return "; ".join(found)


def remark_on_split(layout: Layout) -> str:
    """The same of a single split, of which the losses of the test rows are known."""
    found = [ONE_SPLIT]
    if layout.seeds < 2:
        found.append("one seed: other seeds are not in the interval either")
    found.extend(_few_units(layout.units, layout.grouped))
    apart = int((layout.pairs != 0).any(axis=1).sum())
    if 0 < apart < LEAST_UNITS:
        found.append(f"nearly identical networks: {apart} of {len(layout.pairs)} rows make the whole difference")
    return "; ".join(found)


def _few_units(units: float, grouped: bool) -> list[str]:
    if units >= (FEW_GROUPS if grouped else FEW_UNITS):
        return []
    return [f"only {math.floor(units)} {'groups' if grouped else 'rows'} were held out: a few of them may decide it"]


def _nearly_identical(pairs: Float64) -> list[str]:
    """Where most pairs agree to the last digit, a few others make the difference, and their size is not known."""
    known = pairs[~np.isnan(pairs)]
    alike = int((known == 0).sum())
    if not known.size or alike in (0, known.size) or alike < ALIKE_PAIRS * known.size:
        return []
    return [f"nearly identical networks: {known.size - alike} of {known.size} pairs make the whole difference"]
