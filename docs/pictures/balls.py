"""What a projection makes of pairs of weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET


def draw_moves(axes: Any, moved: Callable[[Any], Any], title: str) -> None:
    """Grey points before, blue after, on a ring and inside it; lines between them."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    before = np.concatenate([r * np.stack([np.cos(angles), np.sin(angles)], axis=1) for r in (0.5, 1.6)])
    after = np.array([moved(pair) for pair in before])
    for a, b in zip(before, after, strict=True):
        axes.plot(*zip(a, b, strict=True), color=QUIET, linewidth=0.8)
    axes.plot(*before.T, "o", color=QUIET, markersize=4)
    axes.plot(*after.T, "o", color=MAIN, markersize=4)
    axes.set_aspect("equal")
    axes.set_xlabel("w1")
    axes.set_title(title)
