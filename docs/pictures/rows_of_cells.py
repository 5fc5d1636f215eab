"""A small batch as a grid of colours, for the techniques that take cells of other rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import bare, run_kernel
from wellfit.numerics.random import seed_key

ROWS, CELLS = 8, 12
X = np.repeat(np.arange(1.0, ROWS + 1)[:, None], CELLS, axis=1)  # row i holds the number i + 1 everywhere

COPY = X.size + 2 * ROWS  # room for rows in the workspace
BY_CELL = {"cells": -1, "cell_count": CELLS}
TARGETS = {"targets": X.size, "outputs": 1, "first_row": COPY}


def changed(kernel: Any, settings: Any, y: Any, update: int = 0, **row: int) -> tuple[Any, Any]:
    """The batch X and its targets (rows,) after a kernel. row: further places that it reads."""
    x, t, w = 0, X.size, X.size + ROWS
    done = run_kernel(
        kernel,
        row={"inputs": x, "width": CELLS, **row},
        clock={
            "rows": ROWS,
            "update": update,
            "seed_key": seed_key(0),
            "targets": t,
            "target_columns": 1,
            "weights": w,
        },
        settings=settings,
        work=np.concatenate([X.ravel(), y, np.ones(ROWS), np.zeros(X.size + CELLS + 1)]),
    )
    return done["work"][: X.size].reshape(X.shape), done["work"][t : t + ROWS]


def show(figure: Any, grids: list[tuple[str, Any]], right: str) -> None:
    """Grids side by side, a colour a row of origin."""
    panels = figure.subplots(1, len(grids))
    for axes, (title, grid) in zip(panels, grids, strict=True):
        axes.imshow(grid, cmap="turbo", vmin=0, vmax=ROWS + 1, aspect="auto")
        bare(axes, title)
        axes.set_xlabel("cells")
    panels[0].set_ylabel("rows")
    panels[-1].set_ylabel(right)
