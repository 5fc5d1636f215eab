"""Gradients vanish on their way to the input through sigmoid layers: by which factor, and what ReLU changes."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "chain", "In a chain of one-unit layers the gradient shrinks by w sigma'(z) at each layer",
        "largest relative distance of the probed factor of a layer from w sigma'(z), over 11 layers", most=1e-3,
    ),
    Claim(
        "sigmoid", "Through sigmoid layers with Glorot's weights the gradient falls to a quarter or less at each layer",
        "geometric mean over 9 layers of the factor of the signal's norm before training, mean over seeds", most=0.25,
    ),
    Claim(
        "relu", "Through ReLU layers with He's weights it keeps its size",
        "the same factor for ReLU layers", least=0.8, most=1.25,
    ),
    Claim(
        "cure", "With ReLU in place of sigmoid a network of 10 layers learns",
        "test error rate with sigmoid minus with ReLU, mean over samples of rows", least=0.3,
    ),
)  # fmt: skip
LAYERS = 10
NETWORKS = {
    "sigmoid, Glorot": {"activation": "sigmoid", "initialization": "glorot_normal"},
    "ReLU, He": {"activation": "relu", "initialization": "he_normal"},
}


def run(lab: Lab) -> Answer:
    """A chain whose product is known, then networks of 10 layers before and after training."""
    X, y = digits()
    repeats, epochs = lab.pick(2, 4, 12), lab.pick(3, 20, 30)
    recipe = wellfit.Recipe.plain(hidden=(64,) * LAYERS, epochs=epochs, optimizer={"name": "sgd", "learning_rate": 0.1})
    recipes = [recipe.vary(changes) for changes in NETWORKS.values()]
    views = samples(repeats, len(y), 600, 400)
    population = wellfit.train(recipes, X, y, views=views, probes=10**6, **lab.options)
    names = [name for name in NETWORKS for _ in range(repeats)]
    signal = population.probes.filter(pl.col("quantity") == "signal_norm", pl.col("update") == 0)
    norms = np.stack(
        [signal.filter(pl.col("layer") == f"hidden{k}").sort("member")["value"].to_numpy() for k in range(LAYERS)],
        axis=1,
    )
    factors = (norms[:, 0] / norms[:, -1]) ** (1 / (LAYERS - 1))
    error = population.evaluate("test")["error"].to_numpy()
    sigmoid = np.array([name == "sigmoid, Glorot" for name in names])
    found = {
        "chain": exact(chain_deviation()), "sigmoid": mean_of(factors[sigmoid]), "relu": mean_of(factors[~sigmoid]),
        "cure": difference(error[sigmoid], error[~sigmoid]),
    }  # fmt: skip
    rows = [
        {"network": name, "layer": layer + 1, "norm": float(np.exp(np.log(norms[mask, layer]).mean())),
         "test error": float(error[mask].mean())}
        for name, mask in zip(NETWORKS, (sigmoid, ~sigmoid), strict=True) for layer in range(LAYERS)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("layer", "hidden layer, from the input"),
        Axis("norm", "norm of the gradient by what the layer gives", scale="log"), series="network",
        name="gradient-by-layer", title="Through sigmoid layers the gradient loses three quarters at each layer.",
    )  # fmt: skip
    trained = f"2 recipes of {LAYERS} layers on {repeats} samples of digits"
    return Answer(rows, found, (figure,), len(population), trained)


def chain_deviation() -> float:
    """Layers of one sigmoid unit: the factors between probed signals, against w sigma'(z) computed by hand."""
    X, y = 1e-6 * np.arange(8)[:, None], np.linspace(0, 1, 8)  # as good as 0 in every row, so that one h stands for all
    recipe = wellfit.Recipe.plain(
        hidden=(1,) * 12, activation="sigmoid", scaling="none", batch_size="all", epochs=1,
        initialization={"name": "normal", "sd": 3.0},
    )  # fmt: skip
    view = wellfit.View(np.arange(8), np.arange(0), np.arange(0))
    member = wellfit.train(recipe, X, y, views=view, budget=0)[0]
    probes = wellfit.train(recipe, X, y, views=view, probes=1).probes
    weights, h, expected = member.model.networks[0].weights(), 0.0, []
    for layer in range(12):
        if layer:
            expected.append(abs(h * (1 - h) * float(weights[f"hidden{layer}.weight"][0, 0])))
        h = 1 / (1 + np.exp(-(h * float(weights[f"hidden{layer}.weight"][0, 0]))))
    at = {row["layer"]: row["value"] for row in probes.iter_rows(named=True)
          if row["quantity"] == "signal_norm" and row["update"] == 0}  # fmt: skip
    measured = [at[f"hidden{layer}"] / at[f"hidden{layer + 1}"] for layer in range(11)]
    return float(np.abs(np.array(measured) / np.array(expected) - 1).max())


EXPERIMENT = Experiment(
    "Vanishing gradients through sigmoid layers",
    "A network has ten hidden layers of sigmoid units. How large is the gradient that arrives at the first of them, as "
    "a share of that at the last, and what becomes of it with ReLU?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.5; Glorot & Bengio 2010", (0.2, 1.0, 6.0), run,
    "The gradient is multiplied by the weights and by the slope of the activation at each layer. The slope of the "
    "sigmoid is at most 1/4, so that ten layers leave about a millionth; that of ReLU is 1 for half of the units, "
    "which He's weights make up for.",
)  # fmt: skip
