"""L2 trades variance for bias: what width does, lambda undoes."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, Figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.experiments.capacity._curve import GRID, curve, truth
from wellfit.tables.arrays import View

STRENGTHS = (0.0, 1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 1.0)
ROWS = 20
CLAIMS = (
    Claim(
        "bias", "The bias rises with the strength of L2",
        "squared bias against the true function at lambda = 1 minus at 0, mean over repetitions", least=0.0,
    ),
    Claim(
        "variance", "The variance falls with the strength of L2",
        "variance at lambda = 0 minus at 1, mean over repetitions", least=0.0,
    ),
    Claim(
        "best", "A strength between the ends has a smaller error than no penalty",
        "squared error at lambda = 0 minus at the best strength, found on other repetitions, mean over repetitions",
        least=0.0,
    ),
    Claim(
        "too_much", "The largest strength has a larger error than that one",
        "squared error at lambda = 1 minus at the best strength, found on other repetitions, mean over repetitions",
        least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Repetitions on a sine of one input, each with rows of its own."""
    repeats, samples = lab.pick(4, 6, 12), lab.pick(3, 4, 5)
    epochs, strengths = lab.pick(100, 1000, 1500), lab.pick((0.0, 1e-2, 1.0), STRENGTHS, STRENGTHS)
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), activation="tanh", optimizer={"name": "adam", "learning_rate": 0.01}, batch_size=ROWS,
        epochs=epochs, stopping={"name": "none", "every": epochs},
    )  # fmt: skip
    found_parts = []
    for k in range(repeats):
        x, y = curve(600, seed=k)
        study = wellfit.studies.bias_variance(
            recipe, x, y, slot="l2.strength", values=strengths, samples=samples, rows=ROWS, seeds=1, seed=1000 * k,
            truth=truth(x[:, 0]), kind="number", **lab.options,
        )  # fmt: skip
        found_parts.append(study.table.select("error", "bias_of_function", "variance").to_numpy())
    error, bias, variance = np.array(found_parts).transpose(2, 0, 1)  # each (repetitions, strengths)

    half = repeats // 2  # the first half says which strength is best, the other half by how much
    best = 1 + int(error[:half, 1:-1].mean(axis=0).argmin())
    found = {
        "bias": difference(bias[:, -1], bias[:, 0]),
        "variance": difference(variance[:, 0], variance[:, -1]),
        "best": difference(error[half:, 0], error[half:, best]),
        "too_much": difference(error[half:, -1], error[half:, best]),
    }
    named = {"error": error, "squared bias": bias, "variance": variance}
    rows = [
        {"lambda": strength, **{name: float(values[:, k].mean()) for name, values in named.items()}}
        for k, strength in enumerate(strengths)
    ]
    least = strengths[1] / 10  # where 0 is drawn on the logarithmic axis
    lines = [{"lambda": row["lambda"] or least, "value": row[name], "part": name} for name in named for row in rows]
    figure = line_figure(
        ResultFrame(lines), Axis("lambda", "strength of L2 (0 at the left end)", scale="log"),
        Axis("value", "squared error"), series="part", name="bias-variance", title="Error by the strength of L2.",
    )  # fmt: skip
    networks = (repeats * samples + 4) * len(strengths)
    trained = f"{len(strengths)} strengths on {repeats * samples} samples"
    return Answer(rows, found, (figure, _fits(recipe, strengths, lab)), networks, trained)


def _fits(recipe: wellfit.Recipe, strengths: tuple[float, ...], lab: Lab) -> Figure:
    """Fits to four samples at each strength, and the true function."""
    recipes = [recipe.vary({"l2.strength": strength}) for strength in strengths]
    X, y = (np.concatenate(parts) for parts in zip(*(curve(ROWS, seed) for seed in range(4)), strict=True))
    views = [View(np.arange(ROWS) + ROWS * k) for k in range(4)]
    population = wellfit.train(recipes, X, y, views=views, kind="number", **lab.options)
    names, grid = [f"sample {k}" for k in range(4)], GRID[::3]
    figures = []
    for place in range(len(strengths)):
        fits = [member.model.predict(grid[:, None]) for member in population[4 * place : 4 * place + 4]]
        lines = [
            {"x": float(x), "value": float(value), "fit": name}
            for name, fit in zip((*names, "true function"), (*fits, truth(grid)), strict=True)
            for x, value in zip(grid, fit, strict=True)
        ]  # fmt: skip
        figures.append(line_figure(
            ResultFrame(lines), Axis("x", "input"), Axis("value", "prediction", ends=(-2.2, 2.2)), series="fit",
            name="fits", title="", faint=names,
        ))  # fmt: skip
    title, label = "Fits to four samples of 20 rows, at each strength of L2.", "strength of L2"
    return with_slider(figures, strengths, name="fits-by-strength", title=title, label=label)


EXPERIMENT = Experiment(
    "Bias and variance by the strength of L2",
    "A network of 2 x 64 units is trained on samples of 20 noisy rows with ever stronger L2. Which of squared bias and "
    "variance does the penalty lower, which does it raise, and where is their sum smallest?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.4.4 and 7.1.1", (1.0, 8.0, 32.0), run,
    "The penalty holds the weights near 0, so that the fit depends less on the sample and more on the penalty: less "
    "variance, more bias. The error, which holds the noise of the rows too, is smallest between the ends.",
)  # fmt: skip
