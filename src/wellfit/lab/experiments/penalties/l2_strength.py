"""A stronger L2 penalty: the training error rises, the gap shrinks, the function becomes smoother."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure, scatter_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.base.data import apart

DATA, STRENGTHS = 20, (0.0, 1e-4, 1e-3, 1e-2, 1e-1)
CLAIMS = (
    Claim(
        "training", "The training error rises with the strength",
        "mean squared error on the training rows at the strength 0.01 minus that at 0, mean over samples of rows",
        least=0.0,
    ),
    Claim(
        "gap", "The gap between test and training error shrinks",
        "gap of the squared errors at the strength 0 minus that at 0.01, mean over samples of rows", least=0.0,
    ),
    Claim(
        "smooth", "The function becomes smoother",
        "mean squared second difference of the function at the strength 0 over that at 0.01, geometric mean over "
        "samples of rows", least=2.0,
    ),
    Claim(
        "test", "The test error falls first and rises in the end: the best strength is neither 0 nor the largest",
        "test error at the better one of the ends over that at the best strength between, mean over samples of rows",
        least=1.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A network on few noisy rows of a wave, at five strengths."""
    repeats = lab.pick(2, 16, 60)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, repeats * (DATA + 200))
    y = np.sin(3 * x) + 0.3 * rng.normal(size=len(x))
    network = wellfit.Recipe.plain(
        (64,), activation="tanh", batch_size="all", optimizer={"name": "adam", "learning_rate": 0.01},
        epochs=lab.pick(500, 4000, 4000), stopping={"name": "none", "every": 500},
    )  # fmt: skip
    recipes = [network.vary(l2=strength) for strength in STRENGTHS]
    population = wellfit.train(recipes, x[:, None], y, views=apart(repeats, DATA, 200), **lab.options)
    training, test = (population.evaluate(part)["error"].to_numpy().reshape(5, -1) for part in ("training", "test"))

    line = np.linspace(-1, 1, 101)
    functions = np.array([member.predict(line[:, None]) for member in population]).reshape(5, repeats, -1)
    bend = (np.diff(functions, 2, axis=-1) ** 2).mean(axis=-1)
    end = 0 if test[0].mean() < test[-1].mean() else -1
    best = 1 + int(test[1:-1].mean(axis=1).argmin())
    found = {
        "training": difference(training[3], training[0]),
        "gap": difference(test[0] - training[0], test[3] - training[3]),
        "smooth": ratio(bend[0], bend[3]), "test": ratio(test[end], test[best]),
    }  # fmt: skip
    rows = [
        {"strength": strength, "training error": training[k].mean(), "test error": test[k].mean(),
         "second difference": bend[k].mean()}
        for k, strength in enumerate(STRENGTHS)
    ]  # fmt: skip
    seen, sparse = population[0].view.training, line[::2]
    shapes = [
        scatter_figure(
            {"x": [*x[seen], *sparse], "y": [*y[seen], *functions[k, 0, ::2]],
             "what": ["training row"] * DATA + ["function"] * len(sparse)},
            Axis("x", "x"), Axis("y", "y"), series="what", name="function", title="The function that was learned.",
        )
        for k in range(len(STRENGTHS))
    ]  # fmt: skip
    functions_figure = with_slider(
        shapes, STRENGTHS, name="functions", label="strength of L2",
        title="The stronger the penalty, the smoother the function.",
    )  # fmt: skip
    errors = [
        {"strength": row["strength"], "measured on": part, "error": row[f"{part} error"]}
        for part in ("training", "test") for row in rows if row["strength"] > 0
    ]  # fmt: skip
    errors_figure = line_figure(
        ResultFrame(errors), Axis("strength", "strength of L2", scale="log"), Axis("error", "squared error"),
        series="measured on", name="errors", title="The training error rises; the test error is lowest in between.",
    )  # fmt: skip
    trained = f"5 recipes on {repeats} samples of {DATA} made rows"
    return Answer(rows, found, (functions_figure, errors_figure), len(population), trained)


EXPERIMENT = Experiment(
    "Strength of L2",
    "A network of 64 units learns a wave from 20 noisy rows, with ever stronger L2. What becomes of the training "
    "error, of the test error, and of the shape of the function?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.2.2 and 7.1", (0.2, 4, 14.5), run,
    "A penalty forbids what it takes large weights to express. That costs fit on the training rows at once, and helps "
    "on new rows until it forbids the wave itself.",
)  # fmt: skip
