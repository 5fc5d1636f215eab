"""What batch normalisation costs: CPU time of an update, and of a prediction once it is folded into the weights."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.lab.base.data import digits

CLAIMS = (
    Claim(
        "update", "An update with batch normalisation takes longer",
        "CPU time of an update with over without, geometric mean over repetitions side by side", least=1.0,
    ),
    Claim(
        "prediction", "A prediction takes as long with it as without",
        "CPU time of predictions with over without, geometric mean over repetitions side by side", least=0.9, most=1.1,
    ),
)  # fmt: skip
NAMES = ("without", "with batch normalisation")


def seconds(work: Callable[..., object], *given: object) -> float:
    """CPU time of a call."""
    start = time.process_time()
    work(*given)
    return time.process_time() - start


def run(lab: Lab) -> Answer:
    """Both networks in turn, one thread each, again and again."""
    X, y = digits()
    repeats, updates, rows = lab.pick(2, 6, 20), lab.pick(300, 1000, 3000), lab.pick(5, 10, 20)
    plain = wellfit.Recipe.plain(hidden=(64,) * 3, batch_size=60, epochs=1000, stopping="none")
    recipes = [plain, plain.vary(normalization="batch")]
    many = np.tile(X, (rows, 1))

    def trained(recipe: wellfit.Recipe) -> wellfit.Population:
        return wellfit.train(recipe, X, y, budget=updates, n_jobs=1)

    models = [trained(recipe)[0].model for recipe in recipes]  # the first calls load what is needed, unmeasured
    for model in models:
        model.predict(many[:2000])
    update, prediction = np.empty((2, repeats)), np.empty((2, repeats))
    for k in range(repeats):
        for n in (0, 1) if k % 2 else (1, 0):
            update[n, k] = seconds(trained, recipes[n])
            prediction[n, k] = seconds(models[n].predict, many)

    found = {"update": ratio(update[1], update[0]), "prediction": ratio(prediction[1], prediction[0])}
    table = [
        {"network": name, "microseconds an update": 1e6 * float(np.median(update[n])) / updates,
         "nanoseconds a predicted row": 1e9 * float(np.median(prediction[n])) / len(many)}
        for n, name in enumerate(NAMES)
    ]  # fmt: skip
    shown = [{"work": name, "ratio": one.mean, "low": one.low, "high": one.high}
             for name, one in zip(("update", "prediction"), found.values(), strict=True)]  # fmt: skip
    figure = interval_figure(
        ResultFrame(shown), Axis("ratio", "CPU time with over without batch normalisation"), "work", low="low",
        high="high", zero=1.0, name="cost", title="Batch normalisation costs time in training and none in prediction.",
    )  # fmt: skip
    remark = "Times are those of the computer that ran this, start and end of each training run included."
    return Answer(table, found, (figure,), 2 * repeats + 2, f"2 recipes, {repeats} times each", (remark,))


EXPERIMENT = Experiment(
    "What batch normalisation costs",
    "Batch normalisation computes a mean and a variance of each unit at every update. Does an update take longer with "
    "it, and does a prediction?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015, 3.1", (1.0, 5.0, 25.0), run,
    "In training the moments and their gradients take time. In prediction they are constants, which can be multiplied "
    "into the weights before, so that the network computes exactly what one without batch normalisation does.",
)  # fmt: skip
