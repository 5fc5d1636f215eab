"""What logistic units read while a deep network trains: their inputs drift, and some units saturate."""

from __future__ import annotations

import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "drift", "What the last hidden layer reads moves by more than one of its standard deviations",
        "change of the median of its inputs from the start to the end, in standard deviations at the start, mean over "
        "samples of rows", least=1.0,
    ),
    Claim(
        "input", "The last hidden layer's inputs drift more than those of the first",
        "drift of the last minus drift of the first hidden layer's inputs, mean over samples of rows", least=0.0,
    ),
    Claim(
        "saturation", "Large weights at the start saturate logistic units",
        "share of units and rows with a slope below 5 % of the largest, with standard deviation 1 minus with Xavier's, "
        "mean over samples of rows", least=0.2,
    ),
)  # fmt: skip
STARTS = {"Xavier": "glorot_uniform", "standard deviation 1": {"name": "normal", "sd": 1.0}}
DEPTH = 3


def run(lab: Lab) -> Answer:
    """Three layers of logistic units on samples of digits, looked into while they train."""
    X, y = digits()
    repeats = lab.pick(2, 6, 24)
    recipes = [
        wellfit.Recipe.plain(
            hidden=(50,) * DEPTH, activation="sigmoid", initialization=start, epochs=lab.pick(10, 60, 100),
            batch_size=50, optimizer={"name": "momentum", "learning_rate": 0.1},
        )
        for start in STARTS.values()
    ]  # fmt: skip
    views = samples(repeats, len(y), 1000, 400)
    population = wellfit.train(recipes, X, y, views=views, probes=60, **lab.options)

    probes = pl.DataFrame(population.probes).with_columns(recipe=pl.col("member").cast(pl.Int64) // repeats)
    wide = probes.pivot(on="quantity", index=["recipe", "member", "update", "layer"], values="value")
    wide = wide.filter(pl.col("layer").str.starts_with("hidden")).sort("member", "layer", "update")
    ends = wide.group_by("recipe", "member", "layer", maintain_order=True).agg(
        ((pl.col("preactivation_q50").last() - pl.col("preactivation_q50").first()).abs()
         / pl.col("preactivation_spread").first()).alias("drift"),
        pl.col("saturated_share").drop_nulls().last(),
    )  # fmt: skip
    drift = ends.filter(recipe=0)["drift"].to_numpy().reshape(repeats, DEPTH)
    saturated = ends.group_by("recipe", "member", maintain_order=True).agg(pl.col("saturated_share").mean())
    share = saturated["saturated_share"].to_numpy().reshape(2, repeats)
    found = {
        "drift": mean_of(drift[:, -1]), "input": difference(drift[:, -1], drift[:, 0]),
        "saturation": difference(share[1], share[0]),
    }  # fmt: skip
    names = dict(enumerate(STARTS))
    seen = (
        wide.group_by("recipe", "layer", "update").agg(pl.col("^preactivation_q.*$").mean())
        .sort("recipe", "layer", "update").with_columns(pl.col("recipe").replace_strict(names))
    )  # fmt: skip
    figure = line_figure(
        seen, Axis("update", "update"), Axis("preactivation_q50", "what the units read: 15, 50 and 85 %"),
        low="preactivation_q15", high="preactivation_q85", series="layer", panel="recipe", name="drift",
        title="The inputs of logistic units while the network trains.",
    )  # fmt: skip
    table = ends.group_by("recipe", "layer", maintain_order=True).agg(pl.col("drift", "saturated_share").mean())
    table = table.with_columns(pl.col("recipe").replace_strict(names))
    trained = f"2 recipes on {repeats} samples of digits"
    return Answer(table.to_dicts(), found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "Drift and saturation of logistic units",
    "The rows that a network reads stay as they are while it trains. Do the inputs of its last hidden layer stay as "
    "they are, too? And what happens to logistic units when the weights at the start are large?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015, 2; Glorot & Bengio 2010, 3", (0.4, 2.0, 8.0), run,
    "A hidden layer reads what the layers below give, and these change with every update. Where a logistic unit reads "
    "numbers far from 0 its slope is almost 0, and its weights hardly change.",
)  # fmt: skip
