"""Wide networks from different seeds come out alike, narrow ones do not."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.base.data import digits, mnist
from wellfit.tables.arrays import View

GROUP = 5  # seeds of which one spread is taken
PUBLISHED = "Neal et al. 2018, MNIST, accuracy over 20 seeds: .8565 (spread .031) at width 5, .9838 (.0005) at 500"
CLAIMS = (
    Claim(
        "spread", "The spread of the test error over seeds falls with width",
        "standard deviation of the test error rate over 5 seeds at width 5 over that at 500, geometric mean over "
        "groups of seeds", least=1.0, published=PUBLISHED,
    ),
    Claim(
        "error", "The test error falls with width",
        "test error rate at width 5 minus that at 500, mean over groups of seeds", least=0.0, published=PUBLISHED,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """One hidden layer on fixed rows from many seeds, which differ in initial weights and the order of the rows."""
    groups, widths = lab.pick(2, 4, 8), lab.pick((5, 500), (5, 15, 50, 500), (5, 15, 50, 150, 500))
    X, y, view = _rows(lab)
    # The published recipe; digits have fewer rows, and get more epochs.
    epochs = lab.pick(2, 20, 20) if lab.data is None else lab.pick(1, 10, 10)
    recipes = [
        wellfit.Recipe.plain(
            hidden=(width,), initialization="fan_in_uniform", batch_size=64, epochs=epochs,
            optimizer={"name": "momentum", "learning_rate": 0.1, "momentum": 0.5},
        )
        for width in widths
    ]  # fmt: skip
    population = wellfit.train(recipes, X, y, views=view, seeds=list(range(groups * GROUP)), **lab.options)
    error = population.evaluate("test")["error"].to_numpy().reshape(len(widths), groups, GROUP)
    spread = error.std(axis=2, ddof=1)
    found = {
        "spread": ratio(spread[0], spread[-1]),
        "error": difference(error[0].mean(axis=1), error[-1].mean(axis=1)),
    }
    rows = [
        {"width": width, "test error": float(error[k].mean()), "spread over seeds": float(error[k].std(ddof=1))}
        for k, width in enumerate(widths)
    ]
    points = [{"width": width, "error": float(one)} for k, width in enumerate(widths) for one in error[k].ravel()]
    figure = scatter_figure(
        ResultFrame(points), Axis("width", "hidden units", scale="log"), Axis("error", "test error rate"),
        name="error-by-width", title="Test errors of networks that differ in their seed alone, a point a network.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), error.size, f"{len(widths)} widths from {groups * GROUP} seeds")


def _rows(lab: Lab) -> tuple[np.ndarray, np.ndarray, View]:
    """Digits, or 6,000 rows of MNIST and its first 2,000 test rows."""
    if lab.data is None:
        X, y = digits()
        order = np.random.default_rng(0).permutation(len(y))
        return X, y, View(order[:1200], test=order[1200:])
    training, test = mnist(lab.data)
    X, y = np.concatenate([training.X[:6000], test.X[:2000]]), np.concatenate([training.y[:6000], test.y[:2000]])
    return X, y, View(np.arange(6000), test=np.arange(6000, 8000))


EXPERIMENT = Experiment(
    "Spread over seeds by width",
    "Networks of 5 and of 500 units are trained on the same rows from many seeds. Which of them differ more in their "
    "test error from seed to seed?",
    CLAIMS, "Neal et al. 2018, A modern take on the bias-variance tradeoff in neural networks", (0.5, 3.0, 10.0), run,
    "What a narrow network learns depends on the few units it starts with. In a wide one there are many units of every "
    "kind whatever the seed.", "MNIST in place of digits",
)  # fmt: skip
