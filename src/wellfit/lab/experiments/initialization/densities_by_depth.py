"""Activations over the depth of a tanh network: weights from U(-1/sqrt n, 1/sqrt n), Xavier's and He's."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

import wellfit
from wellfit.figures import Axis, Figure, density_figure, line_figure
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "common", "With U(-1/sqrt n, 1/sqrt n) the activations shrink with depth by about 0.58 a layer",
        "factor a layer of their standard deviation after 4 epochs, mean over samples of rows", least=0.5, most=0.75,
        published="Glorot & Bengio 2010: the variance falls by a factor of 3 a layer",
    ),
    Claim(
        "xavier", "With Xavier's weights the activations keep at least 0.85 of their spread a layer",
        "factor a layer of their standard deviation after 4 epochs, mean over samples of rows", least=0.85, most=1.05,
    ),
    Claim(
        "he", "With He's weights the activations of tanh do not shrink with depth",
        "factor a layer of their standard deviation after 4 epochs, mean over samples of rows", least=0.95, most=1.05,
    ),
)  # fmt: skip
STARTS = {"U(±1/√n)": "fan_in_uniform", "Xavier": "glorot_uniform", "He": "he_normal"}


def run(lab: Lab) -> Answer:
    """Five equal layers of tanh on samples of digits, trained for 4 epochs."""
    X, y = digits()
    X = X[:, X.std(axis=0) > 0.1]
    repeats, width = lab.pick(2, 4, 10), lab.pick(64, 100, 200)
    plain = wellfit.Recipe.plain(
        hidden=(width,) * 5, activation="tanh", epochs=4, optimizer={"name": "sgd", "learning_rate": 0.01}
    )
    recipes = [plain.vary(initialization=start) for start in STARTS.values()]
    views = samples(repeats, len(y), 1200, 300)
    population = wellfit.train(recipes, X, y, views=views, probes=1, **lab.options)

    spread = pl.DataFrame(population.probes).filter(
        (pl.col("quantity") == "activation_spread") & pl.col("layer").str.starts_with("hidden")
    )
    last = spread.filter(pl.col("update") == pl.col("update").max()).sort("member", "layer")
    spreads = last["value"].to_numpy().reshape(3, repeats, 5)
    factors = (spreads[:, :, -1] / spreads[:, :, 0]) ** 0.25
    found = {key: mean_of(factors[k]) for k, key in enumerate(("common", "xavier", "he"))}

    rows = [
        {"weights": name, "layer": depth + 1, "spread": float(spreads[k, :, depth].mean())}
        for k, name in enumerate(STARTS) for depth in range(5)
    ]  # fmt: skip
    lines = line_figure(
        pl.DataFrame(rows), Axis("layer", "hidden layer"),
        Axis("spread", "standard deviation of activations", scale="log"),
        series="weights", name="spread-by-layer", title="How wide the activations are in each layer after 4 epochs.",
    )  # fmt: skip
    return Answer(rows, found, (_densities(population, X, repeats), lines), len(population),
                  f"3 recipes on {repeats} samples of digits")  # fmt: skip


def _densities(population: wellfit.Population, X: NDArray[np.float64], repeats: int) -> Figure:
    """Of the first network of each recipe the activations of each layer, computed as a student would."""
    rows = []
    for k, name in enumerate(STARTS):
        member = population[k * repeats]
        seen = X[member.view.training]
        h, (network,) = (X[:40] - seen.mean(axis=0)) / seen.std(axis=0), member.model.networks
        for depth in range(5):
            weights = network.weights()
            h = np.tanh(h @ weights[f"hidden{depth}.weight"] + weights[f"hidden{depth}.bias"])
            rows += [{"weights": name, "layer": f"layer {depth + 1}", "value": float(v)} for v in h.ravel()[::37]]
    return density_figure(
        pl.DataFrame(rows), Axis("value", "activation"), series="weights", panel="layer", bins=20, name="densities",
        title="Activations by layer after 4 epochs: with U(±1/√n) they come together at 0.",
    )  # fmt: skip


EXPERIMENT = Experiment(
    "Activations over depth by initialisation",
    "Three networks of five tanh layers start with weights from U(-1/sqrt n, 1/sqrt n), with Xavier's and with He's, "
    "and train for 4 epochs. In which of them are the activations of the last layer close to 0?",
    CLAIMS, "Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010",
    (0.5, 1.5, 6.0), run,
    "U(-1/sqrt n, 1/sqrt n) has a variance of 1/(3n), so that each layer divides the variance of its inputs by 3. "
    "Xavier's 1/n keeps it as long as tanh is nearly linear, and He's 2/n makes up for what tanh takes away.",
)  # fmt: skip
