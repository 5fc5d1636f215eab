"""Augmentation: an image before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import bare
from docs.pictures.engine import numbers_of, stage, target_of

SIDE = 28
STRENGTHS: dict[str, dict[str, float]] = {
    "horizontal_flip": {"horizontal_flip": 1.0},
    "rotation = 30": {"rotation": 30},
    "zoom = 0.5": {"zoom": 0.5},
    "shear = 30": {"shear": 30},
    "translation = 0.2": {"translation": 0.2},
    "crop = 0.5": {"crop": 0.5},
    "elastic = 40": {"elastic": 40},
    "cutout = 0.4": {"cutout": 0.4},
    "four of them": {"rotation": 15, "zoom": 0.2, "translation": 0.1, "elastic": 30},
}


def draw(figure: Any, cls: type) -> str:
    """A letter as it is, under each strength alone, and under several."""
    image = letter("R")
    panels = figure.subplots(2, 5).ravel()
    for axes, (title, strengths) in zip(panels, ({"as it is": {}} | STRENGTHS).items(), strict=True):
        axes.imshow(augmented(image, strengths), cmap="Greys", vmin=0, vmax=1)
        bare(axes, title)
    return "A letter as the network sees it at one update under each strength; at the next it is drawn anew."


def augmented(image: Any, strengths: dict[str, float], update: int = 0) -> Any:
    """The picture that a training step makes of an image (height, width)."""
    arrays = numbers_of(np.repeat(image.reshape(1, -1), 2, axis=0), image=(*image.shape, 1))
    shown = stage(arrays, target_of([0.0, 1.0]), augmentation=strengths)
    shown.prepare(update)
    return shown.inputs[0].reshape(image.shape)


def letter(character: str, side: int = SIDE) -> Any:
    """A letter's picture (side, side), ink 1."""
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), character, size=10)
    low, high = path.vertices.min(axis=0), path.vertices.max(axis=0)
    fine = 4 * side
    places = (np.arange(fine) + 0.5) / fine * 1.5 - 0.25  # a quarter of the letter's size around it
    x, y = np.meshgrid(low[0] + places * (high[0] - low[0]), high[1] - places * (high[1] - low[1]))
    inside = Path(path.vertices, path.codes).contains_points(np.column_stack([x.ravel(), y.ravel()]))
    return inside.reshape(side, 4, side, 4).mean(axis=(1, 3)).astype(np.float64)
