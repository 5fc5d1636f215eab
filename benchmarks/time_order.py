"""Rows in order of time: the network of the latest period alone, beside the average of the networks of all periods.

    python benchmarks/time_order.py [--data ../shared/data] [--seeds 0,1]

The last tenth of the rows tests. Of the others the first half always trains, and each of five later periods validates
the network that trained on all before it, as with `wellfit fit --time-column`. What cross-validation estimates is the
mean of the five held-out losses. The recipe is the default one. One table is made, its level rising with time; the
hours of bike_sharing stand in time order, the rows of the other tables in none.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from accuracy import CORES, words
from accuracy_data import DATA, load
from printing import print_table

TABLES = ("bike_sharing", "abalone", "california_housing", "kin8nm")
ROWS, NOISE, TESTED, PERIODS = 6_000, 0.8, 0.1, 5


def rising(seed: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Made rows, whose target rises by 6 from the first row to the last, with noise of standard deviation 0.8."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(ROWS, 5))
    day = np.arange(ROWS) / ROWS
    y = 6 * day + np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + NOISE * random.normal(size=ROWS)
    return pd.DataFrame(x, columns=list("abcde")).assign(day=day), y


def in_order(folder: Path, name: str) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """A task's rows as they stand in its file; 18,000 drawn at random where it has more."""
    task = load(folder, name)
    X = pd.concat([task.X, task.X_test])
    order = np.argsort(X.index)
    return X.iloc[order].reset_index(drop=True), np.concatenate([task.y, task.y_test])[order]


def errors(name: str, X: pd.DataFrame, y: np.ndarray[Any, Any], seed: int, threads: int) -> list[str]:
    """A line of the table: RMSE on the last tenth."""
    import wellfit
    from wellfit.models.ensemble import bag
    from wellfit.tables import by_time

    first = round(len(y) * (1 - TESTED))
    views = by_time(np.arange(first), PERIODS, first=0.5)
    population = wellfit.train(
        wellfit.Recipe(), X[:first], y[:first], views=views, kind="number", seeds=[seed], n_jobs=threads
    )
    held_out = population.evaluate("validation")["error"].to_numpy()

    def rmse(members: list[int]) -> float:
        model = bag(population, members=members)
        return float(np.sqrt(np.mean((model.predict(X[first:]) - y[first:]) ** 2)))

    latest, average = rmse([PERIODS - 1]), rmse(list(range(PERIODS)))
    estimate = float(np.sqrt(np.mean(held_out)))
    return [name, str(seed), *(f"{one:.4g}" for one in (estimate, latest, average, latest / average))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with tasks.json (default: WELLFIT_DATA)")
    parser.add_argument("--threads", type=int, default=CORES, help="of a fit (default: all cores)")
    parser.add_argument("--seeds", type=words, default=["0", "1"])
    given = parser.parse_args()
    lines = []
    for seed in map(int, given.seeds):
        lines.append(errors("rising level", *rising(seed), seed, given.threads))
        for name in TABLES if given.data.is_dir() else ():
            lines.append(errors(name, *in_order(given.data, name), seed, given.threads))
    print_table("RMSE on the last tenth", ["table", "seed", "estimated", "latest", "average", "ratio"], sorted(lines))


if __name__ == "__main__":
    main()
