"""Stochastic gradient descent at a constant rate wanders around the minimum; a linear decay of the rate ends in it."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio

CLAIMS = (
    Claim(
        "decay", "With a linear decay of the rate the final loss is at least ten times nearer to the minimum",
        "final training loss above its minimum, constant over linear decay, geometric mean over drawn tables",
        least=10.0,
    ),
    Claim(
        "wanders", "At the constant rate the last three quarters of training bring no progress",
        "training loss above its minimum after a quarter of training over that at the end, geometric mean over drawn "
        "tables", least=0.5, most=2.0,
    ),
)  # fmt: skip
SCHEDULES = {"constant": "constant", "linear decay": {"name": "linear", "end": 0.001}}


def run(lab: Lab) -> Answer:
    """Least squares on noisy rows, one at a time in groups of 5; the minimum is known from the normal equations."""
    repeats, epochs = lab.pick(3, 6, 20), lab.pick(24, 100, 160)
    recipes = [
        wellfit.Recipe.plain(
            hidden=(), scaling="none", schedule=schedule, epochs=epochs, batch_size=5,
            optimizer={"name": "sgd", "learning_rate": 0.03},
        )
        for schedule in SCHEDULES.values()
    ]  # fmt: skip
    above = np.empty((2, repeats, epochs))
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((200, 5))
        y = X @ rng.standard_normal(5) + rng.standard_normal(200)
        y = (y - y.mean()) / y.std()
        design = np.column_stack([X, np.ones(len(y))])
        least = float(np.mean((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2))
        view = wellfit.View(np.arange(200), np.arange(0), np.arange(0))
        for k, member in enumerate(wellfit.train(recipes, X, y, views=view, kind="number", seeds=seed, **lab.options)):
            above[k, seed] = member.history["training_error"].to_numpy()[-epochs:] - least

    above = np.maximum(above, 1e-12)
    # Means of a few epochs: a single one is where the wandering happens to be.
    late, quarter = above[:, :, -3:].mean(axis=2), above[0, :, epochs // 4 - 3 : epochs // 4].mean(axis=1)
    found = {"decay": ratio(late[0], late[1]), "wanders": ratio(quarter, late[0])}
    rows = [
        {"rate": name, "epoch": epoch + 1, "loss": float(np.median(above[k, :, epoch]))}
        for k, name in enumerate(SCHEDULES) for epoch in range(0, epochs, max(epochs // 80, 1))
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("epoch", "epoch"), Axis("loss", "training loss above its minimum, median", scale="log"),
        series="rate", name="above-minimum", title="Only the falling rate brings the loss down to its minimum.",
    )  # fmt: skip
    table = [{"rate": name, "final loss above minimum": float(np.median(late[k]))} for k, name in enumerate(SCHEDULES)]
    return Answer(table, found, (figure,), 2 * repeats, f"2 recipes on {repeats} drawn tables")


EXPERIMENT = Experiment(
    "A constant rate and a falling one",
    "Stochastic gradient descent minimises least squares, once at a constant learning rate and once at one that falls "
    "linearly. How near to the minimum, which is known, does each of them end?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.3.1", (0.3, 1.5, 8.0), run,
    "At the minimum the gradient of a few rows is not 0, though that of all rows is. Steps of a constant length then "
    "go on for ever, while a falling rate averages them out.",
)  # fmt: skip
