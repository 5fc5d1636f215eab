"""Fits to few rows depend on which rows they are."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.experiments.capacity._curve import GRID, curve, truth
from wellfit.tables.arrays import View

SIZES = (10, 40, 160)
SAMPLES = 6  # of each group, whose fits are compared
CLAIMS = (
    Claim(
        "spread", "Fits to few rows differ more from sample to sample than fits to many rows",
        "standard deviation of the predictions over 6 samples of 10 rows over that of 160 rows, root mean square over "
        "inputs, geometric mean over groups of samples", least=1.0,
    ),
    Claim(
        "error", "With more rows the error against the true function falls",
        "squared error against the true function with 10 rows minus with 160, mean over groups of samples", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """One recipe on many samples of a sine of three sizes."""
    groups = lab.pick(2, 5, 12)
    updates = lab.pick(200, 2000, 2000)
    spread, error, lines = {}, {}, []
    for size in SIZES:
        recipe = wellfit.Recipe.plain(
            hidden=(16,), activation="tanh", optimizer={"name": "adam", "learning_rate": 0.01},
            batch_size=size, epochs=updates, stopping={"name": "none", "every": updates},
        )  # fmt: skip
        fits = np.array([_fit(recipe, size, seed, lab) for seed in range(groups * SAMPLES)])
        by_group = fits.reshape(groups, SAMPLES, len(GRID))
        spread[size] = np.sqrt(by_group.var(axis=1, ddof=1).mean(axis=1))
        error[size] = np.square(by_group - truth(GRID)).mean(axis=(1, 2))
        lines += [
            {"x": float(x), "value": float(value), "fit": f"sample {k}", "rows": f"{size} rows"}
            for k, fit in enumerate(fits[:SAMPLES]) for x, value in zip(GRID[::2], fit[::2], strict=True)
        ]  # fmt: skip
        lines += [
            {"x": float(x), "value": float(truth(x)), "fit": "true function", "rows": f"{size} rows"} for x in GRID[::2]
        ]

    found = {"spread": ratio(spread[10], spread[160]), "error": difference(error[10], error[160])}
    rows = [
        {"rows": size, "standard deviation of predictions": float(spread[size].mean()),
         "squared error against the true function": float(error[size].mean())} for size in SIZES
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(lines), Axis("x", "input"), Axis("value", "prediction", ends=(-2.5, 2.5)), series="fit",
        panel="rows", faint=[f"sample {k}" for k in range(SAMPLES)],
        name="fits", title="One recipe trained on six samples of each size.",
    )  # fmt: skip
    networks = groups * SAMPLES * len(SIZES)
    return Answer(rows, found, (figure,), networks, f"one recipe on {groups * SAMPLES} samples of each of 3 sizes")


def _fit(recipe: wellfit.Recipe, size: int, seed: int, lab: Lab) -> np.ndarray:
    x, y = curve(size, seed)
    population = wellfit.train(recipe, x, y, views=View(np.arange(size)), seeds=seed, kind="number", **lab.options)
    return np.asarray(population[0].model.predict(GRID[:, None]))


EXPERIMENT = Experiment(
    "Fits to few rows and to many",
    "The same recipe is trained on six samples of 10, of 40 and of 160 rows of one sine. How much do the six fits "
    "differ from each other?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.4", (0.5, 3.0, 8.0), run,
    "A sample of few rows is an accident, and a network that can follow it passes the accident on. The spread of the "
    "fits is the variance of the estimate, which falls with the number of rows.",
)  # fmt: skip
