"""Batch normalisation at learning rates of 0.1 and 0.5: with and without it, after the same number of updates."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

RATES = (0.1, 0.5)
CLAIMS = (
    Claim(
        "sooner", "At a rate of 0.1 batch normalisation lowers the test error early in training",
        "test error rate without minus with, after a tenth of the updates, mean over samples of rows", least=0.0,
    ),
    Claim(
        "small", "At a rate of 0.1 batch normalisation lowers the test error at the end",
        "test error rate without minus with, mean over samples of rows", least=0.0,
    ),
    Claim(
        "large", "At a rate of 0.5 batch normalisation lowers the test error at the end",
        "test error rate without minus with, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Three layers of 50 logistic units; the test rows are given as validation rows, and stop nothing."""
    X, y = digits()
    repeats, epochs = lab.pick(2, 3, 10), lab.pick(10, 50, 100)
    plain = wellfit.Recipe.plain(hidden=(50,) * 3, activation="sigmoid", batch_size=60, epochs=epochs)
    recipes = [
        plain.vary({"optimizer.learning_rate": rate, "normalization": normalization})
        for rate in RATES for normalization in ("none", "batch")
    ]  # fmt: skip
    views = samples(repeats, len(y), 1200, 0, validation=500)
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    curves = [member.history["validation_error"].to_numpy() for member in population]

    def errors(recipe: int, epoch: int) -> list[float]:
        return [float(curves[recipe * repeats + k][epoch - 1]) for k in range(repeats)]

    early = epochs // 10
    found = {
        "sooner": difference(errors(0, early), errors(1, early)),
        "small": difference(errors(0, epochs), errors(1, epochs)),
        "large": difference(errors(2, epochs), errors(3, epochs)),
    }
    rows = [
        {"rate": f"learning rate {rate}", "network": name, "update": epoch * 20,
         "error": sum(errors(2 * r + n, epoch)) / repeats}
        for r, rate in enumerate(RATES) for n, name in enumerate(("without", "with batch normalisation"))
        for epoch in range(1, epochs + 1, max(epochs // 40, 1))
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("update", "update"), Axis("error", "error rate on new rows"), series="network",
        panel="rate", name="errors", title="Networks of logistic units learn sooner with batch normalisation.",
    )  # fmt: skip
    trained = f"4 recipes on {repeats} samples of digits, {epochs * 20:,} updates each"
    table = [
        {"learning rate": rate, "network": name, "error early": float(np.mean(errors(2 * r + n, early))),
         "error at the end": float(np.mean(errors(2 * r + n, epochs)))}
        for r, rate in enumerate(RATES) for n, name in enumerate(("without", "with batch normalisation"))
    ]  # fmt: skip
    return Answer(table, found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "Batch normalisation at two learning rates",
    "Networks of three layers of logistic units train at learning rates of 0.1 and 0.5, with and without batch "
    "normalisation. Which of the four is best early, and which at the end?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015; Goodfellow, Bengio & Courville, Deep Learning, 8.7.1",
    (0.5, 4.0, 25.0), run,
    "Batch normalisation keeps what a unit reads where the logistic function is steep, so gradients do not vanish on "
    "the way down. It also allows large rates, for the size of the weights no longer sets the size of the signal.",
)  # fmt: skip
