"""ReLU units that a large step has pushed below 0 on every row get no gradient any more."""

from __future__ import annotations

import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "large", "At a learning rate of 1 more than a tenth of ReLU units die",
        "share of hidden units that give 0 on every row, mean over samples of rows", least=0.1,
    ),
    Claim(
        "small", "At a learning rate of 0.01 fewer than one in a hundred die",
        "share of hidden units that give 0 on every row, mean over samples of rows", most=0.01,
    ),
    Claim(
        "leaky", "With leaky ReLU fewer units die at a learning rate of 1",
        "share of dead units with ReLU minus with leaky ReLU, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip
NAMES = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU"}


def run(lab: Lab) -> Answer:
    """Networks of two hidden layers at rising learning rates; units are counted after the last update."""
    X, y = digits()
    repeats = lab.pick(2, 4, 12)
    rates = lab.pick((0.01, 1.0), (0.01, 0.1, 0.3, 1.0), (0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0))
    plain = wellfit.Recipe.plain(hidden=(64, 64), epochs=lab.pick(8, 20, 20), batch_size=32)
    recipes = [
        plain.vary(activation=name, optimizer={"name": "sgd", "learning_rate": rate})
        for name in NAMES for rate in rates
    ]  # fmt: skip
    views = samples(repeats, len(y), 400, 200)
    population = wellfit.train(recipes, X, y, views=views, probes=400, **lab.options)

    # Of each network the last probe that it has: one that diverged has none at the end, and all others the same.
    dead = (
        pl.DataFrame(population.probes)
        .filter(quantity="dead_units")
        .filter(pl.col("update") == pl.col("update").max().over("member"))
    )
    dead = dead.group_by("member").agg(pl.col("value").mean()).sort("member")
    shares = dead["value"].to_numpy().reshape(len(NAMES), len(rates), repeats)
    found = {
        "large": mean_of(shares[0, -1]), "small": mean_of(shares[0, 0]),
        "leaky": difference(shares[0, -1], shares[1, -1]),
    }  # fmt: skip
    rows = [
        {"activation": title, "learning rate": rate, "dead": one.mean, "low": one.low, "high": one.high}
        for k, title in enumerate(NAMES.values()) for r, rate in enumerate(rates)
        for one in [mean_of(shares[k, r])]
    ]  # fmt: skip
    figure = line_figure(
        pl.DataFrame(rows), Axis("learning rate", "learning rate", scale="log"),
        Axis("dead", "share of dead units", ends=(-0.02, 1.0)), low="low", high="high", series="activation",
        name="dead-units", title="Units that give no gradient on any row, by learning rate.",
    )  # fmt: skip
    trained = f"{len(recipes)} recipes on {repeats} samples of digits"
    return Answer(rows, found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "Dying ReLUs",
    "A network of ReLU units is trained by gradient descent at ever larger learning rates. How many of its units give "
    "0 on every row in the end, and does the small slope of leaky ReLU help?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 6.3.1", (0.4, 2.0, 10.0), run,
    "A large step can make a unit's input negative on every row. ReLU's slope is 0 there, so the unit never gets a "
    "gradient that would bring it back. Leaky ReLU keeps a slope of 0.01.",
)  # fmt: skip
