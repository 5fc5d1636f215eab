"""Training on all rows: what the validation rows are worth in the end."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from docs.pictures.common import MAIN, QUIET, SECOND, titled

ROWS, VALIDATION = 160, 60


def draw(figure: Any, cls: type) -> str:
    """A run with early stopping, and what follows it; both on the same axis of updates."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(ROWS, 4))
    y = np.sin(2 * X[:, 0]) + X[:, 1] + rng.normal(0, 0.5, ROWS)
    view = wellfit.View(np.arange(VALIDATION, ROWS), np.arange(VALIDATION))
    recipe = wellfit.Recipe(
        hidden=(32, 32), skip="none", dropout=0.0, weight_decay=0.0, schedule="constant", batch_size=20, epochs=200,
        stopping={"name": "patience", "patience": 15}, optimizer={"name": "adam", "learning_rate": 0.003},
    )  # fmt: skip
    population = wellfit.train(recipe, X, y, kind="number", views=view)
    axes = figure.subplots()
    line = population.history
    axes.plot(line["update"], line["training_loss"], color=QUIET, label=f"{ROWS - VALIDATION} training rows")
    axes.plot(line["update"], line["validation_loss"], color=MAIN, label=f"{VALIDATION} validation rows")
    best = population[0].best_update
    axes.axvline(best, color="black", linewidth=1, label=f"weights kept: update {best}")
    if titled(cls) != "none":
        again = wellfit.refit(population, cls()).history
        start = best if titled(cls) == "continue" else 0
        axes.plot(again["update"] + start, again["training_loss"], color=SECOND, label=f"refit: all {ROWS} rows")
    axes.set_xlabel("update")
    axes.set_ylabel("mean squared error")
    axes.legend()
    return {
        "none": "The weights of the best validation loss are the end; the validation rows taught nothing.",
        "from_scratch": "Trained anew on all rows, for as many updates as led to the kept weights.",
        "continue": "On from the kept weights, with all rows.",
    }[titled(cls)]
