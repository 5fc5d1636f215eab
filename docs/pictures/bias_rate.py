"""The biases' own rate: one bias under several factors."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, run_kernel
from wellfit.recipe import Recipe
from wellfit.techniques.update.optimizer import SGD

UPDATES = 40


def draw(figure: Any, cls: type) -> str:
    """The path of a bias whose loss is (b - 1)^2 / 2, by plain descent."""
    axes = figure.subplots()
    for factor, color in ((1.0, MAIN), (0.1, SECOND), (0.0, QUIET)):
        axes.plot(_path(Recipe(bias_rate=factor).bias_rate.factor), color=color, label=f"bias_rate = {factor:g}")
    axes.set_xlabel("update")
    axes.set_ylabel("bias")
    axes.legend(loc="center right")
    return "A bias that should become 1: at the learning rate, at a tenth of it, and left where it starts."


def _path(factor: float) -> list[float]:
    optimizer, bias = SGD(learning_rate=0.2), [0.0]
    words = optimizer.coefficients(np.zeros(1), np.full(1, 0.2), np.zeros(1))[0]
    settings = np.concatenate([words, [factor, 0.0]])
    for _ in range(UPDATES):
        done = run_kernel(
            optimizer.kernel(),
            row={"end": 1, "settings": len(words)},
            clock={"parameter_count": 1},
            settings=settings,
            parameters=bias[-1:],
            gradient=(bias[-1] - 1,),
        )
        bias.append(float(done["parameters"][0]))
    return bias
