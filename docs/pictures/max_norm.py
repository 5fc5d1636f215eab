"""Max-norm and unit norm: a unit's two incoming weights before and after."""

from __future__ import annotations

from typing import Any

from docs.pictures.balls import draw_moves
from docs.pictures.common import run_kernel
from wellfit.techniques.penalties.max_norm import limit_columns


def draw(figure: Any, cls: type) -> str:
    """Pairs of weights, limited to length 1."""
    axes = figure.subplots(1, 1)
    draw_moves(axes, lambda pair: held(pair, exact=False), "max-norm 1")
    axes.set_ylabel("w2")
    return "A unit's incoming weights before (grey) and after (blue): those that are too long are scaled back."


def held(pair: Any, exact: bool) -> Any:
    """A column of two weights after the kernel."""
    row = {"fan_in": 2, "units": 1, "exact": int(exact)}
    return run_kernel(limit_columns, row=row, settings=(1.0,), parameters=pair)["parameters"]
