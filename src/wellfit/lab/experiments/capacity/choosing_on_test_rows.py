"""The best of many recipes on the test rows is worse on new rows: choosing on test rows leaks them."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.tables.arrays import View

ROWS, TEST, NEW = 100, 100, 2000  # that train, that choose, that are new
CLAIMS = (
    Claim(
        "one", "The test error of a single recipe is not optimistic",
        "error rate on 2,000 new rows minus that on the 100 test rows, mean over all recipes and made tables",
        least=-0.015, most=0.015,
    ),
    Claim(
        "many", "The test error of the best of 64 recipes is optimistic",
        "error rate on new rows minus that on the test rows, of the recipe that is best on the test rows, mean over "
        "made tables", least=0.02,
    ),
    Claim(
        "grows", "The optimism grows with the number of recipes tried",
        "optimism of the best of 64 recipes minus that of the best of 4, mean over made tables", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """On every made table 64 recipes are trained; a random order of them says which are the first 1, 2, 4, ..."""
    repeats, tried = lab.pick(4, 12, 40), 64
    draws = lab.pick(20, 200, 200)  # random orders of the recipes
    recipes = [
        wellfit.Recipe.plain(hidden=(width,), optimizer="adam", batch_size=batch, epochs=lab.pick(2, 20, 20), l2=l2)
        for width in (4, 8, 16, 32) for batch in (5, 10, 20, 50) for l2 in (0.0, 0.001, 0.01, 0.1)
    ]  # fmt: skip
    old, test, new = np.split(np.arange(ROWS + TEST + NEW), [ROWS, ROWS + TEST])
    counts = [1, 2, 4, 8, 16, 32, 64]
    optimism = np.empty((repeats, len(counts)))
    for k in range(repeats):
        X, y = _table(k)
        population = wellfit.train(recipes, X, y, views=View(old, test, new), seeds=k, **lab.options)
        seen, unseen = (population.evaluate(part)["error"].to_numpy() for part in ("validation", "test"))
        orders = [np.random.default_rng([k, draw]).permutation(tried) for draw in range(draws)]
        for place, count in enumerate(counts):
            best = [order[:count][seen[order[:count]].argmin()] for order in orders]
            optimism[k, place] = (unseen[best] - seen[best]).mean()
        optimism[k, 0] = (unseen - seen).mean()

    found = {
        "one": mean_of(optimism[:, 0]),
        "many": mean_of(optimism[:, -1]),
        "grows": difference(optimism[:, -1], optimism[:, counts.index(4)]),
    }
    known = [mean_of(values) for values in optimism.T]
    rows = [
        {"recipes tried": count, "optimism": one.mean, "low": one.low, "high": one.high}
        for count, one in zip(counts, known, strict=True)
    ]
    figure = line_figure(
        ResultFrame(rows), Axis("recipes tried", "recipes tried", scale="log"),
        Axis("optimism", "error on new rows minus on test rows"), low="low", high="high", name="optimism",
        title="The more recipes the test rows choose from, the better the best one seems.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), repeats * tried, f"64 recipes on each of {repeats} made tables")


def _table(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten normal columns; the label depends on three of them and a coin."""
    random = np.random.default_rng([seed, 13])
    X = random.normal(size=(ROWS + TEST + NEW, 10))
    score = X[:, 0] + X[:, 1] * X[:, 2] + random.normal(size=len(X))
    return X, (score > 0).astype(np.int64)


EXPERIMENT = Experiment(
    "Choosing on the test rows",
    "Of ever more recipes the one with the smallest error on 100 test rows is chosen, and that error is reported. How "
    "far is it from the error on new rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.3", (1.5, 7.0, 26.0), run,
    "The error on 100 rows is off by chance, and the smallest of many such errors is mostly one that is off downwards. "
    "Rows that choose need other rows that measure.",
)  # fmt: skip
