"""Ioffe and Szegedy's first experiment: batch normalisation in a small network of logistic units on MNIST."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.base.data import mnist
from wellfit.lab.experiments.published._resumable import trained

FIGURE = "Ioffe & Szegedy 2015, figure 1"
CLAIMS = (
    Claim(
        "higher", "With batch normalisation the network ends at a higher test accuracy",
        "test accuracy with minus without after the last update, mean over seeds", least=0.0, published=f"{FIGURE} a",
    ),
    Claim(
        "sooner", "It gets there sooner",
        "updates until 90 % of the test rows are right, without over with, geometric mean over seeds", least=2.0,
        published=f"{FIGURE} a",
    ),
    Claim(
        "steady", "The inputs of the last hidden layer's units are steadier with it",
        "mean absolute change of their 15, 50 and 85 % quantiles from the start to the end, without minus with, mean "
        "over seeds", least=0.0, published=f"{FIGURE} b and c, of one typical unit",
    ),
)  # fmt: skip
NAMES = {0: "without", 1: "with batch normalisation"}
QUANTILES = ("preactivation_q15", "preactivation_q50", "preactivation_q85")


def run(lab: Lab) -> Answer:
    """784-100-100-100-10, mini-batches of 60; the test rows are evaluated every 1,000 updates and stop nothing."""
    training, test = mnist(lab.data)
    rows, epochs, seeds = lab.pick((1200, 5, 2), (12_000, 10, 2), (60_000, 50, 4))
    X, y = np.concatenate([training.X[:rows], test.X]), np.concatenate([training.y[:rows], test.y])
    held_out = np.arange(rows, len(y))
    view = wellfit.View(np.arange(rows), held_out, held_out)
    plain = wellfit.Recipe.plain(
        hidden=(100,) * 3, activation="sigmoid", initialization={"name": "normal", "sd": 0.1}, scaling="none",
        batch_size=60, epochs=epochs, optimizer={"name": "sgd", "learning_rate": 0.1},
    )  # fmt: skip
    recipes = [plain, plain.vary(normalization="batch")]
    population = trained(lab, "networks", recipes, X, y, view, range(seeds), probes=rows // 120)

    accuracy = 1 - np.array([member.history["validation_error"].to_numpy() for member in population])
    accuracy, steps = accuracy.reshape(2, seeds, -1), population[0].history["update"].to_numpy()
    # A network that never gets there counts as one that takes all updates.
    arrival = np.where(accuracy.max(axis=2) >= 0.9, steps[(accuracy >= 0.9).argmax(axis=2)], steps[-1])
    probes = (
        pl.DataFrame(population.probes).filter(layer="hidden2").with_columns(recipe=pl.col("member").cast(int) // seeds)
    )
    wide = probes.pivot(on="quantity", index=["recipe", "member", "update"], values="value").sort("member", "update")
    moved = wide.group_by("recipe", "member", maintain_order=True).agg(
        drift=sum(((pl.col(q).last() - pl.col(q).first()).abs() for q in QUANTILES), start=pl.lit(0.0)) / 3
    )
    drift = moved["drift"].to_numpy().reshape(2, seeds)

    found = {
        "higher": difference(accuracy[1, :, -1], accuracy[0, :, -1]), "sooner": ratio(arrival[0], arrival[1]),
        "steady": difference(drift[0], drift[1]),
    }  # fmt: skip
    lines = [
        {"network": name, "update": int(steps[k]), "accuracy": float(accuracy[n, :, k].mean())}
        for n, name in NAMES.items() for k in range(len(steps))
    ]  # fmt: skip
    curves = line_figure(
        ResultFrame(lines), Axis("update", "update"), Axis("accuracy", "test accuracy, mean over seeds"),
        series="network", name="accuracy", title="Batch normalisation trains sooner and ends higher.",
    )  # fmt: skip
    shown = wide.group_by("recipe", "update").agg(pl.col(*QUANTILES).mean()).sort("recipe", "update")
    bands = line_figure(
        shown.with_columns(pl.col("recipe").replace_strict(NAMES)), Axis("update", "update"),
        Axis("preactivation_q50", "inputs of the last hidden layer: 15, 50 and 85 %"), low="preactivation_q15",
        high="preactivation_q85", panel="recipe", name="quantiles",
        title="What the logistic units of the last hidden layer read during training.",
    )  # fmt: skip
    table = [
        {"network": name, "test accuracy": float(accuracy[n, :, -1].mean()),
         "updates to 90 %": float(np.median(arrival[n])), "drift": float(drift[n].mean())} for n, name in NAMES.items()
    ]  # fmt: skip
    words = f"2 recipes from {seeds} seeds on {rows:,} rows of MNIST, {int(steps[-1]):,} updates each"
    return Answer(table, found, (curves, bands), len(population), words)


EXPERIMENT = Experiment(
    "Batch normalisation on MNIST (Ioffe & Szegedy 2015)",
    "A network of three layers of 100 logistic units learns MNIST in 50,000 updates, with and without batch "
    "normalisation. Which is more accurate at the end, and do the inputs of its last hidden layer stay where they are?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015, 4.1", (3.0, 25.0, 700.0), run,
    "The authors' learning rate and first weights are not published: ours are a rate of 0.1 and normal weights of "
    "standard deviation 0.1. Their figure shows one unit, ours all units of the layer.",
    data="MNIST, which it needs", published=True,
)  # fmt: skip
