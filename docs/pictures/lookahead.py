"""Lookahead: a path pulled back every few updates."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET
from docs.pictures.line import draw_path, fitted, goal, plane

UPDATES, PERIOD = 60, 6


def draw(figure: Any, cls: type) -> str:
    """The same noisy run without and with it."""
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, period, color in ((panels[0], 0, QUIET), (panels[1], PERIOD, MAIN)):
        shown = fitted(lookahead=period, optimizer={"name": "sgd", "learning_rate": 0.3})
        path = np.array([plane(shown, parameters) for parameters in shown.train(UPDATES)])
        draw_path(axes, path, color, "weights", marker=".", markersize=3, linewidth=0.8)
        axes.plot(*goal(shown), "k*", markersize=8)
        axes.set_title("without" if not period else f"every {period} updates half the way back")
        if period:
            axes.plot(*path[::period].T, "o", color="black", markersize=4, label="after each pull back")
            axes.legend()
    return "A line fitted with noisy gradients; the star is the best line. The pull back halves what a period strayed."
