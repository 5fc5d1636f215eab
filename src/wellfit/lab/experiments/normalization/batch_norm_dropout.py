"""Batch normalisation and dropout, alone and together."""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "normalization", "Batch normalisation alone lowers the test error",
        "test error rate of neither minus batch normalisation alone, mean over samples of rows", least=0.0,
    ),
    Claim(
        "dropout", "Dropout alone lowers the test error",
        "test error rate of neither minus dropout alone, mean over samples of rows", least=0.0,
    ),
    Claim(
        "interaction", "Dropout helps less where batch normalisation is on",
        "what dropout takes off the test error rate without batch normalisation minus with, mean over samples of rows",
        least=0.0, published="Ioffe & Szegedy 2015: with batch normalisation dropout can be removed",
    ),
)  # fmt: skip
CELLS = {
    "neither": ("none", 0.0), "batch normalisation": ("batch", 0.0), "dropout": ("none", 0.3),
    "both": ("batch", 0.3),
}  # fmt: skip


def run(lab: Lab) -> Answer:
    """The four combinations on few rows, which networks of this size overfit."""
    X, y = digits()
    repeats = lab.pick(2, 6, 24)
    plain = wellfit.Recipe.plain(
        hidden=(100, 100), epochs=lab.pick(5, 40, 60), batch_size=25, optimizer={"name": "sgd", "learning_rate": 0.05}
    )
    recipes = [plain.vary(normalization=normalization, dropout=rate) for normalization, rate in CELLS.values()]
    views = samples(repeats, len(y), 200, 800)
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    neither, normalized, dropped, both = population.evaluate("test")["error"].to_numpy().reshape(4, repeats)

    found = {
        "normalization": difference(neither, normalized), "dropout": difference(neither, dropped),
        "interaction": difference(neither - dropped, normalized - both),
    }  # fmt: skip
    rows = [
        {"recipe": name, "test error": one.mean, "low": one.low, "high": one.high}
        for name, errors in zip(CELLS, (neither, normalized, dropped, both), strict=True) for one in [mean_of(errors)]
    ]  # fmt: skip
    figure = interval_figure(
        ResultFrame(rows), Axis("test error", "test error rate, mean over samples"), "recipe", low="low", high="high",
        zero=None, name="combinations", title="Test errors with batch normalisation, dropout, neither and both.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"4 recipes on {repeats} samples of 200 digits")


EXPERIMENT = Experiment(
    "Batch normalisation and dropout",
    "Both batch normalisation and dropout add noise to training. On few rows, does each of them help alone, and does "
    "dropout still help a network that has batch normalisation?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015, 3.4", (0.4, 3.0, 20.0), run,
    "The mean and variance of a mini-batch depend on which rows happen to be in it, which is noise of its own. Two "
    "techniques that work by the same way often add up to less than the sum of both.",
)  # fmt: skip
