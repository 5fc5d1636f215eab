"""Priors on a weight, and what they make of the weight that the rows want, each row with noise of variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, run_kernel
from wellfit.techniques.layout import PENALTY

FEW, MANY = 5, 50


def draw(figure: Any, cls: type) -> str:
    """The density that the penalty stands for; the most probable weight for few and many rows."""
    chosen = cls()
    left, right = figure.subplots(1, 2)
    grid = np.linspace(-3, 3, 241)
    penalty = np.array([_penalty(chosen, w) for w in grid])
    density = np.exp(-penalty)
    left.plot(grid, density / (density.sum() * (grid[1] - grid[0])), color=MAIN)
    left.set_xlabel("weight")
    left.set_title("believed before any row")
    right.plot(grid, grid, color=QUIET, label="the rows alone")
    for rows, color in ((FEW, SECOND), (MANY, MAIN)):
        cost = rows * (grid[:, None] - grid[None, :]) ** 2 / 2 + penalty[None, :]
        right.plot(grid, grid[cost.argmin(axis=1)], color=color, label=f"{rows} rows")
    right.set_xlabel("the weight that the rows want")
    right.set_title("most probable weight")
    right.legend()
    return "The prior counts like a few rows more: the more rows there are, the less it says."


def _penalty(chosen: Any, w: float) -> float:
    if chosen.kernel is None:
        return 0.0
    done = run_kernel(
        chosen.kernel, row={"begin": 0, "end": 1}, settings=(chosen.precision(),), parameters=[w],
        gradient=[0.0],
    )  # fmt: skip
    return float(done["sums"][PENALTY])
