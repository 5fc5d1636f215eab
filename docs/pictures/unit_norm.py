"""Unit norm: a unit's two incoming weights before and after."""

from __future__ import annotations

from typing import Any

from docs.pictures.balls import draw_moves
from docs.pictures.max_norm import held


def draw(figure: Any, cls: type) -> str:
    """Pairs of weights, scaled to length 1."""
    axes = figure.subplots(1, 1)
    draw_moves(axes, lambda pair: held(pair, exact=True), "unit norm")
    axes.set_ylabel("w2")
    return "A unit's incoming weights before (grey) and after (blue): all have length 1, and keep their direction."
