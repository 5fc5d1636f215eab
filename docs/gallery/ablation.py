"""What each technique of the default recipe is worth on the snails of the examples."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import wellfit
from wellfit.studies import Study

EXAMPLES = Path(__file__).parents[2] / "examples"


def run() -> Study:
    """Small networks, on rows dealt into five folds twice."""
    snails = pl.read_csv(EXAMPLES / "abalone.csv")
    recipe = wellfit.Recipe(hidden=(32, 32), epochs=24)
    return wellfit.studies.ablation(
        recipe, snails.drop("rings"), snails["rings"], folds=5, partitions=2, seeds=2, n_jobs=1
    )
