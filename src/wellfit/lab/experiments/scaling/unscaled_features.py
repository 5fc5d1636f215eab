"""Two features of very different scales, 1 to 5 beside 1,000 to 99,999: gradient descent with and without scaling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio
from wellfit.lab.experiments.scaling._least_squares import descent, picture, scaled, table, weights

CLAIMS = (
    Claim(
        "updates", "Without scaling, descent takes more than 100 times as many updates",
        "updates until the loss is within 1 % of the way to its minimum, without over with scaling (counted up to "
        "10,000), geometric mean over drawn tables", least=100.0,
    ),
    Claim(
        "zigzag", "Without scaling, descent jumps from side to side at nearly every update",
        "share of the first 50 updates at which the steep weight's step turns round, mean over drawn tables", least=0.9,
    ),
    Claim(
        "network", "A network learns less from unscaled features at the best of the same rates",
        "lowest squared error on new rows, without over with scaling, geometric mean over drawn tables", least=1.5,
    ),
)  # fmt: skip
MOST = 10_000


def run(lab: Lab) -> Answer:
    """Least squares on drawn tables, as they are and scaled; and networks on the same."""
    repeats, most = lab.pick(2, 4, 12), lab.pick(2_000, MOST, MOST)
    counts, turns, paths = [], [], {}
    for seed in range(repeats):
        X, y = table(seed)
        raw, updates = descent(X - X.mean(axis=0), y - y.mean(), most)
        quick, few = descent(scaled(X), y - y.mean(), most)
        steps = np.diff(raw[:51, 1])
        counts.append((updates, max(few, 1)))
        turns.append(float((steps[1:] * steps[:-1] < 0).mean()))
        if not seed:
            paths = {"as they are": raw, "scaled": quick}
    errors = networks(lab, repeats)
    slow, fast = np.array(counts).T
    found = {"updates": ratio(slow, fast), "zigzag": mean_of(turns), "network": ratio(errors[0], errors[1])}
    rows = [{"features": name, "updates": float(np.median(c)), "error of a network": float(e.mean())}
            for name, c, e in zip(paths, (slow, fast), errors, strict=True)]  # fmt: skip
    figures = (weights(paths), picture(paths["as they are"]))
    return Answer(rows, found, figures, 12 * repeats, f"2 recipes at 6 rates on {repeats} drawn tables")


def networks(lab: Lab, repeats: int) -> NDArray[np.float64]:
    """The lowest error over six rates, (unscaled and scaled, tables)."""
    rates = (1e-9, 1e-7, 1e-5, 1e-3, 0.01, 0.1)
    recipes = [
        wellfit.Recipe.plain(
            hidden=(16,), scaling=s, epochs=lab.pick(5, 30, 60), optimizer={"name": "sgd", "learning_rate": r}
        )
        for s in ("none", "standard") for r in rates
    ]  # fmt: skip
    view = wellfit.View(np.arange(120), np.arange(0), np.arange(120, 200))
    errors = [
        wellfit.train(recipes, *table(seed), views=view, **lab.options).evaluate("test")["error"]
        for seed in range(repeats)
    ]
    return np.asarray(np.nanmin(np.array(errors).reshape(repeats, 2, len(rates)), axis=2).T)


EXPERIMENT = Experiment(
    "Features of different scales",
    "One feature lies between 1 and 5, the other between 1,000 and 99,999. Which way does gradient descent take on the "
    "least squares of the two, and how many more updates does it need than on scaled features?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 4.3 and 8.2.1", (0.5, 2.5, 12.0), run,
    "The loss is billions of times more curved along the second weight than along the first. The rate has to suit the "
    "most curved direction, and is far too small for the other.",
)  # fmt: skip
