"""Sharpness-aware minimisation: how a narrow and a wide minimum look from a little uphill."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, run_kernel
from wellfit.techniques.update.sharpness import climb

RADII = (0.15, 0.3)


def draw(figure: Any, cls: type) -> str:
    """The loss along a line, and the loss at the point that the climb reaches from each weight."""
    w = np.linspace(-2.2, 2.8, 400)
    axes = figure.subplots()
    axes.plot(w, loss(w), color=QUIET, label="loss at the weight")
    for radius, color in zip(RADII, (SECOND, MAIN), strict=True):
        axes.plot(
            w, [loss(_climbed(v, radius)) for v in w], color=color, label=f"at the climbed point, radius {radius:g}"
        )
    axes.set_xlabel("weight")
    axes.legend(loc="lower right")
    return (
        "The gradient is taken at a point a little uphill. From there the narrow minimum on the left hardly looks like "
        "one any more, although it is the deeper, while the wide one on the right stays what it was."
    )


def loss(w: Any) -> Any:
    """A narrow and a wide minimum."""
    narrow, wide = np.exp(-(((w + 1) / 0.2) ** 2) / 2), np.exp(-(((w - 1) / 0.7) ** 2) / 2)
    return 1.1 - 0.75 * narrow - 0.7 * wide


def _climbed(w: float, radius: float) -> float:
    slope = (loss(w + 1e-5) - loss(w - 1e-5)) / 2e-5
    done = run_kernel(climb, clock={"trained": 1}, settings=(radius,), parameters=w, gradient=slope)
    return float(done["parameters"][0])
