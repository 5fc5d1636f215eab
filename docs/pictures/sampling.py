"""Mini-batches: how often each row is drawn in an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import bare
from wellfit.engines.compiled.step.batches import deal
from wellfit.numerics.random import seed_key
from wellfit.techniques import layout as at

ROWS, BATCH = 60, 12


def draw(figure: Any, cls: type) -> str:
    """Rows across, mini-batches down, for both ways of drawing them."""
    panels = figure.subplots(1, 2)
    ways = ((at.SHUFFLED, "shuffled"), (at.WITH_REPLACEMENT, "with replacement"))
    for axes, (way, title) in zip(panels, ways, strict=True):
        drawn = np.zeros((ROWS // BATCH, ROWS))
        for batch, rows in enumerate(_epoch(way).reshape(-1, BATCH)):
            np.add.at(drawn[batch], rows, 1)
        axes.imshow(drawn, cmap="Blues", vmin=0, vmax=2, aspect="auto", interpolation="nearest")
        never = int((drawn.sum(axis=0) == 0).sum())
        bare(axes, f"{title}: {never} of {ROWS} rows never drawn")
        axes.set_xlabel("rows of the table")
        axes.set_ylabel("mini-batches of an epoch")
    return f"One epoch of {ROWS} rows in mini-batches of {BATCH}: which rows each of them holds; dark: twice."


def _epoch(way: int) -> Any:
    clock = np.zeros(at.CLOCK_SIZE, np.int64)
    clock[at.SAMPLING], clock[at.SEED_KEY] = way, seed_key(0)
    order = np.zeros(ROWS, np.int64)
    deal(order, clock, 0)
    return order
