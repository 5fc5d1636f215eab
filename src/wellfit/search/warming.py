"""Compiling beforehand all that a search may try, so that no later search on this machine has to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.numerics.cores import usable_cores
from wellfit.search.race.compiling import compile_kernels, kernels_missing, second_process
from wellfit.search.race.folds import Partitions
from wellfit.search.race.portfolio import MANY_ROWS, portfolio, suited
from wellfit.search.race.proposals import Evolution
from wellfit.search.race.race import Race
from wellfit.tables.arrays import Arrays, Target

ROWS, LEVELS, CLASSES = 400, 80, 3


def warm(on_kind: Callable[[str], None] = lambda kind: None) -> float:
    """Compile every kernel that a search may need, for each kind of target, and keep them in the cache.

    What lies in the cache already is not compiled again.

    on_kind: called with what is compiled next: "two classes", "several classes", "numbers", "counts".

    Returns:
        Seconds of compiling, 0.0 where nothing was missing.
    """
    seconds, targets = 0.0, example_targets()
    missing = [
        one.kind for one in targets.values() if kernels_missing(portfolio(one.kind), Evolution(one.kind, True, True))
    ]
    with second_process(missing if usable_cores() > 1 else []):
        for words, target in targets.items():
            on_kind(words)
            race = example_race(example_columns(), target)
            proposer = Evolution(target.kind, True, True)
            recipes = portfolio(target.kind)
            seconds += compile_kernels(race, recipes, proposer, every=True)
            # Of a large table the same recipes embed categories, as these 400 rows then do.
            seconds += compile_kernels(race, suited(recipes, MANY_ROWS, (LEVELS,)), proposer, every=True)
    return seconds


def example_race(arrays: Arrays, target: Target) -> Race:
    """A race on such rows before its first candidate."""
    weight = np.ones(arrays.rows, np.float32)
    return Race(GrowingPopulation(arrays, target, weight), Partitions(target, weight, None, 0, None), 0)


def example_targets() -> dict[str, Target]:
    """A target of each kind that a search takes, by what to call it; (400, 1) each."""
    place = np.arange(ROWS, dtype=np.float32)[:, None]
    return {
        "two classes": Target("binary", place % 2, ("no", "yes")),
        "several classes": Target("classes", place % CLASSES, ("a", "b", "c")),
        "numbers": Target("numbers", place, ("y",)),
        "counts": Target("counts", place % 10, ("y",)),
    }


def example_columns() -> Arrays:
    """Numbers, some of them missing, and categories: few and many."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(ROWS, 3)).astype(np.float32)
    numbers[::7, 0] = np.nan
    codes = np.stack([random.integers(0, 4, ROWS), random.integers(0, LEVELS, ROWS)], axis=1).astype(np.int32)
    return Arrays(numbers, codes, (4, LEVELS))
