"""Paths from any start: which of two minima an optimiser ends in. The reader moves the start."""

from __future__ import annotations

import math

import numpy as np

from wellfit.figures import Axis, path_figure
from wellfit.lab.base import Answer, Claim, Experiment, Lab, share
from wellfit.lab.experiments.optimizers._paths import BY_NAME, Points, cells, path
from wellfit.studies.optimization.functions import TURN

CLAIMS = (
    Claim(
        "side", "Gradient descent ends in the minimum on its own side of the saddle",
        "share of starts drawn uniformly from the picture, exact interval", least=0.9,
    ),
    Claim(
        "crosses", "Momentum ends in another minimum than gradient descent from some starts",
        "share of starts drawn uniformly from the picture, exact interval", least=0.05,
    ),
)  # fmt: skip
RATES = {"sgd": 0.1, "momentum": 0.1, "rmsprop": 0.05, "adam": 0.1}
SADDLE = BY_NAME["saddle"]
UPDATES = 100
COMPARED = ("sgd", "momentum")


def side(points: Points) -> float:
    """On which side of the saddle a path ends, 1 or -1, along the axis through both minima, turned by 30 degrees."""
    return float(np.sign((points[-1] @ TURN)[1]))


def run(lab: Lab) -> Answer:
    """Starts at random for the claims, starts on a grid for the picture."""
    ends = np.array(SADDLE.ends)
    starts = np.random.default_rng(0).uniform(ends[:, 0], ends[:, 1], (lab.pick(12, 60, 300), 2))
    final = {name: np.array([side(path(SADDLE, name, RATES[name], UPDATES, w)) for w in starts]) for name in COMPARED}
    began = np.sign((starts @ TURN)[:, 1])
    found = {
        "side": share(int((final["sgd"] == began).sum()), len(starts)),
        "crosses": share(int((final["sgd"] != final["momentum"]).sum()), len(starts)),
    }
    table = [
        {"optimiser": name, "share that ends on the side of its start": float((final[name] == began).mean())}
        for name in COMPARED
    ]

    steps: dict[str, list[object]] = {"x": [], "y": [], "optimizer": [], "start": []}
    grid = [(x, y) for x in np.linspace(-1.6, 1.6, 4) for y in np.linspace(-1.3, 1.3, 4)]
    kept = np.unique(np.geomspace(1, UPDATES + 1, 12).astype(int)) - 1
    for begin in sorted(grid, key=lambda w: math.dist(w, SADDLE.start)):  # the first is seen without JavaScript
        for name, rate in RATES.items():
            for x, y in path(SADDLE, name, rate, UPDATES, begin)[kept].round(3):
                steps["x"].append(float(x))
                steps["y"].append(float(y))
                steps["optimizer"].append(name)
                steps["start"].append(f"{begin[0]:.2f}, {begin[1]:.2f}")
    figure = path_figure(
        cells(SADDLE), steps, Axis("x", "first parameter"), Axis("y", "second parameter"), Axis("value", "function"),
        name="starts", series="optimizer", start="start",
        title="Point at a start: from there four optimisers go to one of two minima.",
    )  # fmt: skip
    return Answer(table, found, (figure,))


EXPERIMENT = Experiment(
    "Moving the start",
    "A function has two minima with a saddle between them. Does gradient descent always end in the minimum on its own "
    "side of the saddle, and do optimisers that begin at the same start end in the same minimum?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.3 and 8.3", (1.0, 3.0, 10.0), run,
    "Gradient descent goes downhill at each step and does not cross the ridge. Momentum may be carried over it, and "
    "optimisers with a rate of their own for each parameter go another way down.",
)  # fmt: skip
