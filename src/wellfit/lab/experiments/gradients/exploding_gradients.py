"""Gradients explode where weights are too large, and four cures."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, bar_figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

LAYERS, WIDTH = 8, 64
LARGE = {"name": "normal", "sd": 2 * (2 / WIDTH) ** 0.5}  # twice He's
CURES: dict[str, dict[str, Any]] = {
    "clipping by norm": {"clipping": {"name": "norm", "limit": 5.0}},
    "He's initialisation": {"initialization": "he_normal"},
    "batch normalisation": {"normalization": "batch"},
}
PENALTY = {"l2": 1.0}
SLOW = {"optimizer.learning_rate": 0.001}
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
    Claim(
        "penalty", "An L2 penalty takes the factor back, at a rate so low that the network survives",
        "the factor after training at a rate of 0.001, without penalty minus with, mean over samples", least=0.1,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A deep ReLU network with weights that are too large, alone and with each cure; and slowly, with a penalty."""
    X, y = digits()
    repeats = lab.pick(2, 5, 8)
    exploding = wellfit.Recipe.plain(
        hidden=(WIDTH,) * LAYERS, initialization=LARGE, epochs=lab.pick(2, 15, 20), batch_size=32,
        optimizer={"name": "sgd", "learning_rate": 0.02},
    )  # fmt: skip
    recipes = {
        "as it is": exploding, **{cure: exploding.vary(changes) for cure, changes in CURES.items()},
        "L2 penalty": exploding.vary(PENALTY), "slow": exploding.vary(SLOW),
        "slow, L2": exploding.vary(SLOW, **PENALTY),
    }  # fmt: skip
    views = samples(repeats, len(y), 600, 400)
    population = wellfit.train(list(recipes.values()), X, y, views=views, probes=10**6, **lab.options)
    tested = population.evaluate("test")
    error = tested["error"].fill_nan(0.9).to_numpy().reshape(len(recipes), repeats)
    diverged = (tested["status"] == "diverged").to_numpy().reshape(error.shape)
    start, end = _signals(population, repeats)
    factor, factor_after = ((norms[..., 0] / norms[..., -1]) ** (1 / (LAYERS - 1)) for norms in (start, end))
    names = list(recipes)
    found = {
        "explodes": mean_of(factor[0]), **{cure: difference(error[0], error[names.index(cure)]) for cure in CURES},
        "penalty": difference(factor_after[names.index("slow")], factor_after[names.index("slow, L2")]),
    }  # fmt: skip
    rows = [
        {"network": name, "test error": float(error[k].mean()), "diverged": int(diverged[k].sum()),
         "factor at the start": float(factor[k].mean()), "factor at the end": float(factor_after[k].mean())}
        for k, name in enumerate(names)
    ]  # fmt: skip
    lines = [
        {"network": name, "layer": layer + 1, "norm": float(np.exp(np.log(start[k, :, layer]).mean()))}
        for k, name in enumerate(names[:4]) for layer in range(LAYERS)
    ]  # fmt: skip
    figures = (
        bar_figure(
            ResultFrame(rows[:5]), Axis("network", "network"), Axis("test error", "test error rate"), name="errors",
            title="With weights that are too large the network does not learn; each bar beside it has one change.",
        ),
        line_figure(
            ResultFrame(lines), Axis("layer", "hidden layer, from the input"),
            Axis("norm", "norm of the gradient", scale="log"), series="network", name="gradient-by-layer",
            title="Before training the gradient grows from layer to layer towards the input.",
        ),
    )  # fmt: skip
    trained = f"{len(recipes)} recipes of {LAYERS} layers on {repeats} samples of digits"
    return Answer(rows, found, figures, len(population), trained)


def _signals(population: wellfit.Population, repeats: int) -> tuple[np.ndarray, np.ndarray]:
    """Norms of the signal before training and at the last probe, (recipes, repeats, layers)."""
    signal = population.probes.filter(pl.col("quantity") == "signal_norm").sort("member", "update")
    ends = signal.group_by("layer", "member", maintain_order=True).agg(pl.first("value"), last=pl.last("value"))
    return tuple(
        np.stack([ends.filter(pl.col("layer") == f"hidden{k}").sort("member")[column] for k in range(LAYERS)], axis=1)
        .reshape(-1, repeats, LAYERS) for column in ("value", "last")
    )  # type: ignore[return-value]  # fmt: skip


EXPERIMENT = Experiment(
    "Exploding gradients and their cures",
    "All weights of a deep ReLU network start twice as large as they should. What happens at the first updates, and "
    "which help: clipping, the right initialisation, batch normalisation, a penalty on the weights?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.4 and 10.11; Pascanu, Mikolov & Bengio 2013",
    (0.5, 5.0, 14.0), run,
    "The signal is multiplied by the weights at each layer, so that factors above 1 multiply up. Clipping bounds the "
    "step, a smaller start and normalisation the factors themselves. A penalty adds to a gradient that is huge: it "
    "shrinks the weights only slowly, and comes too late where the first updates diverge.",
)  # fmt: skip
