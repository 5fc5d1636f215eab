"""Bias and variance of networks of several widths on the snails of the examples."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import wellfit
from wellfit.studies import Study

EXAMPLES = Path(__file__).parents[2] / "examples"


def run() -> Study:
    """Widths from 1 to 64 on 12 training samples of 200 snails each."""
    snails = pl.read_csv(EXAMPLES / "abalone.csv")
    recipe = wellfit.Recipe.plain(hidden=(8,)).vary(
        {"optimizer": {"name": "adam", "learning_rate": 0.01}, "epochs": 60, "batch_size": 32}
    )
    return wellfit.studies.bias_variance(
        recipe, snails.drop("rings"), snails["rings"], values=(1, 2, 4, 8, 16, 32, 64), samples=12, rows=200,
        kind="number", n_jobs=1,
    )  # fmt: skip
