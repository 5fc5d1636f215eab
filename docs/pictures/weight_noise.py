"""Noise on weights: where the gradient is taken, absolute and relative."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, run_kernel
from wellfit.numerics.random import seed_key
from wellfit.techniques.rows.noise import add_weight_noise

SD, UPDATES = 0.15, 40


def draw(figure: Any, cls: type) -> str:
    """Weights from -1 to 1 and where the gradient is taken at forty updates."""
    w = np.linspace(-1, 1, 41)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, relative, color in zip(panels, (0.0, 1.0), (MAIN, SECOND), strict=True):
        for update in range(UPDATES):
            done = run_kernel(
                add_weight_noise,
                row={"begin": 0, "end": len(w)},
                clock={"update": update, "seed_key": seed_key(0)},
                settings=(SD, relative),
                parameters=w,
            )
            axes.plot(w, done["parameters"], ".", color=color, markersize=2)
        axes.plot(w, w, color=QUIET)
        axes.set_title("relative" if relative else "absolute")
        axes.set_xlabel("weight")
    panels[0].set_ylabel("where the gradient is taken")
    return f"Noise of sd {SD} on weights at {UPDATES} updates: the same for all weights, or a share of each one's size."
