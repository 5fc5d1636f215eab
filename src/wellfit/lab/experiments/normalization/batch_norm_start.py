"""How much the weights at the start matter, with and without batch normalisation."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "spread", "Batch normalisation makes the test error depend less on the spread of the first weights",
        "largest minus smallest test error rate over starts, without minus with, mean over samples of rows", least=0.0,
    ),
    Claim(
        "flat", "With it, starts that differ by a factor of 100 end within 0.05 of one another",
        "largest minus smallest test error rate over starts with batch normalisation, mean over samples of rows",
        most=0.05,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of three hidden layers from normal weights of standard deviations 0.01 to 1."""
    X, y = digits()
    repeats = lab.pick(2, 4, 12)
    spreads = lab.pick((0.01, 1.0), (0.01, 0.1, 1.0), (0.01, 0.03, 0.1, 0.2, 0.4, 1.0))
    plain = wellfit.Recipe.plain(
        hidden=(50,) * 3, activation="tanh", epochs=lab.pick(5, 25, 30), batch_size=50,
        optimizer={"name": "momentum", "learning_rate": 0.02},
    )  # fmt: skip
    recipes = [
        plain.vary(normalization=normalization, initialization={"name": "normal", "sd": spread})
        for normalization in ("none", "batch") for spread in spreads
    ]  # fmt: skip
    views = samples(repeats, len(y), 800, 500)
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    errors = population.evaluate("test")["error"].to_numpy().reshape(2, len(spreads), repeats)
    ranges = np.ptp(errors, axis=1)

    found = {"spread": difference(ranges[0], ranges[1]), "flat": mean_of(ranges[1])}
    rows = [
        {"network": name, "sd": spread, "error": one.mean, "low": one.low, "high": one.high}
        for k, name in enumerate(("without", "with batch normalisation")) for s, spread in enumerate(spreads)
        for one in [mean_of(errors[k, s])]
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("sd", "standard deviation of the first weights", scale="log"),
        Axis("error", "test error rate"), low="low", high="high", series="network", name="starts",
        title="With batch normalisation the spread of the first weights matters little.",
    )  # fmt: skip
    trained = f"{len(recipes)} recipes on {repeats} samples of digits"
    return Answer(rows, found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "Batch normalisation and the start",
    "Networks start from random weights whose standard deviations lie between 0.01 and 1. Does it matter which, and "
    "does it matter less with batch normalisation?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015, 3.3", (0.3, 2.0, 10.0), run,
    "Multiplying a unit's incoming weights by a number changes nothing of what batch normalisation gives: it divides "
    "by the standard deviation of what it gets. Only the size of the steps relative to the weights differs.",
)  # fmt: skip
