"""How large the network must be for the snails of the examples."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import wellfit
from wellfit.studies import Study

EXAMPLES = Path(__file__).parents[2] / "examples"


def run() -> Study:
    """Widths from 2 to 64 on the first 2,000 rows."""
    snails = pl.read_csv(EXAMPLES / "abalone.csv").head(2000)
    return wellfit.studies.capacity(
        "wellfit", snails.drop("rings"), snails["rings"], widths=(2, 4, 8, 16, 32, 64), n_jobs=1
    )
