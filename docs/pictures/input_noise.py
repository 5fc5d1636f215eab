"""Noise on inputs: one batch at three updates."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, run_kernel
from wellfit.numerics.random import seed_key
from wellfit.techniques.layout import TRAINING
from wellfit.techniques.rows.noise import add_input_noise

ROWS, SD = 60, 0.2


def draw(figure: Any, cls: type) -> str:
    """The same rows, clean and as the network sees them at three updates."""
    angle = np.linspace(0, 2 * np.pi, ROWS, endpoint=False)
    x = np.stack([np.cos(angle), np.sin(2 * angle)], axis=1)
    panels = figure.subplots(1, 3, sharey=True)
    for update, axes in enumerate(panels):
        noisy = _noisy(x, update)
        axes.plot(*x.T, ".", color=QUIET, markersize=3)
        axes.plot(*noisy.T, ".", color=MAIN, markersize=4)
        axes.set_title(f"update {update}")
        axes.set_xlabel("first column")
    panels[0].set_ylabel("second column")
    return f"Sixty rows (grey) and what the network sees of them with noise of sd {SD}: other rows at each update."


def _noisy(x: Any, update: int) -> Any:
    size = x.size
    done = run_kernel(
        add_input_noise,
        row={"inputs": 0, "noise": size, "numbers": 2, "width": 2},
        clock={"rows": ROWS, "mode": TRAINING, "update": update, "seed_key": seed_key(0), "raw_numbers": 0},
        settings=(SD, 1.0, 1.0),
        work=np.concatenate([x.ravel(), np.zeros(size)]),
    )
    return done["work"][:size].reshape(-1, 2)
