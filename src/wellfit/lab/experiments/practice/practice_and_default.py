"""The default of practice beside wellfit's own default and a plain network."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.base.data import digits, samples

NAMES = ("plain", "practice", "wellfit")
CLAIMS = (
    Claim(
        "digits", "On digits the default of practice does better than a plain network",
        "test loss (nats) of the plain network over that of practice, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "cancer", "On a medical table it does too",
        "test loss (nats) of the plain network over that of practice, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "numbers", "And on a table of numbers",
        "test error (squared) of the plain network over that of practice, geometric mean over samples of rows",
        least=1.0,
    ),
    Claim(
        "own", "wellfit's own default is at most 5 % behind the default of practice in the mean over the three tables",
        "its test loss over that of practice, geometric mean over tables and samples of rows", most=1.05,
    ),
    Claim(
        "deep", "In a network of 10 layers its batch normalisation pays off: it errs less than the plain one on digits",
        "test error rate of the plain network minus that of practice, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Each named recipe on samples of three tables, two layers; then ten layers on digits."""
    repeats, epochs = lab.pick(2, 8, 32), lab.pick(4, 32, 32)
    tables = {
        "digits": (*digits(), 300), "breast cancer": (*load_breast_cancer(return_X_y=True), 150),
        "diabetes": (*load_diabetes(return_X_y=True), 150),
    }  # fmt: skip
    recipes = [wellfit.Recipe.named(name, (64, 64), epochs=epochs) for name in NAMES]
    loss: dict[str, np.ndarray] = {}
    rows = []
    for table, (X, y, size) in tables.items():
        # A quarter more rows, by which the recipes that stop early choose their weights.
        views = samples(repeats, len(y), size, 250, validation=size // 4)
        population = wellfit.train(recipes, X, y, views=views, **lab.options)
        loss[table] = population.evaluate()["loss"].to_numpy().reshape(3, repeats)
        for name, of_recipe in zip(NAMES, loss[table], strict=True):
            relative = ratio(of_recipe, loss[table][0])
            rows.append({"table": table, "recipe": name, "test loss": of_recipe.mean(), "beside plain": relative.mean,
                         "low": relative.low, "high": relative.high})  # fmt: skip

    X, y = digits()
    deep = [wellfit.Recipe.named(name, (32,) * 10, epochs=epochs) for name in NAMES[:2]]
    views = samples(repeats, len(y), 300, 250, validation=75)
    error = wellfit.train(deep, X, y, views=views, **lab.options).evaluate()["error"].to_numpy().reshape(2, repeats)
    every = np.stack(list(loss.values()))  # tables, recipes, samples
    mean = np.exp(np.log(every).mean(axis=0))
    found = {
        "digits": ratio(*loss["digits"][:2]), "cancer": ratio(*loss["breast cancer"][:2]),
        "numbers": ratio(*loss["diabetes"][:2]), "own": ratio(mean[2], mean[1]), "deep": difference(*error),
    }  # fmt: skip
    figure = interval_figure(
        ResultFrame([row for row in rows if row["recipe"] != "plain"]),
        Axis("beside plain", "test loss over that of the plain network"), "recipe", low="low", high="high",
        group="table", zero=1.0, name="losses", title="Named recipes beside a plain network.",
    )  # fmt: skip
    networks = (3 * len(tables) + 2) * repeats
    return Answer(rows, found, (figure,), networks, f"3 recipes on {repeats} samples of each of 3 tables")


EXPERIMENT = Experiment(
    "The default of practice",
    "Textbooks advise He initialisation, ELU, momentum, the 1cycle schedule and early stopping, and batch "
    "normalisation in deep networks. How much better is a network with all of it than a plain one, "
    "and than wellfit's own default?",
    CLAIMS, "Géron, Hands-on machine learning, 2019, chapter 11; Smith 2018", (0.5, 2.3, 11), run,
    "The plain network's one small learning rate does not get far in as many epochs. On many classes that is a loss; "
    "on a small noisy table slow descent is itself a restraint, so that little or nothing is left to gain.",
)  # fmt: skip
