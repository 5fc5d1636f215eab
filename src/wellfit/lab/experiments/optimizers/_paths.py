"""Paths of optimisers over functions of two parameters, thinned for a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.figures import Axis, Figure, path_figure
from wellfit.studies.optimization.functions import SURFACES, Surface

CELLS, POINTS = 11, 20
BY_NAME = {surface.name: surface for surface in SURFACES}
Points = NDArray[np.float64]


def path(surface: Surface, optimizer: str, rate: float, updates: int, start: Any = None) -> Points:
    """Points (updates + 1, 2) of an optimiser on a function; fewer where it diverged.

    start: where it begins (default: the function's own start).
    """
    recipe = wellfit.Recipe.plain(optimizer={"name": optimizer, "learning_rate": rate})
    begin = surface.start if start is None else start
    found = wellfit.optimize(
        lambda w: float(surface.value(w)), begin, recipe, updates=updates, gradient=surface.gradient
    )
    return found.points


def arrival(surface: Surface, points: Points, updates: int) -> int:
    """Updates after which a path stays within 1 % of the way from its start to the lowest value; at most `updates`."""
    values = surface.value(points)
    outside = ~(values <= surface.lowest + surface.within * (values[0] - surface.lowest))
    last = int(np.flatnonzero(outside)[-1]) if outside.any() else 0
    return min(last + 1, updates) if len(points) == updates + 1 else updates


def cells(surface: Surface) -> dict[str, Points]:
    """The function on a grid of cells: x, y, value."""
    x, y = np.meshgrid(*(low + (np.arange(CELLS) + 0.5) * (high - low) / CELLS for low, high in surface.ends))
    value = surface.value(np.stack([x.ravel(), y.ravel()], axis=1))
    return {"x": x.ravel(), "y": y.ravel(), "value": value}


def picture(surface: Surface, paths: Mapping[str, Points]) -> Figure:
    """The function with a path an optimiser, each thinned to 20 points. paths: points (steps, 2) by name."""
    (left, right), (bottom, top) = surface.ends
    steps: dict[str, list[Any]] = {"x": [], "y": [], "optimizer": []}
    for name, points in paths.items():
        kept = np.unique(np.geomspace(1, len(points), POINTS).astype(int)) - 1
        for x, y in points[kept]:
            shown = left <= x <= right and bottom <= y <= top
            steps["x"].append(float(x) if shown else math.nan)
            steps["y"].append(float(y) if shown else math.nan)
            steps["optimizer"].append(name)
    return path_figure(
        cells(surface), steps, Axis("x", "first parameter"), Axis("y", "second parameter"), Axis("value", "function"),
        name=surface.name, title=f"Paths on the {surface.name}: {surface.about}.", series="optimizer",
    )  # fmt: skip
