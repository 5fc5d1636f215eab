"""Gradients explode where weights are too large, and four cures."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, bar_figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

LAYERS, WIDTH = 8, 64
LARGE = {"name": "normal", "sd": 2 * (2 / WIDTH) ** 0.5}  # twice He's
CURES = {
    "clipping by norm": {"clipping": {"name": "norm", "limit": 1.0}},
    "He's initialisation": {"initialization": "he_normal"},
    "batch normalisation": {"normalization": "batch"},
    "L2 penalty": {"l2": 0.01},
}
CLAIMS = (
    Claim(
        "explodes", "Weights twice as large as He's double the gradient at each layer",
        "geometric mean over layers of the factor of the signal's norm before training, mean over samples", 1.6, 2.4,
    ),
    *(
        Claim(cure, f"{cure[:1].upper()}{cure[1:]} lets the network learn",
              "test error rate without minus with, mean over samples; chance (0.9) where it diverged", least=0.2)
        for cure in CURES
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A deep ReLU network with weights that are too large, alone and with each cure."""
    X, y = digits()
    repeats = lab.pick(2, 5, 12)
    exploding = wellfit.Recipe.plain(
        hidden=(WIDTH,) * LAYERS, initialization=LARGE, epochs=lab.pick(3, 15, 30),
        optimizer={"name": "sgd", "learning_rate": 0.03},
    )  # fmt: skip
    recipes = [exploding, *(exploding.vary(cure) for cure in CURES.values())]
    views = samples(repeats, len(y), 600, 400)
    population = wellfit.train(recipes, X, y, views=views, probes=10**6, **lab.options)
    tested = population.evaluate("test")
    error = tested["error"].fill_nan(0.9).to_numpy().reshape(len(recipes), repeats)
    diverged = (tested["status"] == "diverged").to_numpy().reshape(error.shape)
    signal = population.probes.filter(pl.col("quantity") == "signal_norm", pl.col("update") == 0)
    norms = np.array([
        signal.filter(pl.col("layer") == f"hidden{layer}").sort("member")["value"] for layer in range(LAYERS)
    ]).reshape(LAYERS, len(recipes), repeats)  # fmt: skip
    factors = (norms[0] / norms[-1]) ** (1 / (LAYERS - 1))
    found = {"explodes": mean_of(factors[0])} | {
        cure: difference(error[0], error[k]) for k, cure in enumerate(CURES, start=1)
    }
    names = ["as it is", *CURES]
    rows = [
        {"network": name, "test error": float(error[k].mean()), "diverged": int(diverged[k].sum()),
         "factor a layer": float(factors[k].mean())}
        for k, name in enumerate(names)
    ]  # fmt: skip
    lines = [
        {"network": name, "layer": layer + 1, "norm": float(np.exp(np.log(norms[layer, k]).mean()))}
        for k, name in enumerate(names) for layer in range(LAYERS)
    ]  # fmt: skip
    figures = (
        bar_figure(
            ResultFrame(rows), Axis("network", "network"), Axis("test error", "test error rate"), name="errors",
            title="With weights that are too large the network does not learn; each bar beside it has one cure.",
        ),
        line_figure(
            ResultFrame(lines), Axis("layer", "hidden layer, from the input"),
            Axis("norm", "norm of the gradient by what the layer gives", scale="log"), series="network",
            name="gradient-by-layer", title="Before training the gradient grows from layer to layer towards the input.",
        ),
    )  # fmt: skip
    trained = f"{len(recipes)} recipes of {LAYERS} layers on {repeats} samples of digits"
    return Answer(rows, found, figures, len(population), trained)


EXPERIMENT = Experiment(
    "Exploding gradients and their cures",
    "All weights of a deep ReLU network start twice as large as they should. What happens at the first update, and "
    "which help: clipping, the right initialisation, batch normalisation, a penalty on the weights?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.4 and 10.11; Pascanu, Mikolov & Bengio 2013",
    (1.0, 5.0, 20.0), run,
    "The signal is multiplied by the weights at each layer, forwards and backwards, so that factors above 1 multiply "
    "up. Clipping bounds the step, a smaller start and normalisation the factors themselves. A penalty adds to a "
    "gradient that is huge already, and shrinks the weights only slowly.",
)  # fmt: skip
