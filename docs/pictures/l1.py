"""L1: diamonds, and the same amount from every weight."""

from __future__ import annotations

from typing import Any

from docs.pictures.penalty import draw_penalty
from wellfit.techniques.penalties.penalty import l1_gradient


def draw(figure: Any, cls: type) -> str:
    """Lines of equal penalty, and shrinkage."""
    return draw_penalty(
        figure, l1_gradient, 0.5, "L1 takes the same amount from every weight; small ones are best at zero."
    )
