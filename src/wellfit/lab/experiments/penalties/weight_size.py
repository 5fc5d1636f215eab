"""Small weights leave tanh near its linear part; large ones make the function steep."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure, with_slider
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio
from wellfit.statistics.intervals import SHARE

SIZES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
CLAIMS = (
    Claim(
        "linear", "With small weights the network is a line, though it has 128 tanh units",
        "share of the function's variance that a straight line explains, at the weight size 0.03, mean over seeds",
        least=0.99,
    ),
    Claim(
        "bent", "With large weights it is none",
        "share of the function's variance that a straight line explains, at the weight size 10, mean over seeds",
        most=0.9,
    ),
    Claim(
        "steep", "The function is at its steepest many times steeper for large weights than for small ones",
        "largest slope over the function's standard deviation, at the weight size 10 over that at 0.03, geometric mean "
        "over seeds", least=3.0,
    ),
    Claim(
        "saturated", "Large weights saturate most units",
        "share of rows and units whose tanh is saturated at the weight size 10, mean over seeds", least=0.5,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks before training, weights and biases normal with a size that grows, on one column from -1.7 to 1.7."""
    seeds = range(lab.pick(3, 20, 40))
    x = np.linspace(-1, 1, 201)
    # One update of no size: what is seen inside is counted when a network is evaluated.
    still = wellfit.Recipe.plain(
        (64, 64), activation="tanh", batch_size="all", epochs=1, optimizer={"name": "sgd", "learning_rate": 1e-12}
    )
    recipes = [still.vary(initialization={"name": "normal", "sd": size}) for size in SIZES]
    population = wellfit.train(recipes, x[:, None], x, seeds=list(seeds), probes=True, **lab.options)
    functions = np.array([member.predict(x[:, None]) for member in population]).reshape(len(SIZES), len(seeds), -1)
    explained = np.array([[np.corrcoef(x, f)[0, 1] ** 2 for f in of_size] for of_size in functions])
    slope = abs(np.gradient(functions, x, axis=-1)).max(axis=-1) / functions.std(axis=-1)
    seen = population.probes.filter(pl.col("quantity") == "saturated_share", pl.col("update") == 1).group_by(
        "member", maintain_order=True
    )
    saturated = seen.agg(pl.col("value").mean())["value"].to_numpy().reshape(len(SIZES), len(seeds))
    found = {
        "linear": mean_of(explained[0], SHARE), "bent": mean_of(explained[-1], SHARE),
        "steep": ratio(slope[-1], slope[0]), "saturated": mean_of(saturated[-1], SHARE),
    }  # fmt: skip
    rows = [
        {"weight size": size, "explained by a line": explained[k].mean(), "largest slope": slope[k].mean(),
         "saturated": saturated[k].mean()}
        for k, size in enumerate(SIZES)
    ]  # fmt: skip
    shapes = [
        line_figure({"x": x[::2], "y": (f[0, ::2] - f[0].mean()) / f[0].std()}, Axis("x", "input"),
                    Axis("y", "output, of mean 0 and standard deviation 1"), name="function", title="The function.")
        for f in functions
    ]  # fmt: skip
    figure = with_slider(
        shapes, SIZES, name="functions", label="standard deviation of the weights", shown=3,
        title="A random network of tanh units is a line for small weights and steep for large ones.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"{len(SIZES)} sizes from {len(seeds)} seeds, untrained")


EXPERIMENT = Experiment(
    "Size of weights and shape of the function",
    "The weights of a network of tanh units are drawn at random, and nothing is trained. What does its output look "
    "like over one input when the weights are small, and when they are large?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 6.3.2 and 7.1", (0.2, 1.2, 2.4), run,
    "Near 0 tanh is nearly the identity, so that small weights leave sums of lines, which are lines. Large ones reach "
    "its flat ends within a small part of the input's range. A penalty on the size holds a network nearer to a line.",
)  # fmt: skip
