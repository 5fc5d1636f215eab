"""Early stopping alone, and together with other regularisation."""

from __future__ import annotations

from typing import Any

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.lab.base.data import samples
from wellfit.lab.experiments.practice._noisy import noisy_digits

CLAIMS = (
    Claim(
        "alone", "Early stopping alone lowers the test loss of a network that overfits",
        "test loss without over with, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "dropout", "Dropout besides lowers it further",
        "test loss with early stopping alone over that with both, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "l2", "So does L2 besides",
        "test loss with early stopping alone over that with both, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "needless", "With dropout and L2 early stopping gains little more",
        "test loss of both without stopping over that with it, geometric mean over samples of rows", most=1.1,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Few digits with wrong labels, one network, and every combination of early stopping with dropout and L2."""
    X, y = noisy_digits()
    repeats = lab.pick(2, 8, 24)
    plain = wellfit.Recipe.plain(
        (128,), batch_size=16, epochs=lab.pick(10, 80, 120), optimizer={"name": "adam", "learning_rate": 0.001}
    )
    others: dict[str, dict[str, Any]] = {
        "nothing": {},
        "dropout": {"dropout": 0.5},
        "L2": {"l2": 0.01},
        "both": {"dropout": 0.5, "l2": 0.003},
    }
    recipes = {
        f"{name}, {what}": plain.vary(stopping=stopping, **slots)
        for what, stopping in (("last weights", "none"), ("early stopping", "best")) for name, slots in others.items()
    }  # fmt: skip
    views = samples(repeats, len(y), 150, 1000, validation=75)
    population = wellfit.train(list(recipes.values()), X, y, views=views, **lab.options)
    loss = dict(zip(recipes, population.evaluate()["loss"].to_numpy().reshape(len(recipes), -1), strict=True))
    stopped = loss["nothing, early stopping"]
    found = {
        "alone": ratio(loss["nothing, last weights"], stopped),
        "dropout": ratio(stopped, loss["dropout, early stopping"]), "l2": ratio(stopped, loss["L2, early stopping"]),
        "needless": ratio(loss["both, last weights"], loss["both, early stopping"]),
    }  # fmt: skip
    rows = []
    for recipe, values in loss.items():
        beside, name, what = ratio(values, loss["nothing, last weights"]), *recipe.split(", ")
        rows.append({"technique": name, "kept": what, "test loss": values.mean(), "beside plain": beside.mean,
                     "low": beside.low, "high": beside.high})  # fmt: skip
    figure = interval_figure(
        ResultFrame(rows), Axis("beside plain", "test loss over that of the plain network"), "technique", low="low",
        high="high", group="kept", zero=1.0, name="losses", title="Early stopping and other regularisation, together.",
    )  # fmt: skip
    return Answer(
        rows,
        found,
        (figure,),
        len(population),
        f"8 recipes on {repeats} samples of 150 digits, a tenth with a random label",
    )


EXPERIMENT = Experiment(
    "Early stopping in company",
    "Early stopping costs nothing but rows to validate on. Is it enough by itself, or do dropout and L2 gain something "
    "beside it? And does it still gain something beside them?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.8", (0.3, 2.9, 14), run,
    "All of them hold the function simple, each in its own way: by time, by noise, by size. Where the others do that "
    "well, the validation loss hardly rises again, and the moment of stopping matters little.",
)  # fmt: skip
