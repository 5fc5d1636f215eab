"""An L1 penalty on activations: most units are silent for most rows."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.engines.numpy.encode import encode
from wellfit.figures import Axis, Figure, density_figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

STRENGTHS = (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03)
CLAIMS = (
    Claim(
        "sparse", "A penalty of 0.01 on the activations makes at least four of five of them 0",
        "share of activations that are exactly 0 on new rows, mean over samples of rows", least=0.8,
    ),
    Claim(
        "more", "which are far more than without",
        "that share minus the share without penalty, mean over samples of rows", least=0.2,
    ),
    Claim(
        "error", "at no price in accuracy",
        "test error rate with penalty 0.01 minus without, mean over samples of rows", most=0.01,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """One hidden layer of ReLU units with rising penalties on what they give."""
    X, y = digits()
    repeats = lab.pick(2, 4, 10)
    strengths = lab.pick((0.0, 0.01), STRENGTHS, STRENGTHS)
    recipe = wellfit.Recipe.plain(
        hidden=(128,), epochs=lab.pick(20, 60, 60), batch_size=32, optimizer={"name": "adam", "learning_rate": 0.002}
    )
    recipes = [recipe.vary(activity=strength) for strength in strengths]
    views = samples(repeats, len(y), 600, 600)
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    error = population.evaluate("test")["error"].to_numpy().reshape(len(recipes), repeats)
    zeros = np.array(
        [member.model.activation_sparsity(X[member.view.test])[0].zeros["hidden0"] for member in population]
    )
    zeros = zeros.reshape(error.shape)
    k = strengths.index(0.01)
    found = {
        "sparse": mean_of(zeros[k]), "more": difference(zeros[k], zeros[0]), "error": difference(error[k], error[0])
    }  # fmt: skip
    rows = [
        {"penalty": strength, "share of zeros": float(zeros[i].mean()), "test error": float(error[i].mean())}
        for i, strength in enumerate(strengths)
    ]
    lines = [
        {"penalty": row["penalty"] or 0.0001, "share": row[column], "measured": name}
        for column, name in (("share of zeros", "activations that are 0"), ("test error", "test errors"))
        for row in rows
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(lines), Axis("penalty", "penalty on activations (no penalty at the left end)", scale="log"),
        Axis("share", "share", format=".0%"), series="measured", name="sparsity",
        title="The penalty raises the share of activations that are 0; the error hardly changes.",
    )  # fmt: skip
    trained = f"{len(recipes)} recipes on {repeats} samples of 600 digits"
    return Answer(rows, found, (figure, _units(population, strengths, X)), len(population), trained)


def _units(population: wellfit.Population, strengths: tuple[float, ...], X: np.ndarray) -> Figure:
    """For how many rows each unit gives something, at each penalty; activations are computed by hand."""
    figures, repeats = [], len(population) // len(strengths)
    for k in range(len(strengths)):
        members = population[k * repeats : (k + 1) * repeats]
        answered = np.concatenate([_answered(member, X) for member in members])
        across = Axis("rows", "share of new rows for which a unit gives more than 0", format=".0%", ends=(0, 1))
        figures.append(density_figure({"rows": answered}, across, bins=20, name="units", title=""))
    title = "The larger the penalty, the fewer rows a unit answers to."
    return with_slider(figures, strengths, name="rows-by-unit", title=title, label="penalty on activations")


def _answered(member: wellfit.training.TrainedMember, X: np.ndarray) -> np.ndarray:
    """Of each hidden unit the share of test rows for which ReLU leaves something."""
    (network,), rows = member.model.networks, member.model.arrays(X[member.view.test])
    weights = network.weights()
    given = encode(network.encoding, rows) @ weights["hidden0.weight"] + weights["hidden0.bias"]
    return np.asarray((given > 0).mean(axis=0))


EXPERIMENT = Experiment(
    "Sparse representations",
    "A hidden layer of 128 ReLU units pays for all that it gives. For how many rows does a unit still give anything, "
    "and how many errors does the saving cost?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.10", (0.4, 4.1, 9.0), run,
    "The subgradient of the absolute value pulls an activation to 0 as hard near 0 as far from it, and ReLU gives "
    "exact zeros. Units are left that answer to few rows each.",
)  # fmt: skip
