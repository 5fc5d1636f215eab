"""Weight sharing: one layer applied several times needs fewer rows, where the problem is like that."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio

CLAIMS = (
    Claim(
        "few", "On few rows of a process that repeats one step, tied layers err less",
        "test squared error with free layers over that with tied ones at 25 rows, geometric mean over processes", 1.0,
    ),
    Claim(
        "many", "On many rows the gain is smaller",
        "that ratio at 25 rows over the ratio at 200, geometric mean over processes", least=1.0,
    ),
)  # fmt: skip
UNITS, STEPS, TEST = 4, 4, 1000


def run(lab: Lab) -> Answer:
    """Processes that apply one step four times, learned with tied layers and with free ones."""
    repeats, sizes = lab.pick(2, 8, 24), lab.pick((25, 200), (25, 200), (25, 50, 100, 200))
    updates = lab.pick(300, 3000, 4000)
    recipe = wellfit.Recipe.plain(
        hidden=(UNITS,) * STEPS, activation="tanh", batch_size=25, scaling="none", epochs=10**6,
        optimizer={"name": "adam", "learning_rate": 0.005},
    )  # fmt: skip
    recipes = {"free layers": recipe, "tied layers": recipe.vary(sharing="tied_layers")}
    error = {name: np.zeros((len(sizes), repeats)) for name in recipes}
    for k in range(repeats):
        X, y = process(np.random.default_rng(k), sizes[-1] + TEST)
        test = sizes[-1] + np.arange(TEST)
        for i, size in enumerate(sizes):
            view = wellfit.View(np.arange(size), np.arange(0), test)
            population = wellfit.train(
                list(recipes.values()), X, y, views=view, seeds=k, budget=[updates] * 2, **lab.options
            )
            for name, value in zip(recipes, population.evaluate("test")["error"], strict=True):
                error[name][i, k] = value
    free, tied = error.values()
    found = {"few": ratio(free[0], tied[0]), "many": ratio(free[0] / tied[0], free[-1] / tied[-1])}
    rows = [
        {"rows": size, "network": name, "error": float(np.exp(np.log(error[name][i]).mean()))}
        for name in recipes for i, size in enumerate(sizes)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("rows", "training rows", scale="log"), Axis("error", "test squared error", scale="log"),
        series="network", name="error-by-rows", title="Layers that are one and the same need fewer rows.",
    )  # fmt: skip
    trained = f"2 recipes on {repeats} made processes at {len(sizes)} numbers of rows"
    return Answer(rows, found, (figure,), 2 * repeats * len(sizes), trained)


def process(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """A state of 8 numbers that goes through the same step four times, and is then read with some noise."""
    step = 1.2 * np.linalg.qr(rng.normal(size=(UNITS, UNITS)))[0]
    X = rng.normal(size=(rows, UNITS))
    state = X
    for _ in range(STEPS):
        state = np.tanh(state @ step)
    return X, state @ rng.normal(size=UNITS) / UNITS**0.5 + 0.05 * rng.normal(size=rows)


EXPERIMENT = Experiment(
    "Weight sharing on few rows",
    "An output comes about by four applications of one and the same step. Does a network learn it from fewer rows if "
    "its layers are one and the same, too?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.9", (1.0, 8.0, 40.0), run,
    "Tied layers have fewer weights, and each row teaches the one step several times. That helps only as far "
    "as the problem has the structure that the sharing says.",
)  # fmt: skip
