"""Dropout needs more epochs: how long the loss on new rows takes to come near its least."""

from __future__ import annotations

import numpy as np
import polars

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.lab.base.data import digits, samples
from wellfit.lab.experiments.dropout._digits import LARGE

CLAIMS = (
    Claim(
        "slower", "A network with dropout takes more epochs to come near its best",
        "epochs until the loss on new rows is within 5 % of its least, with dropout at 0.5 over without, geometric "
        "mean over samples of rows", least=1.0,
        published="Srivastava et al. 2014, appendix A: typically 2 to 3 times as long",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Curves of the loss on rows that are not trained on, with and without dropout."""
    X, y = digits()
    views = samples(lab.pick(2, 3, 10), len(y), 400, 0, validation=600)
    recipes = [LARGE.vary(epochs=lab.pick(5, 150, 200), dropout=rate) for rate in (0.0, 0.5)]
    population = wellfit.train(recipes, X, y, views=views, **lab.options)

    names = ("without dropout", "with dropout")
    epochs = np.array([_near_best(member.history) for member in population], float).reshape(2, len(views))
    found = {"slower": ratio(epochs[1], epochs[0])}
    table = [
        {"network": name, "epochs": float(np.exp(np.log(one).mean())), "fewest": one.min(), "most": one.max()}
        for name, one in zip(names, epochs, strict=True)
    ]
    history = population.history.with_columns(
        polars.when(polars.col("member") < len(views)).then(polars.lit(names[0])).otherwise(polars.lit(names[1]))
        .alias("network")
    ).group_by("network", "epoch", maintain_order=True).agg(polars.col("validation_loss").mean())  # fmt: skip
    figure = line_figure(
        ResultFrame(history.filter(polars.col("epoch") > 0)), Axis("epoch", "epoch", scale="log"),
        Axis("validation_loss", "loss on new rows, nats", scale="log"), series="network", name="loss-by-epoch",
        title="With dropout the loss falls more slowly, and further.",
    )  # fmt: skip
    return Answer(table, found, (figure,), len(population), f"2 recipes on {len(views)} samples of digits")


def _near_best(history: ResultFrame) -> int:
    """The first epoch whose loss on new rows is within 5 % of the least."""
    loss = history["validation_loss"].to_numpy()
    return int(history["epoch"][int(np.argmax(loss <= 1.05 * np.nanmin(loss)))])


EXPERIMENT = Experiment(
    "How many epochs dropout takes",
    "Two equal networks are trained at the same learning rate, one of them with dropout. Which comes near its own best "
    "loss on new rows first, and which best is better?",
    CLAIMS, "Srivastava et al., Dropout, 2014, appendix A", (0.4, 9.0, 45), run,
    "Each update trains another network, a random half of the units, and its gradient is noisy. The weights settle "
    "when the noise has been averaged out, which takes updates.",
)  # fmt: skip
