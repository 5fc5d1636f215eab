"""Tables and targets made of a seed by sums, products and rounding, so that no library can change them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

ABALONE = Path(__file__).resolve().parents[3] / "examples" / "abalone.csv"
ROWS = 160
WORDS = np.array("red green blue dog cat fish sky sea tree stone bread wine".split())

# A recipe in which nothing acts but what is asked for.
BASE: dict[str, Any] = {
    "hidden": [12, 8], "epochs": 8, "batch_size": 32, "dropout": 0.0, "weight_decay": 0.0, "skip": "none",
    "optimizer": {"name": "adam", "learning_rate": 0.02}, "schedule": "constant", "scaling": "standard",
}  # fmt: skip


def recipe(**slots: Any) -> dict[str, Any]:
    """The plain recipe with some slots changed."""
    return {**BASE, **slots}


def fading(strength: float) -> dict[str, Any]:
    """A strength that falls to nothing."""
    return {"value": strength, "schedule": {"name": "flat_cosine"}}


def numbers(rows: int = ROWS, columns: int = 5, seed: int = 0) -> NDArray[np.float64]:
    """Sums of three uniform numbers."""
    return np.round(np.random.default_rng(seed).random((3, rows, columns)).sum(axis=0) * 2 - 3, 3)


def signal(X: NDArray[np.float64], seed: int = 1, noise: float = 0.3) -> NDArray[np.float64]:
    """A number that depends on the first three columns, and some noise."""
    return X[:, 0] - X[:, 1] * X[:, 2] + noise * numbers(len(X), 1, seed)[:, 0]


def binary(rows: int = ROWS) -> tuple[Any, Any]:
    X = numbers(rows)
    return X, np.where(signal(X) > 0, "yes", "no")


def classes(rows: int = ROWS) -> tuple[Any, Any]:
    X = numbers(rows)
    return X, np.digitize(signal(X), [-0.5, 0.6])


def number(rows: int = ROWS) -> tuple[Any, Any]:
    X = numbers(rows)
    return X, np.round(200 + 40 * signal(X), 2)


def noisy_number(rows: int = ROWS) -> tuple[Any, Any]:
    """More noise than sense: validation losses soon rise."""
    X = numbers(rows, 8)
    return X, np.round(5 + signal(X, noise=2.0), 2)


def several(rows: int = ROWS) -> tuple[Any, Any]:
    X = numbers(rows)
    return X, np.round(np.stack([200 + 40 * signal(X), X[:, 3] * X[:, 4], signal(X, 2)], axis=1), 2)


def counts(rows: int = ROWS) -> tuple[Any, Any]:
    X = numbers(rows)
    return X, np.floor(np.maximum(2 + 1.5 * signal(X), 0)).astype(np.int64)


def labels(rows: int = ROWS) -> tuple[Any, Any]:
    X = numbers(rows)
    return X, np.stack([signal(X) > 0, X[:, 3] > 0.2, signal(X, 2) > 0.5], axis=1)


def tasks(rows: int = ROWS) -> tuple[Any, Any]:
    """A class, a number, a count and a yes or no, some of them missing."""
    X = numbers(rows)
    z, gone = signal(X), np.random.default_rng(3).random((3, rows)) < 0.2
    sort = np.array(["low", "middle", "high"], object)[np.digitize(z, [-0.5, 0.6])]
    sort[gone[0]] = None
    size = np.where(gone[1], np.nan, np.round(10 + 3 * signal(X, 2), 2))
    seen = np.where(gone[2], np.nan, np.floor(np.maximum(2 + z, 0)))
    return X, {"sort": sort.tolist(), "size": size, "seen": seen, "known": X[:, 3] > 0}


@functools.cache
def mixed_table(rows: int = ROWS) -> pl.DataFrame:
    """Numbers with missing cells, categories of few and many values, a date, a text."""
    random = np.random.default_rng(4)
    X = numbers(rows, 2, seed=5)
    X[random.random(rows) < 0.2, 1] = np.nan
    days = np.datetime64("2020-01-01") + random.integers(0, 900, rows).astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "size": X[:, 0],
            "weight": X[:, 1],
            "colour": random.choice(["red", "green", "blue", None], rows).tolist(),
            "pair": random.choice(["left", "right"], rows).tolist(),
            "town": [f"town {k}" for k in random.integers(0, 9, rows)],
            "day": days,
            "words": [" ".join(random.choice(WORDS, 7)) for _ in range(rows)],
        }
    )


def mixed(rows: int = ROWS) -> tuple[Any, Any]:
    table = mixed_table(rows)
    z = table["size"].to_numpy() + 0.7 * (table["colour"].fill_null("red") == "red").to_numpy()
    dog = np.array(["dog" in words for words in table["words"]])
    return table, np.where(z + 0.5 * dog > 0.6, "yes", "no")


def mixed_number(rows: int = ROWS) -> tuple[Any, Any]:
    table, answer = mixed(rows)
    return table, np.round(table["size"].to_numpy() + 2.0 * (answer == "yes"), 3)


def without_text(rows: int = ROWS) -> tuple[Any, Any]:
    table, y = mixed(rows)
    return table.drop("words"), y


def sparse(rows: int = ROWS) -> tuple[Any, Any]:
    random = np.random.default_rng(6)
    filled = np.where(random.random((rows, 40)) < 0.1, random.integers(1, 5, (rows, 40)), 0)
    return csr_matrix(filled.astype(np.float64)), np.where(filled[:, :6].sum(axis=1) > 1, "many", "few")


def images(rows: int = 96) -> tuple[Any, Any]:
    """Pictures of 8 x 6 pixels and two channels, brighter on one side."""
    random = np.random.default_rng(7)
    pictures = random.integers(0, 160, (rows, 8, 6, 2))
    side = random.integers(0, 3, rows)
    pictures += 60 * (np.arange(6)[None, None, :, None] // 2 == side[:, None, None, None])
    return pictures.astype(np.uint8), side


def snails() -> tuple[Any, Any]:
    """The table in examples/, whole: more rows than one part of a prediction, more updates than are planned at once."""
    table = pl.read_csv(ABALONE)
    return table.drop("rings"), table["rings"].to_numpy().astype(np.float64)


def groups(rows: int = ROWS) -> NDArray[np.int64]:
    """Which rows belong together."""
    return np.random.default_rng(8).integers(0, 30, rows)
