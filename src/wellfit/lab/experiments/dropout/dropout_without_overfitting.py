"""Where a network does not overfit, dropout costs capacity, which a wider network gives back."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_friedman1

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.tables.arrays import View

CLAIMS = (
    Claim(
        "hurts", "Dropout raises the test error of a small network that does not overfit",
        "test squared error of 16 units with dropout at 0.5 minus without, mean over samples of data", least=0.0,
    ),
    Claim(
        "wider", "A network with dropout needs more units: eight times as many lower its test error",
        "test squared error with dropout of 16 units minus that of 128, mean over samples of data", least=0.0,
    ),
    Claim(
        "compensates", "With dropout, 128 units are better than 16 without",
        "test squared error of 16 units without dropout minus that of 128 with it, mean over samples of data",
        least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of several widths with and without dropout on many rows of Friedman's first function."""
    repeats, rows = lab.pick(2, 4, 10), lab.pick(200, 2000, 2000)
    X, y = make_friedman1(repeats * 2 * rows, noise=1.0, random_state=0)
    blocks = np.arange(len(y)).reshape(repeats, 2, rows)
    views = [View(training, test=test, name=f"sample {k}") for k, (training, test) in enumerate(blocks)]

    widths = lab.pick((16, 128), (16, 128), (8, 16, 32, 64, 128))
    plain = wellfit.Recipe.plain(
        optimizer={"name": "adam", "learning_rate": 0.003}, batch_size=64, epochs=lab.pick(2, 30, 40)
    )
    recipes = {(width, rate): plain.vary(hidden=(width,), dropout=rate) for width in widths for rate in (0.0, 0.5)}
    population = wellfit.train(list(recipes.values()), X, y, views=views, **lab.options)
    errors = dict(zip(recipes, population.evaluate("test")["error"].to_numpy().reshape(-1, repeats), strict=True))
    training = dict(zip(recipes, population.evaluate("training")["error"].to_numpy().reshape(-1, repeats), strict=True))

    found = {
        "hurts": difference(errors[16, 0.5], errors[16, 0.0]), "wider": difference(errors[16, 0.5], errors[128, 0.5]),
        "compensates": difference(errors[16, 0.0], errors[128, 0.5]),
    }  # fmt: skip
    table = [
        {"units": width, "dropout": "with dropout" if rate else "without dropout", "test error": one.mean,
         "low": one.low, "high": one.high, "training error": float(training[width, rate].mean())}
        for (width, rate), error in errors.items() for one in [mean_of(error)]
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(table), Axis("units", "hidden units", scale="log"), Axis("test error", "test squared error"),
        series="dropout", low="low", high="high", name="error-by-width",
        title="Without overfitting, dropout costs most where there are few units.",
    )  # fmt: skip
    trained = f"{len(recipes)} recipes on {repeats} samples of {rows} rows; noise of variance 1"
    return Answer(table, found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "Dropout where nothing overfits",
    "A small network learns from thousands of rows, and its errors on training and new rows are alike. What does "
    "dropout do to it, and does a wider network with dropout reach what the small one had?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.12", (0.3, 1.0, 10), run,
    "Dropout reduces the effective capacity. Where capacity was not too large, that is a loss, and units must be added "
    "to make up for it.",
)  # fmt: skip
