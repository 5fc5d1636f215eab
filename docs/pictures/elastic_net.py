"""Elastic net: between diamond and circle."""

from __future__ import annotations

from typing import Any

from docs.pictures.penalty import draw_penalty
from wellfit.techniques.penalties.penalty import elastic_net_gradient


def draw(figure: Any, cls: type) -> str:
    """Lines of equal penalty, and shrinkage."""
    caption = (
        "The elastic net has the corners of L1 and the curved sides of L2: small weights go to zero, large shrink."
    )
    return draw_penalty(figure, elastic_net_gradient, 0.5, caption, settings=cls(beta=0.5).constants())
