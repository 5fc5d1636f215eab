"""Weights that all start at one value: the units of a layer stay copies of one another."""

from __future__ import annotations

import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "constant", "Units that start with one constant weight are identical after 600 epochs",
        "share of hidden units with an identical one, the least over samples of rows", least=0.999,
    ),
    Claim(
        "zero", "Units that start with zero weights are identical after 600 epochs",
        "share of hidden units with an identical one, the least over samples of rows", least=0.999,
    ),
    Claim(
        "error", "A network with identical units has a higher test error than one with random weights",
        "test error rate of constant minus random weights, mean over samples of rows", least=0.1,
    ),
)  # fmt: skip
STARTS = {"constant": {"name": "constant", "value": 0.05}, "zero": "zero", "random": "glorot_uniform"}


def run(lab: Lab) -> Answer:
    """A network of tanh units with the three starts on samples of digits."""
    X, y = digits()
    epochs, repeats = lab.pick(20, 600, 600), lab.pick(2, 3, 6)
    views = samples(repeats, len(y), 300, 400)
    plain = wellfit.Recipe.plain(hidden=(24,), activation="tanh", epochs=epochs, batch_size=50)
    recipes = [plain.vary(initialization=start) for start in STARTS.values()]
    population = wellfit.train(recipes, X, y, views=views, probes=120, **lab.options)

    error = population.evaluate("test")["error"].to_numpy().reshape(3, repeats)
    twins = pl.DataFrame(population.probes).filter(quantity="twin_share", layer="hidden0")
    twins = twins.with_columns(start=pl.col("member").cast(pl.Int64) // repeats)
    last = twins.filter(pl.col("update") == pl.col("update").max())
    found = {
        "constant": exact(last.filter(start=0)["value"].min()), "zero": exact(last.filter(start=1)["value"].min()),
        "error": difference(error[0], error[2]),
    }  # fmt: skip
    rows = [
        {"weights at the start": name, "epoch": row["update"] // 6, "share": row["value"]}
        for k, name in enumerate(STARTS)
        for row in twins.filter(start=k).group_by("update").agg(pl.col("value").mean()).sort("update").to_dicts()
    ]
    figure = line_figure(
        ResultFrame(rows), Axis("epoch", "epoch"),
        Axis("share", "share of units with an identical unit", ends=(-0.05, 1.05)),
        series="weights at the start", name="identical",
        title="Units that start as copies of one another stay copies.",
    )  # fmt: skip
    table = [{"weights at the start": name, "test error": float(error[k].mean())} for k, name in enumerate(STARTS)]
    return Answer(table, found, (figure,), 3 * repeats, f"3 recipes on {repeats} samples of digits")


EXPERIMENT = Experiment(
    "Starting with identical weights",
    "All weights of a network start at the same constant, or at zero, and it is trained for 600 epochs. How many of "
    "its hidden units have become different from one another?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.4", (0.5, 3.0, 8.0), run,
    "Units with equal weights read the same, give the same and get the same gradient, so every update keeps them "
    "equal. Random weights break this symmetry.",
)  # fmt: skip
