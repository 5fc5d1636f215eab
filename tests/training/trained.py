"""Small populations for the tests of what comes after training, on a table with every kind of column."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import polars as pl

import wellfit
from wellfit.tables import k_fold, make_target
from wellfit.training import Population

ROWS = 120
WORDS = np.array("red green blue dog cat fish sky sea tree stone bread wine".split())


@functools.cache
def table(rows: int = ROWS, seed: int = 0) -> pl.DataFrame:
    """Numbers with missing values, two categorical columns, a date and a text."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, 2))
    numbers[rng.random(rows) < 0.2, 1] = np.nan
    text = [" ".join(rng.choice(WORDS, 7)) for _ in range(rows)]
    days = np.datetime64("2020-01-01") + rng.integers(0, 900, rows).astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "size": numbers[:, 0],
            "weight": numbers[:, 1],
            "colour": rng.choice(["red", "green", "blue", None], rows).tolist(),
            "pair": rng.choice(["left", "right"], rows).tolist(),
            "day": days,
            "words": text,
        }
    )


def targets(kind: str, rows: int = ROWS) -> Any:
    """A target of a kind that depends on the table."""
    size = table(rows)["size"].to_numpy()
    noise = np.random.default_rng(1).normal(size=rows)
    if kind == "binary":
        return np.where(size + noise > 0, "yes", "no")
    if kind == "classes":
        return np.digitize(size, [-0.5, 0.5])
    if kind == "labels":
        return np.stack([size > 0, noise > 0, size + noise > 0], axis=1)
    if kind == "counts":
        return np.random.default_rng(2).poisson(np.exp(size / 2))
    if kind == "several":
        return np.stack([100 + 20 * size, noise], axis=1)
    return 100 + 20 * size + noise


ASKED = {"numbers": "number", "several": "number", "counts": "count", "labels": "labels"}


def train(kind: str = "binary", folds: int = 0, epochs: int = 3, seeds: int = 1, **slots: Any) -> Population:
    """Trained members: on a hold-out, or on folds."""
    y = targets(kind)
    asked = ASKED.get(kind, "class")
    recipe = wellfit.Recipe(**{"hidden": (8, 6), "epochs": epochs, "batch_size": 32, **slots})
    views = k_fold(make_target(y, kind=asked), folds=folds) if folds else None  # type: ignore[arg-type]
    return wellfit.train(recipe, table(), y, views=views, kind=asked, seeds=range(seeds))


population = functools.cache(train)
