"""Weight sharing: units that share their weights have fewer of them to fit, which helps on few and noisy rows."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio

TEST, GROUP, FEW, MANY = 1000, 16, 300, 3000
CLAIMS = (
    Claim(
        "few", f"On {FEW} noisy rows a network of 64 units errs less if each {GROUP} units share their weights",
        "squared error against the true function, free over tied, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "many", f"On {MANY:,} rows the gain is smaller",
        f"that ratio at {FEW} rows over the ratio at {MANY:,}, geometric mean over samples of rows", least=1.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """One hidden layer of 64 units, free or in four groups that share their weights, on more and more rows."""
    repeats, sizes = lab.pick(2, 5, 10), lab.pick((FEW, MANY), (FEW, MANY), (100, FEW, 1000, MANY))
    recipe = wellfit.Recipe.plain(
        hidden=(64,), activation="tanh", batch_size=20, epochs=10**6, optimizer={"name": "adam", "learning_rate": 0.005}
    )
    recipes = {"free": recipe, "tied": recipe.vary(sharing={"name": "tied_units", "group": GROUP})}
    error = np.zeros((len(recipes), len(sizes), repeats))
    for k in range(repeats):
        X, y, truth = made(np.random.default_rng(k), sizes[-1] + TEST)
        new = slice(sizes[-1], None)
        for i, size in enumerate(sizes):
            view = wellfit.View(np.arange(size), np.arange(0), np.arange(0))
            budget = [lab.pick(200, 3000, 3000)] * len(recipes)  # as many updates whatever the rows
            population = wellfit.train(
                list(recipes.values()), X, y, views=view, seeds=k, budget=budget, **lab.options
            )  # fmt: skip
            error[:, i, k] = [np.mean((member.predict(X[new]) - truth[new]) ** 2) for member in population]
    free, tied = error
    few, many = sizes.index(FEW), sizes.index(MANY)
    found = {"few": ratio(free[few], tied[few]), "many": ratio(free[few] / tied[few], free[many] / tied[many])}
    rows = [
        {"rows": size, "weights": name, "error": float(np.exp(np.log(error[j, i]).mean()))}
        for j, name in enumerate(recipes) for i, size in enumerate(sizes)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("rows", "training rows", scale="log"),
        Axis("error", "squared error against the true function", scale="log"), series="weights", name="error-by-rows",
        title="Error of free and of tied units by number of rows.",
    )  # fmt: skip
    trained = f"2 recipes on {repeats} samples of made rows at {len(sizes)} sizes"
    return Answer(rows, found, (figure,), error.size, trained)


def made(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten columns, a sum of two tanh units of them with noise, and the same without."""
    X = rng.normal(size=(rows, 10))
    truth = np.tanh(X @ rng.normal(size=(10, 2)) / 3).sum(axis=1)
    truth /= truth.std()
    return X, truth + 0.7 * rng.normal(size=rows), truth


EXPERIMENT = Experiment(
    "Weight sharing on few rows",
    "A network of 64 units has more weights than there are rows. What becomes of its error on new rows if units share "
    "their weights in groups of 16, and is that still so with ten times as many rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.9", (0.3, 1.4, 9.0), run,
    "Tied units are one unit of which there are several: 53 weights in place of 833. So few cannot follow the noise of "
    "single rows. With more rows than weights the noise averages out of both.",
)  # fmt: skip
