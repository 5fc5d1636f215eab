"""Normalisation: units before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import bare, run_kernel
from wellfit.techniques.layout import TRAINING
from wellfit.techniques.network.normalization import batch_forward, layer_forward

ROWS, UNITS = 24, 16
FORWARD = {"batch": batch_forward, "layer": layer_forward}


def draw(figure: Any, cls: type) -> str:
    """A mini-batch of values, rows down and units across, before and after."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, UNITS)) * rng.uniform(0.3, 1.5, UNITS) + rng.normal(0, 1.5, UNITS)
    x = x * rng.uniform(0.5, 1.5, (ROWS, 1))
    panels = figure.subplots(1, 2)
    for axes, values, when in zip(panels, (x, _normalised(cls, x)), ("before", "after"), strict=True):
        image = axes.imshow(values, cmap="RdBu_r", vmin=-3, vmax=3, aspect="auto")
        bare(axes, when)
        axes.set_xlabel("units")
        axes.set_ylabel("rows of the mini-batch")
    figure.colorbar(image, ax=panels, label="value")
    return "The units of a layer for one mini-batch, before and after."


def _normalised(cls: type, x: Any) -> Any:
    chosen = cls()
    if chosen.name not in FORWARD:
        return x
    settings = (chosen.momentum, chosen.epsilon) if chosen.has_statistics else (chosen.epsilon,)
    size = ROWS * UNITS
    row = {"input": 0, "output": size, "moments": 2 * size, "units": UNITS, "gain": 0, "shift": UNITS}
    row |= {"statistics": 2 * UNITS} if chosen.has_statistics else {}
    work = np.concatenate([x.ravel(), np.zeros(size), np.zeros(2 * max(ROWS, UNITS)), np.ones(ROWS)])
    clock = {"rows": ROWS, "mode": TRAINING, "weights": len(work) - ROWS}
    parameters = np.repeat([1.0, 0.0, 0.0, 1.0], UNITS)  # gamma, beta, moving mean and variance
    done = run_kernel(FORWARD[chosen.name], row=row, clock=clock, settings=settings, work=work, parameters=parameters)
    return done["work"][size : 2 * size].reshape(ROWS, UNITS)
