"""Batch normalisation keeps the inputs of logistic units steady, where the function is steep."""

from __future__ import annotations

import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "drift", "With batch normalisation the inputs of the last hidden layer's units drift less",
        "change of their 15 and 85 % quantiles from the start to the end in units of the logistic function's argument, "
        "without minus with, mean over samples of rows", least=0.0,
    ),
    Claim(
        "steep", "With it nearly all inputs stay in the steep part of the logistic function",
        "share of units and rows with a slope of 5 % of the largest or more (between -4.4 and 4.4), mean over samples "
        "of rows", least=0.95,
    ),
    Claim(
        "more", "A larger share lies there than without it",
        "share with minus share without batch normalisation, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip
NAMES = {0: "without", 1: "with batch normalisation"}


def run(lab: Lab) -> Answer:
    """Three layers of logistic units, with and without, looked into while they train."""
    X, y = digits()
    repeats = lab.pick(2, 4, 12)
    plain = wellfit.Recipe.plain(
        hidden=(50,) * 3, activation="sigmoid", epochs=lab.pick(10, 60, 120), batch_size=60,
        optimizer={"name": "momentum", "learning_rate": 0.1},
    )  # fmt: skip
    views = samples(repeats, len(y), 1000, 400)
    recipes = [plain, plain.vary(normalization="batch")]
    population = wellfit.train(recipes, X, y, views=views, probes=50, **lab.options)

    probes = pl.DataFrame(population.probes).with_columns(recipe=pl.col("member").cast(pl.Int64) // repeats)
    last = probes.filter(layer="hidden2").pivot(
        on="quantity", index=["recipe", "member", "update"], values="value"
    ).sort("member", "update")  # fmt: skip
    low, high = pl.col("preactivation_q15"), pl.col("preactivation_q85")
    ends = last.group_by("recipe", "member", maintain_order=True).agg(
        drift=((low.last() - low.first()).abs() + (high.last() - high.first()).abs()) / 2,
        steep=1 - pl.col("saturated_share").drop_nulls().last(),
    )
    drift, steep = (ends[column].to_numpy().reshape(2, repeats) for column in ("drift", "steep"))
    found = {
        "drift": difference(drift[0], drift[1]), "steep": mean_of(steep[1]), "more": difference(steep[1], steep[0]),
    }  # fmt: skip
    shown = last.group_by("recipe", "update").agg(pl.col("^preactivation_q.*$").mean()).sort("recipe", "update")
    figure = line_figure(
        shown.with_columns(pl.col("recipe").replace_strict(NAMES)), Axis("update", "update"),
        Axis("preactivation_q50", "inputs of the last hidden layer's units: 15, 50 and 85 %"),
        low="preactivation_q15", high="preactivation_q85", panel="recipe", name="quantiles",
        title="With batch normalisation the inputs of logistic units stay near 0, where the function is steep.",
    )  # fmt: skip
    errors = population.evaluate("test")["error"].to_numpy().reshape(2, repeats)
    table = [
        {"network": name, "drift": float(drift[k].mean()), "share in the steep part": float(steep[k].mean()),
         "test error": float(errors[k].mean())} for k, name in NAMES.items()
    ]  # fmt: skip
    return Answer(table, found, (figure,), len(population), f"2 recipes on {repeats} samples of digits")


EXPERIMENT = Experiment(
    "Steady inputs with batch normalisation",
    "In a network of logistic units, how far do the inputs of the last hidden layer wander while it trains, and does "
    "batch normalisation keep them where the function is steep?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015, 2 and 4.1", (0.4, 2.5, 10.0), run,
    "Batch normalisation gives a unit's inputs mean 0 and variance 1 on each mini-batch, then shifts and scales them "
    "by two learned numbers. Without it they move with everything that the layers below learn.",
)  # fmt: skip
