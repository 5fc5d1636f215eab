"""Dropout: the masks of two updates."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import bare, run_kernel
from wellfit.numerics.random import seed_key
from wellfit.techniques.layout import EVALUATING, TRAINING
from wellfit.techniques.network.dropout import dropout_forward

ROWS, UNITS, RATE = 16, 24, 0.3


def draw(figure: Any, cls: type) -> str:
    """What multiplies the units of a mini-batch at two updates, and in evaluation."""
    panels = figure.subplots(1, 3)
    whens = (("update 0", TRAINING, 0), ("update 1", TRAINING, 1), ("evaluation", EVALUATING, 0))
    for axes, (title, mode, update) in zip(panels, whens, strict=True):
        image = axes.imshow(_factors(mode, update), cmap="Blues", vmin=0, vmax=1 / (1 - RATE), aspect="auto")
        bare(axes, title)
        axes.set_xlabel("units")
    panels[0].set_ylabel("rows")
    figure.colorbar(image, ax=panels, label="multiplied by")
    return (
        f"Dropout at rate {RATE}: white units are dropped, the others multiplied by 1 / (1 - rate), so that the sum's "
        "expectation stays; another mask at each update; nothing is dropped in evaluation."
    )


def _factors(mode: int, update: int) -> Any:
    size = ROWS * UNITS
    done = run_kernel(
        dropout_forward,
        row={"input": 0, "output": size, "mask": 2 * size, "width": UNITS, "number": 1},
        clock={"rows": ROWS, "mode": mode, "update": update, "seed_key": seed_key(0)},
        settings=(RATE, 0.0),
        work=np.concatenate([np.ones(size), np.zeros(2 * size)]),
    )
    return done["work"][size : 2 * size].reshape(ROWS, UNITS)
