"""Glorot and Bengio's measurement: the mean singular value of a layer's Jacobian at the start of training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of
from wellfit.lab.base.data import digits

CLAIMS = (
    Claim(
        "common", "With U(-1/sqrt n, 1/sqrt n) the mean singular value of a layer's Jacobian is about 0.5",
        "mean over the layers and over seeds", least=0.45, most=0.55, published="Glorot & Bengio 2010: 0.5",
    ),
    Claim(
        "normalized", "With the normalised initialisation it is about 0.8",
        "mean over the layers and over seeds", least=0.7, most=0.9, published="Glorot & Bengio 2010: 0.8",
    ),
)  # fmt: skip
STARTS = {"U(±1/√n)": "fan_in_uniform", "normalised": "glorot_uniform"}
DEPTH = 5


def jacobians(weights: dict[str, NDArray[np.float32]], x: NDArray[np.float64]) -> list[float]:
    """The mean singular value of diag(1 - h^2) W of each layer that reads another hidden layer, at one row x."""
    h, found = x, []
    for layer in range(DEPTH):
        W = weights[f"hidden{layer}.weight"]
        h = np.tanh(h @ W)
        if layer:
            found.append(float(np.linalg.svd(W * (1 - h**2), compute_uv=False).mean()))
    return found


def run(lab: Lab) -> Answer:
    """Networks of five tanh layers before the first update (`budget=0`), at one row each."""
    X, y = digits()
    X = X[:, X.std(axis=0) > 0.1]
    width, seeds = lab.pick(150, 300, 1000), lab.pick(2, 4, 4)
    plain = wellfit.Recipe.plain(hidden=(width,) * DEPTH, activation="tanh")
    recipes = [plain.vary(initialization=start) for start in STARTS.values()]
    population = wellfit.train(recipes, X, y, seeds=range(seeds), budget=0, **lab.options)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    values = np.array([jacobians(member.model.networks[0].weights(), scaled[member.seed]) for member in population])
    values = values.reshape(2, seeds, DEPTH - 1)

    found = {"common": mean_of(values[0].mean(axis=1)), "normalized": mean_of(values[1].mean(axis=1))}
    rows = [
        {"weights": name, "layer": layer + 2, "singular value": float(values[k, :, layer].mean())}
        for k, name in enumerate(STARTS) for layer in range(DEPTH - 1)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("layer", "hidden layer"),
        Axis("singular value", "mean singular value of the Jacobian", ends=(0.0, 1.05)), series="weights",
        name="jacobian", title="The normalised initialisation brings the Jacobian of a layer nearer to 1.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"2 recipes from {seeds} seeds, before the first update")


EXPERIMENT = Experiment(
    "The Jacobian of a layer at the start",
    "A gradient goes back through a layer by its Jacobian. What is the mean singular value of it in a network of five "
    "tanh layers with weights from U(-1/sqrt n, 1/sqrt n), and with Glorot and Bengio's normalised initialisation?",
    CLAIMS, "Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, 4.2",
    (0.7, 1.5, 16.0), run,
    "The singular values of a square random matrix with entries of variance s^2 are 0.85 s sqrt(n) in the mean: 0.49 "
    "for s^2 = 1/(3n), and 0.85 for 1/n, of which the slope of tanh takes a little.",
)  # fmt: skip
