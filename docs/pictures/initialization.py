"""Initialisation: the weights, and what becomes of a signal on its way through many layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, SECOND, logarithmic, titled
from wellfit.numerics.random import seed_key
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.network.activation import Activation

UNITS, LAYERS, ROWS = 64, 15, 24


def draw(figure: Any, cls: type) -> str:
    """A histogram of one layer's weights; the spread of the activations of 15 layers."""
    left, right = figure.subplots(1, 2)
    left.hist(_drawn(cls, REGISTRY["activation"]["relu"](), 0).ravel(), bins=50, color=MAIN)
    left.set_xlabel(f"weights of a layer of {UNITS} x {UNITS}")
    left.set_yticks([])
    for name, color in (("relu", MAIN), ("tanh", SECOND)):
        spread = _spread(cls, REGISTRY["activation"][name]())
        right.plot(range(LAYERS + 1), np.maximum(spread, 1e-9), color=color, marker=".", label=f"{name} layers")
    logarithmic(right, 1e-5, 1e2)
    right.set_xticks(range(0, LAYERS + 1, 5))
    right.set_xlabel("layer")
    right.set_ylabel("root mean square of the units")
    right.legend(loc="lower left")
    return (
        f"Left: {titled(cls)} weights. Right: how large the activations of {LAYERS} layers of {UNITS} units are; what "
        "grows here explodes in training, what shrinks vanishes. Below the picture's edge is 0."
    )


def _drawn(cls: type, activation: Activation, layer: int) -> Any:
    chosen = REGISTRY["initialization"][activation.initialization]() if titled(cls) == "auto" else cls()
    return chosen.draw(UNITS, UNITS, seed_key(0), layer)


def _spread(cls: type, activation: Activation) -> list[float]:
    h = np.random.default_rng(0).normal(size=(ROWS, UNITS))
    spread = [1.0]
    for layer in range(LAYERS):
        h = activation(h @ _drawn(cls, activation, layer))
        spread.append(float(np.sqrt(np.mean(h**2))))
    return spread
