"""The learned input scale: inputs before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, run_kernel
from wellfit.techniques.network.learned import scale_forward

SCALES = np.array([0.2, 2.5])


def draw(figure: Any, cls: type) -> str:
    """Rows of two inputs, one turned down and one turned up."""
    x = np.random.default_rng(0).normal(size=(150, 2))
    done = run_kernel(
        scale_forward,
        row={"output": x.size, "width": 2},
        clock={"rows": len(x)},
        work=np.concatenate([x.ravel(), np.zeros(x.size)]),
        parameters=SCALES,
    )
    y = done["work"][x.size :].reshape(x.shape)
    axes = figure.subplots()
    axes.scatter(*x.T, s=9, color=QUIET, label="inputs x")
    axes.scatter(*y.T, s=9, color=MAIN, label="x s, with s = (0.2, 2.5)")
    axes.set_aspect("equal", adjustable="datalim")
    axes.legend(loc="upper left")
    return "Inputs that help are turned up and others down before the first layer, by factors that are learned."
