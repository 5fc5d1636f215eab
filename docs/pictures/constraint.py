"""The constraint: weights before and after the projection on circle and diamond."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.balls import draw_moves
from docs.pictures.common import run_kernel
from wellfit.techniques.penalties.constraint import KERNELS, UNIT


def draw(figure: Any, cls: type) -> str:
    """Pairs of weights, moved into balls of radius 1."""
    for axes, norm in zip(figure.subplots(1, 2), ("l2", "l1"), strict=True):
        draw_moves(axes, lambda pair, norm=norm: _projected(norm, pair), {"l2": "circle", "l1": "diamond"}[norm])
    return "Two weights before (grey) and after (blue): the diamond moves many of them onto an axis, where one is zero."


def _projected(norm: str, pair: Any) -> Any:
    weights = np.concatenate([pair, np.zeros(UNIT - 2)])
    return run_kernel(KERNELS[norm], settings=(1.0, 1, 0, 1), parameters=weights)["parameters"][:2]
