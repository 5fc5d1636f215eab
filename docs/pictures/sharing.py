"""Weight sharing: the weights of two layers after some updates."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import bare, run_kernel, titled
from wellfit.techniques.network.sharing import close_parts, close_units, repeat_forward

UNITS, GROUP, RATE, UPDATES = 12, 4, 0.1, 8


def draw(figure: Any, cls: type) -> str:
    """Two layers' weight matrices, a column a unit."""
    name = titled(cls)
    first, second = np.random.default_rng(0).normal(size=(2, UNITS, UNITS))
    if name == "tied_layers":
        second = first
    elif name == "tied_units":
        first, second = (_spread(w[:, ::GROUP]) for w in (first, second))
    elif name.startswith("close"):
        first, second = _drawn_together(name, first, second)
    for axes, w, title in zip(figure.subplots(1, 2), (first, second), ("one layer", "the next"), strict=True):
        axes.imshow(w, cmap="RdBu", vmin=-2.5, vmax=2.5)
        bare(axes, title)
        axes.set_xlabel("units")
    return {
        "none": "Incoming weights of two layers, a column a unit: each for itself.",
        "tied_layers": "Incoming weights of two layers, a column a unit: the same matrix twice.",
        "tied_units": f"Incoming weights of two layers, a column a unit: one column for each {GROUP} neighbours.",
        "close_layers": f"Two layers after {UPDATES} updates by the penalty alone: nearly one matrix.",
        "close_units": f"Incoming weights after {UPDATES} updates by the penalty alone: neighbours nearly alike.",
    }[name]


def _spread(w: Any) -> Any:
    """What each unit gets of its group's column."""
    work = np.concatenate([w.ravel(), np.zeros(UNITS * UNITS)])
    row = {"output": w.size, "columns": w.shape[1], "units": UNITS, "group": GROUP}
    return run_kernel(repeat_forward, row=row, clock={"rows": UNITS}, work=work)["work"][w.size :].reshape(UNITS, UNITS)


def _drawn_together(name: str, first: Any, second: Any) -> Any:
    w = np.concatenate([first.ravel(), second.ravel()])
    for _ in range(UPDATES):
        if name == "close_layers":
            row = {"other": first.size, "size": first.size}
            kernel = close_parts
        else:
            row = {"units": UNITS, "rows": 2 * UNITS, "group": GROUP}
            kernel = close_units
        done = run_kernel(kernel, row=row, settings=(1.0,), parameters=w, gradient=np.zeros(w.size))
        w = w - RATE * done["gradient"]
    return w.reshape(2, UNITS, UNITS)
