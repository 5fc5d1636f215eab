"""A convex problem ends alike from any start; a network with a hidden layer does not."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "convex", "Logistic regression ends at the same loss from any start",
        "largest over smallest final objective of three starts, mean over samples of rows", most=1.01,
    ),
    Claim(
        "network", "A network with a hidden layer ends at losses that depend on the start",
        "largest over smallest final objective of three starts, mean over samples of rows", least=1.05,
    ),
)  # fmt: skip
SPREADS = (0.01, 1.0, 5.0)


def run(lab: Lab) -> Answer:
    """Both with a penalty, on all rows at once, from weights of three standard deviations."""
    X, y = digits()
    repeats, epochs = lab.pick(2, 3, 6), lab.pick(300, 800, 1200)
    plain = wellfit.Recipe.plain(
        activation="tanh",
        l2=0.003,
        epochs=epochs,
        batch_size="all",
        stopping={"name": "none", "every": 10},
        optimizer={"name": "momentum", "learning_rate": 0.3},
    )
    views = samples(repeats, len(y), 200, 100)
    recipes = [
        plain.vary(hidden=hidden, initialization={"name": "normal", "sd": spread})
        for hidden in ((), (6,)) for spread in SPREADS
    ]  # fmt: skip
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    curves = [member.history["objective"].to_numpy() for member in population]
    ends = np.array([curve[-1] for curve in curves]).reshape(2, 3, repeats)
    factors = ends.max(axis=1) / ends.min(axis=1)

    found = {"convex": mean_of(factors[0]), "network": mean_of(factors[1])}
    rows = [
        {"model": model, "start": f"sd {spread:g}", "epoch": 10 * epoch,
         "loss": float(curves[(3 * k + s) * repeats][epoch])}
        for k, model in enumerate(("logistic regression", "one hidden layer")) for s, spread in enumerate(SPREADS)
        for epoch in np.unique(np.geomspace(1, len(curves[0]) - 1, 40).astype(int)).tolist()
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("epoch", "epoch", scale="log"), Axis("loss", "loss with the penalty", scale="log"),
        series="start", panel="model", name="starts",
        title="Descent from three starts: the convex problem ends at one loss, the network need not.",
    )  # fmt: skip
    table = [{"model": model, "start": f"sd {spread:g}", "final loss": float(ends[k, s].mean())}
             for k, model in enumerate(("logistic regression", "one hidden layer"))
             for s, spread in enumerate(SPREADS)]  # fmt: skip
    return Answer(table, found, (figure,), len(population), f"6 recipes on {repeats} samples of digits")


EXPERIMENT = Experiment(
    "A convex problem from three starts",
    "Logistic regression and a network with one hidden layer start from tiny, medium and large random weights. Which "
    "of them ends at the same loss whatever its start?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2", (0.6, 2.0, 7.0), run,
    "A strictly convex function has one minimum, and descent at a suitable rate leads there from everywhere. With "
    "hidden units the function has many stationary points, and the start decides near which of them descent ends.",
)  # fmt: skip
