"""Activity penalty: what a row's activations become when nothing else pulls at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, run_kernel
from wellfit.techniques.penalties.activity import activity_backward

UNITS, STEPS, RATE, STRENGTH = 24, 60, 0.02, 0.5


def draw(figure: Any, cls: type) -> str:
    """Activations that the data want, and those that are left by descent on half the squared distance and penalty."""
    wanted = np.sort(np.abs(np.random.default_rng(0).normal(0.0, 0.6, UNITS)))[::-1]
    h = wanted.copy()
    for _ in range(int(STEPS / RATE)):
        h = np.maximum(h - RATE * _gradient(h, h - wanted), 0.0)
    axes = figure.subplots(1, 1)
    axes.bar(np.arange(UNITS), wanted, color=QUIET, label="without")
    axes.bar(np.arange(UNITS), h, color=MAIN, width=0.5, label=f"strength {STRENGTH:g}")
    axes.set_xlabel("units")
    axes.set_ylabel("activation")
    axes.legend()
    return "The same is taken from every active unit of a row; those that say little fall silent."


def _gradient(h: Any, of_loss: Any) -> Any:
    done = run_kernel(
        activity_backward, row={"input": 0, "output_gradient": UNITS, "width": UNITS},
        clock={"rows": 1, "weights": 2 * UNITS}, settings=(STRENGTH,), work=np.concatenate([h, of_loss, [1.0]]),
    )  # fmt: skip
    return done["work"][UNITS : 2 * UNITS]
