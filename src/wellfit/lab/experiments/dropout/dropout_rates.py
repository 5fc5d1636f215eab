"""Dropout rates from 0 to 0.8: training error rises, test error falls and rises again."""

from __future__ import annotations

import numpy as np
import polars

import wellfit
from wellfit.figures import Axis, Figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.experiments.dropout._digits import LARGE, few_digits

CLAIMS = (
    Claim(
        "helps", "Dropout of half of the hidden units lowers the test error of a network that overfits",
        "test error rate without dropout minus that at 0.5, mean over samples of rows", least=0.0,
        published="Srivastava et al. 2014, MNIST: 1.60 % without, 1.35 % with (1.25 % with ReLU)",
    ),
    Claim(
        "loss", "It lowers the test loss",
        "test loss (nats) without dropout minus that at 0.5, mean over samples of rows", least=0.0,
    ),
    Claim(
        "middle", "Dropping 0.8 of the units is worse than dropping half",
        "test error rate at 0.8 minus that at 0.5, mean over samples of rows", least=0.0,
        published="Srivastava et al. 2014, figure 9a: flat where 0.4 to 0.8 are kept, higher below",
    ),
    Claim(
        "training", "Dropout raises the training loss, measured without masks",
        "training loss (nats) at 0.8 minus that without dropout, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The same network at every rate on samples of 400 digits."""
    (X, y), views = few_digits(lab, 14, validation=300)
    rates = lab.pick((0.0, 0.5, 0.8), (0.0, 0.2, 0.5, 0.8), (0.0, 0.2, 0.4, 0.5, 0.6, 0.8))
    recipes = [LARGE.vary(epochs=lab.pick(3, 100, 100), dropout=rate) for rate in rates]
    population = wellfit.train(recipes, X, y, views=views, **lab.options)

    shape = len(rates), len(views)
    measured = {
        (part, column): population.evaluate(part)[column].to_numpy().reshape(shape)
        for part in ("training", "test") for column in ("loss", "error")
    }  # fmt: skip
    none, half, most = 0, rates.index(0.5), rates.index(0.8)
    error, loss = measured["test", "error"], measured["test", "loss"]
    found = {
        "helps": difference(error[none], error[half]), "loss": difference(loss[none], loss[half]),
        "middle": difference(error[most], error[half]),
        "training": difference(measured["training", "loss"][most], measured["training", "loss"][none]),
    }  # fmt: skip
    rows = [
        {"rate": rate, "measured on": f"{part} rows", column: band.mean, "low": band.low, "high": band.high}
        for (part, column), values in measured.items() for k, rate in enumerate(rates) for band in [mean_of(values[k])]
    ]  # fmt: skip
    figures = tuple(
        line_figure(
            ResultFrame([row for row in rows if column in row]), Axis("rate", "dropout rate"), Axis(column, title),
            series="measured on", low="low", high="high", name=f"{column}-by-rate",
            title="Dropout raises what is lost on training rows, and up to a rate lowers it on new rows.",
        )
        for column, title in (("loss", "loss, nats"), ("error", "error rate"))
    )  # fmt: skip
    table = [
        {"rate": rate, **{f"{part} {column}": float(np.mean(values[k])) for (part, column), values in measured.items()}}
        for k, rate in enumerate(rates)
    ]
    curves = [_curve(population.history, k, len(views)) for k in range(len(rates))]
    moved = with_slider(
        curves, rates, name="curves-by-rate", label="dropout rate", title="Learning curves at the dropout rate chosen."
    )
    return Answer(
        table,
        found,
        (*figures, moved),
        len(population),
        f"{len(rates)} dropout rates on {len(views)} samples of digits",
    )


def _curve(history: ResultFrame, k: int, views: int) -> Figure:
    """The losses of the k-th recipe by epoch, means over its views."""
    mine = history.filter((polars.col("member") // views == k) & ((polars.col("epoch") - 1) % 4 == 0))
    losses = mine.group_by("epoch", maintain_order=True).agg(polars.col("training_loss", "validation_loss").mean())
    rows = losses.rename({"training_loss": "training rows", "validation_loss": "new rows"})
    return line_figure(
        rows.unpivot(index="epoch", variable_name="measured on", value_name="loss"), Axis("epoch", "epoch"),
        Axis("loss", "loss, nats", scale="log", ends=(1e-4, 3.0)), series="measured on", name="curve", title="Losses.",
    )  # fmt: skip


EXPERIMENT = Experiment(
    "Dropout rates from 0.2 to 0.8",
    "A network of two layers of 256 units learns 400 digits without error. Ever more of its hidden units are dropped "
    "in training. At which rate is the error on new digits least, and what happens to the loss on the training digits?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.12; Srivastava et al., Dropout, 2014, section 7.3",
    (0.5, 12, 85), run,
    "Units that cannot count on one another fit the training rows less closely. Too high a rate leaves too few units "
    "to learn the classes with.",
)  # fmt: skip
