"""What probes saw of the networks of a grid: values by recipe, fold, seed, layer and moment, and their intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.statistics.intervals import Estimate, over_folds
from wellfit.statistics.intervals.ranges import UNBOUNDED, Range
from wellfit.studies.base import Grid, Settings
from wellfit.training import Population

Float64 = NDArray[np.float64]


def with_probes(settings: Settings) -> Settings:
    """The same settings, with the networks looked into at the start, at the end, and once in 10 updates between."""
    return replace(settings, probes=10)


def probes_of(population: Population) -> pl.DataFrame:
    """The probes of one round: member, update, layer, quantity, value."""
    return pl.DataFrame(population.probes)


def all_probes(grid: Grid, rounds: tuple[pl.DataFrame, ...]) -> pl.DataFrame:
    """The probes of all rounds, with recipe, fold (counted through partitions) and seed in place of the member."""
    folds = len(grid.views.views)
    tables = []
    for table, seed in zip(rounds, grid.table["seed"].unique().sort(), strict=True):
        tables.append(
            table.with_columns(
                recipe=pl.col("member").cast(pl.Int64).floordiv(folds).replace_strict(dict(enumerate(grid.names))),
                fold=pl.col("member").cast(pl.Int64) % folds,
                seed=pl.lit(seed, pl.Int64),
            ).drop("member")
        )
    return pl.concat(tables)


def at_ends(probes: pl.DataFrame) -> pl.DataFrame:
    """The first and the last probe of each network, told apart by a column "moment": "start" or "end"."""
    keys = ["recipe", "fold", "seed"]
    first, last = pl.col("update").min().over(keys), pl.col("update").max().over(keys)
    return pl.concat(
        [
            probes.filter(pl.col("update") == first).with_columns(moment=pl.lit("start")),
            probes.filter((pl.col("update") == last) & (last > first)).with_columns(moment=pl.lit("end")),
        ]
    )


def hidden_layers(probes: pl.DataFrame) -> list[str]:
    """Names of the hidden layers, input side first."""
    names = [name for name in probes["layer"].unique() if name.startswith("hidden")]
    return sorted(names, key=lambda name: int(name.removeprefix("hidden")))


def by_network(values: pl.DataFrame, folds: int) -> Float64:
    """One value a network (folds, seeds), from columns fold, seed, value; NaN where one is missing."""
    seeds = values["seed"].unique().sort().to_list()
    table = np.full((folds, max(len(seeds), 1)), np.nan)
    for row in values.iter_rows(named=True):
        table[row["fold"], seeds.index(row["seed"])] = row["value"]
    return table


def estimate_of(values: Float64, test_to_training: float, within: Range = UNBOUNDED) -> Estimate:
    """Mean over networks (folds, seeds) with the corrected interval over folds. within: the range of the values."""
    return over_folds(values.mean(axis=1), test_to_training, within)


def columns_of(name: str, estimate: Estimate, flip: Any = None) -> dict[str, float]:
    """A value and its interval as columns of a study's table. flip: applied to all three (default: nothing)."""
    change = flip or (lambda value: value)
    return {
        name: float(change(estimate.mean)), f"{name}_low": float(change(estimate.low)),
        f"{name}_high": float(change(estimate.high)),
    }  # fmt: skip
