"""Multi-task learning: a task with few labels shares its layers with tasks that have many."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "helps", "With 40 labels of its own a task does better if it shares layers with two tasks of 800 labels",
        "test error rate alone minus with shared layers, mean over samples of rows", least=0.0,
    ),
    Claim(
        "fades", "With 400 labels of its own it gains less",
        "gain at 40 labels minus gain at 400, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip
ROWS = 800


def run(lab: Lab) -> Answer:
    """Which digit it is, from few labels; beside it whether it is even and whether it is above 4, from all."""
    X, y = digits()
    sizes, repeats = lab.pick((40, 400), (40, 400), (40, 100, 400)), lab.pick(2, 5, 10)
    epochs = lab.pick(4, 25, 25)
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), batch_size=32, epochs=epochs, optimizer={"name": "adam", "learning_rate": 0.002}
    )
    error = {name: np.zeros((len(sizes), repeats)) for name in ("alone", "shared layers")}
    for k, view in enumerate(samples(repeats, len(y), ROWS, 800)):
        for i, size in enumerate(sizes):
            known = view.training[:size]
            # As many updates as the shared network makes.
            alone = recipe.vary(epochs=epochs * ROWS // size)
            own = wellfit.train(
                alone, X, y, views=wellfit.View(known, view.validation, view.test), seeds=k, **lab.options
            )
            few: list[Any] = [None] * len(y)
            for row in known:
                few[row] = str(y[row])
            tasks = {"digit": few, "even": (y % 2).astype(str), "large": (y > 4).astype(str)}
            shared = wellfit.train(recipe, X, tasks, views=view, seeds=k, **lab.options)
            error["alone"][i, k] = own.evaluate("test")["error"][0]
            error["shared layers"][i, k] = np.mean(shared[0].predict(X[view.test])["digit"] != y[view.test].astype(str))
    alone_error, shared_error = error.values()
    gain = alone_error - shared_error
    found = {"helps": difference(alone_error[0], shared_error[0]), "fades": difference(gain[0], gain[-1])}
    rows = [
        {"labels": size, "network": name, "error": float(error[name][i].mean())}
        for name in error for i, size in enumerate(sizes)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("labels", "rows with a label of the digit", scale="log"),
        Axis("error", "test error rate"), series="network", name="error-by-labels",
        title="The fewer its own labels, the more a task gains from others.",
    )  # fmt: skip
    trained = f"2 networks on each of {repeats} samples at {len(sizes)} numbers of labels"
    return Answer(rows, found, (figure,), 2 * repeats * len(sizes), trained)


EXPERIMENT = Experiment(
    "Several tasks on shared layers",
    "Of 800 digits only 40 have a label; but of all it is known whether they are even and whether they are above 4. "
    "Does it help to learn all three tasks with one network?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.7; Caruana 1997", (0.9, 3.0, 11.0), run,
    "The shared layers are trained by the labels of all tasks. What is useful for two of them is likely to be useful "
    "for the third.",
)  # fmt: skip
