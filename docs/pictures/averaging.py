"""Averages of weights: two parameters that never come to rest, and their average."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, logarithmic, titled
from docs.pictures.line import draw_path, fitted, goal, plane

UPDATES = 300


def draw(figure: Any, cls: type) -> str:
    """The weights after each update of a noisy run, what is averaged, and how far both are from the best line."""
    shown = fitted(averaging=titled(cls))
    best = goal(shown)
    weights, average = [], []
    for parameters in shown.train(UPDATES):
        weights.append(plane(shown, parameters))
        if titled(cls) != "none":
            average.append(plane(shown, shown.average))
    left, right = figure.subplots(1, 2)
    draw_path(left, np.array(weights), QUIET, "weights", linewidth=0.8)
    right.plot(_distances(weights, best), color=QUIET, linewidth=0.8, label="weights")
    first = next((k for k, value in enumerate(average) if np.any(value != 0) and k > 0), None)
    if first is not None:
        draw_path(left, np.array(average[first:]), MAIN, "their average")
        right.plot(range(first, UPDATES + 1), _distances(average[first:], best), color=MAIN, label="their average")
    left.plot(*best, "k*", markersize=8, zorder=5, label="least squares")
    left.legend(loc="lower right")
    logarithmic(right, 1e-3, 2)
    right.set_xlabel("update")
    right.set_ylabel("distance to the best line")
    return (
        "A line fitted by gradient descent in batches of 4 rows at a constant rate: the weights (grey) keep jumping "
        "about the best line; averaged, the jumps cancel."
    )


def _distances(path: Any, best: Any) -> Any:
    return np.linalg.norm(np.array(path) - best, axis=1)
