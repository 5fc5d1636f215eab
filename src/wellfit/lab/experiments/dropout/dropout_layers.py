"""Dropout in networks of two to four layers and of several widths: every one of them gains."""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, bar_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, mnist, samples
from wellfit.lab.experiments.dropout._digits import LARGE
from wellfit.statistics.intervals import SHARE

CLAIMS = (
    Claim(
        "lower", "Dropout lowers the test error in networks of two to four layers",
        "test error rate without dropout minus that at 0.5, mean over shapes, then over samples of rows", least=0.0,
        published="Srivastava et al. 2014, figure 4, MNIST: lower for 2 to 4 layers of 1024 to 2048 units",
    ),
    Claim(
        "each", "It does so for each shape that was tried",
        "the least over shapes of the mean difference over samples of rows, with that shape's interval", least=0.0,
        published="Srivastava et al. 2014, figure 4: for each",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Every shape with and without dropout, on digits, or with a folder of data on 2,000 rows of MNIST."""
    if lab.data is None:
        (X, y), widths, rows, tests, repeats = digits(), (256, 512), 400, 600, lab.pick(2, 3, 4)
    else:
        (X, y), _ = mnist(lab.data)
        widths, rows, tests, repeats = (1024, 2048), 2000, 10_000, lab.pick(2, 2, 3)
    views = samples(repeats, len(y), rows, tests)
    layers = lab.pick((2,), (2, 4), (2, 3, 4))
    shapes = [(width,) * depth for depth in layers for width in lab.pick(widths[:1], widths[:1], widths)]
    base = LARGE.vary(epochs=60 if lab.data else lab.pick(2, 80, 100))
    recipes = [base.vary(hidden=shape, dropout=rate) for shape in shapes for rate in (0.0, 0.5)]
    population = wellfit.train(recipes, X, y, views=views, **lab.options)

    errors = population.evaluate("test")["error"].to_numpy().reshape(len(shapes), 2, repeats)
    gains = [difference(without, with_dropout) for without, with_dropout in errors]
    found = {
        "lower": difference(errors[:, 0].mean(axis=0), errors[:, 1].mean(axis=0)),
        "each": min(gains, key=lambda gain: gain.mean),
    }
    table = [
        {"layers": f"{len(shape)} x {shape[0]}", "dropout": name, "test error": one.mean, "low": one.low,
         "high": one.high}
        for shape, pair in zip(shapes, errors, strict=True)
        for name, error in zip(("without", "with"), pair, strict=True) for one in [mean_of(error, SHARE)]
    ]  # fmt: skip
    figure = bar_figure(
        ResultFrame(table), Axis("layers", "hidden layers x units", scale="category"),
        Axis("test error", "test error rate"), series="dropout", low="low", high="high", name="error-by-shape",
        title="Test error with and without dropout by the network's shape.",
    )  # fmt: skip
    trained = f"{len(shapes)} shapes with and without dropout on {repeats} samples of {rows} rows"
    return Answer(table, found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "With and without dropout, by depth and width",
    "Networks of two to four hidden layers, narrow and wide, are trained with and without dropout. Which of them does "
    "dropout help, and which does it help most?",
    CLAIMS, "Srivastava et al., Dropout, 2014, section 6.1.1", (0.3, 10, 110), run,
    "The same rate serves networks of all shapes. What dropout brings is largest where a network has units to spare, "
    "and smallest where half of them are too few.",
    data="MNIST in place of digits: 2 to 4 layers of 1024 or 2048 units, 2,000 rows, 60 epochs; about 60 core-minutes",
)  # fmt: skip
