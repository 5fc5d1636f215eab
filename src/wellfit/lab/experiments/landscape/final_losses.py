"""Final losses of large networks over seeds are nearly equal, those of small ones are not."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio
from wellfit.tables.arrays import View

WIDTHS = (4, 8, 16, 32, 64)
SEEDS, ROWS = 5, 300
CLAIMS = (
    Claim(
        "spread", "The spread of final training losses over seeds falls with width",
        "standard deviation of final training losses over 5 seeds, as a share of their mean, at width 4 over that at "
        "64, geometric mean over made tables", least=1.0,
        published="Choromanska et al. 2015: the spread of test losses of MNIST networks falls from 25 to 500 units",
    ),
    Claim(
        "equal", "Networks of 64 units end at nearly the same training loss whatever the seed",
        "the same share at width 64, mean over made tables", most=0.1,
    ),
    Claim(
        "poor", "Small networks often end at a loss that is much worse than the best",
        "largest over smallest final training loss among 5 seeds at width 4, geometric mean over made tables",
        least=1.25,
    ),
    Claim(
        "test", "The spread of test losses over seeds falls, too",
        "standard deviation of test losses over 5 seeds at width 4 over that at 64, geometric mean over made tables",
        least=1.0, published="Choromanska et al. 2015",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks from 5 seeds on made tables; only the seed differs among those of one table and width."""
    repeats, epochs = lab.pick(3, 6, 20), lab.pick(10, 400, 400)
    widths = lab.pick((4, 64), WIDTHS, WIDTHS)
    recipes = [
        wellfit.Recipe.plain(
            hidden=(width,), activation="tanh", optimizer={"name": "momentum", "learning_rate": 0.02}, batch_size=50,
            epochs=epochs, stopping={"name": "none", "every": epochs * ROWS // 50},
        )
        for width in widths
    ]  # fmt: skip
    training, test = [], []
    for k in range(repeats):
        X, y = _table(k)
        population = wellfit.train(
            recipes,
            X,
            y,
            views=View(np.arange(ROWS), test=np.arange(ROWS, 2 * ROWS)),
            seeds=[100 * k + seed for seed in range(SEEDS)],
            kind="number",
            **lab.options,
        )
        training.append(population.evaluate("training")["loss"].to_numpy().reshape(len(widths), SEEDS))
        test.append(population.evaluate("test")["loss"].to_numpy().reshape(len(widths), SEEDS))
    ends, losses = np.array(training), np.array(test)  # each (tables, widths, seeds)
    shares = ends.std(axis=2, ddof=1) / ends.mean(axis=2)
    spread = losses.std(axis=2, ddof=1)
    found = {
        "spread": ratio(shares[:, 0], shares[:, -1]),
        "equal": mean_of(shares[:, -1]),
        "poor": ratio(ends[:, 0].max(axis=1), ends[:, 0].min(axis=1)),
        "test": ratio(spread[:, 0], spread[:, -1]),
    }
    rows = [
        {"width": width, "training loss": float(ends[:, k].mean()), "spread, share of it": float(shares[:, k].mean()),
         "test loss": float(losses[:, k].mean()), "spread of test losses": float(spread[:, k].mean())}
        for k, width in enumerate(widths)
    ]  # fmt: skip
    points = [{"width": width, "loss": float(loss)} for k, width in enumerate(widths) for loss in ends[:6, k].ravel()]
    figure = scatter_figure(
        ResultFrame(points), Axis("width", "hidden units", scale="log"), Axis("loss", "final training loss"),
        name="final-losses", title="Final training losses, a point a network: five seeds on each of some tables.",
    )  # fmt: skip
    trained = f"{len(widths)} widths from {SEEDS} seeds on {repeats} made tables"
    return Answer(rows, found, (figure,), ends.size, trained)


def _table(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Five normal columns, and a target that is a function of three of them with a little noise."""
    random = np.random.default_rng([seed, 37])
    X = random.normal(size=(2 * ROWS, 5))
    return X, np.sin(1.5 * X[:, 0]) + X[:, 1] * X[:, 2] + random.normal(0, 0.3, len(X))


EXPERIMENT = Experiment(
    "Final losses over seeds",
    "The same recipe is trained from five seeds, once with 4 and once with 64 hidden units. In which case do the five "
    "networks end at nearly the same training loss?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.2; Choromanska et al. 2015", (0.5, 4.0, 15.0), run,
    "A small network can end where no single step helps although much better weights exist. In a large one there are "
    "many more directions, some of which go down almost everywhere, and most minima are about as good as the best.",
)  # fmt: skip
