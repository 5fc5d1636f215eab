"""Early stopping gives back the weights of the best validation loss, not those of the last update."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact, mean_of, ratio
from wellfit.lab.base.data import apart
from wellfit.statistics.intervals import SHARE

CLAIMS = (
    Claim(
        "rises", "The validation loss of a network without regularisation falls, then rises",
        "validation loss at the end over its minimum, geometric mean over samples of rows", least=1.2,
    ),
    Claim(
        "kept", "The weights that are given back are those of the lowest validation loss",
        "largest difference of the kept weights' loss from the lowest one of the history (nats)", most=1e-4,
    ),
    Claim(
        "test", "On new rows they do better than the last ones",
        "test loss of the last weights over that of the kept ones, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "sooner", "Patience ends training long before all epochs are over",
        "share of the updates of the whole run that are made with patience 20, mean over samples of rows", most=0.5,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """One network without regularisation: to the end, keeping the best, and with patience."""
    repeats = lab.pick(2, 12, 30)
    X, y = _moons(repeats * 600)
    last = wellfit.Recipe.plain((64, 64), optimizer="adam", batch_size=32, epochs=lab.pick(100, 500, 500))
    recipes = [last, last.vary(stopping="best"), last.vary(stopping={"name": "patience", "patience": 20})]
    population = wellfit.train(recipes, X, y, views=apart(repeats, 100, 400, 100), **lab.options)
    test = population.evaluate()["loss"].to_numpy().reshape(3, repeats)
    kept = population.evaluate("validation")["loss"].to_numpy().reshape(3, repeats)
    curves = [member.history["validation_loss"].to_numpy() for member in population[:repeats]]
    lowest = np.array([curve.min() for curve in curves])
    updates = np.reshape([member.updates for member in population], (3, repeats))
    found = {
        "rises": ratio([curve[-1] for curve in curves], lowest), "kept": exact(abs(kept[1] - lowest).max()),
        "test": ratio(test[0], test[1]), "sooner": mean_of(updates[2] / updates[0], SHARE),
    }  # fmt: skip
    rows = [
        {"recipe": name, "updates": updates[k].mean(), "validation loss": kept[k].mean(), "test loss": test[k].mean()}
        for k, name in enumerate(("last weights", "best weights", "patience 20"))
    ]
    history = population[0].history
    shown = [
        {"epoch": row["epoch"], "loss": row[f"{part}_loss"], "measured on": f"{part} rows"}
        for part in ("training", "validation") for row in history.to_dicts()
    ]  # fmt: skip
    best = float(history["epoch"][int(curves[0].argmin())])
    figure = line_figure(
        ResultFrame(shown), Axis("epoch", "epoch"), Axis("loss", "loss", "nats", scale="log"), series="measured on",
        marks=[(best, "kept")], name="curves", title="The validation loss has its minimum long before training ends.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"3 recipes on {repeats} samples of 100 made rows")


def _moons(rows: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import make_moons

    X, y = make_moons(rows, noise=0.3, random_state=0)
    return X, y


EXPERIMENT = Experiment(
    "The best weights back",
    "A network without regularisation is trained on 100 noisy rows for many epochs. When is its loss on validation "
    "rows lowest, and how much is lost by keeping the last weights in place of those of that moment?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.8, algorithm 7.1", (0.2, 4.9, 14.9), run,
    "Training first learns what many rows share, then what single rows say. The validation loss shows the turn, and a "
    "copy of the weights at each new minimum costs next to nothing.",
)  # fmt: skip
