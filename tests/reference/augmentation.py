"""Image augmentation from its card, slowly and in float64: SciPy reads the pictures, NumPy makes the maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]


def affine(draws: Array, settings: dict[str, float], height: int, width: int) -> tuple[Array, Array]:
    """The matrix M and the offset b of q = M p + b for one row. draws: its twelve numbers in [0, 1).

    The picture is cropped, flipped, sheared, zoomed, rotated, then moved; each as a matrix for the inverse map.
    """
    u, s = 2 * draws - 1, {**dict.fromkeys(NAMES, 0.0), **settings}
    mirror = np.diag([-1.0 if draws[1] < s["vertical_flip"] else 1.0, -1.0 if draws[0] < s["horizontal_flip"] else 1.0])
    angle = np.deg2rad(u[2] * s["rotation"])
    turned_back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    zoom = (1 + s["zoom"]) ** u[3]
    unleaned = np.array([[1.0, 0.0], [-np.tan(np.deg2rad(u[4] * s["shear"])), 1.0]])
    sides = np.array([height, width], float)
    pad = np.floor(s["padding"] + 0.5)
    move = u[5:7] * s["translation"] * sides + np.floor(draws[7:9] * (2 * pad + 1)) - pad
    window = 1 - draws[9] * s["crop"]
    corner = u[10:12] * (1 - window) * sides / 2
    middle = (sides - 1) / 2
    matrix = window * mirror @ unleaned @ turned_back / zoom
    return matrix, middle + corner - matrix @ (middle + move)


NAMES = (
    "horizontal_flip", "vertical_flip", "rotation", "zoom", "shear", "translation", "padding", "crop", "elastic",
)  # fmt: skip


def b_spline(t: Array) -> Array:
    """The cubic B-spline around 0."""
    t = np.abs(t)
    inner, outer = 2 / 3 - t**2 + t**3 / 2, np.clip(2 - t, 0, None) ** 3 / 6
    return np.where(t < 1, inner, outer)


def displacement(draws: Array, alpha: float, sigma: float, height: int, width: int) -> Array:
    """The displacements (2, height, width) along y and x. draws: (2, grid points) numbers in [0, 1)."""
    step = np.sqrt(3) * sigma
    counts = [int((side - 1) / step) + 4 for side in (height, width)]
    grid = (2 * draws - 1).reshape(2, *counts)
    places = [(np.arange(n) - 1) * step for n in counts]  # the first grid point lies a step before the first pixel
    down, across = (
        b_spline((np.arange(side)[:, None] - place) / step) for side, place in zip((height, width), places, strict=True)
    )
    # Simard's variance: that of uniform numbers, 1/3, times the sum of the Gaussian's squares, 1 / (4 pi sigma^2).
    gain = np.sqrt(1 / (4 * np.pi * sigma**2)) / (151 / 315)
    return alpha * gain * np.einsum("yj,kjl,xl->kyx", down, grid, across)


def grid_points(sigma: float, height: int, width: int) -> int:
    """How many grid points a displacement has."""
    return int(np.prod([int((side - 1) / (np.sqrt(3) * sigma)) + 4 for side in (height, width)]))


def warped(image: Array, matrix: Array, offset: Array, bend: Array | None, border: str) -> Array:
    """The picture (height, width, channels) read through its map."""
    height, width, channels = image.shape
    places = np.einsum("ij,jyx->iyx", matrix, np.mgrid[:height, :width].astype(float)) + offset[:, None, None]
    places = places if bend is None else places + bend
    options: Any = {"order": 1, "prefilter": False, "mode": "nearest" if border == "edge" else "grid-constant"}
    return np.stack([ndimage.map_coordinates(image[..., c], places, **options) for c in range(channels)], axis=-1)


def cut(image: Array, draws: Array, share: float) -> Array:
    """The picture with a square of zeros. draws: two numbers in [0, 1)."""
    height, width, _ = image.shape
    centre = draws * (height, width) - 0.5
    y, x = np.mgrid[:height, :width]
    inside = np.maximum(abs(y - centre[0]), abs(x - centre[1])) < share * min(height, width) / 2
    return np.where(inside[..., None], 0.0, image)
