"""L2: circles, and a share of every weight."""

from __future__ import annotations

from typing import Any

from docs.pictures.penalty import draw_penalty
from wellfit.techniques.penalties.penalty import l2_gradient


def draw(figure: Any, cls: type) -> str:
    """Lines of equal penalty, and shrinkage."""
    return draw_penalty(figure, l2_gradient, 0.5, "L2 takes the same share of every weight; none becomes zero.")
