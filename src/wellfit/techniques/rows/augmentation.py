"""Augmentation of images: each row is shown a little changed at each step, and keeps its label."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import AUGMENT_SEAM
from wellfit.techniques.operations import Builder
from wellfit.techniques.rows.warping import cut_out, warp
from wellfit.techniques.update.schedule import Scheduled, Strength, strength

# What `wellfit.techniques.rows.warping` reads, in this order.
GEOMETRY = (
    "horizontal_flip", "vertical_flip", "rotation", "zoom", "shear", "translation", "padding", "crop", "elastic",
)  # fmt: skip
_MEAN_SQUARE = 151 / 315  # of a cubic B-spline's weights, over its places: the integral of its square


@technique("augmentation")
class ImageAugmentation(Technique):
    """Shows each image flipped, turned, moved, bent or partly hidden, drawn anew for each row and step; evaluation and
    prediction see it as it is.

    One map takes the place p = (y, x) of a pixel of the new picture to the place q in the old one at which it is read:

        q = c + o + r F S^-1 (1 / z) R^-1 (p - c - t) + d(p)

    about the centre c = ((height - 1) / 2, (width - 1) / 2): the picture is cropped (r, o), then flipped (F), sheared
    (S), zoomed (z), rotated (R), moved (t), and bent (d). It is read there by bilinear interpolation, once, all
    channels alike; a place beyond the picture counts as the nearest pixel of its edge. Afterwards the square is cut
    out. u are uniform numbers in [-1, 1).
    Shapes: inputs (rows, height x width x channels), row-major, channels last; encoded, in units of the scaled pixels.

    horizontal_flip, vertical_flip: probability of mirroring left and right, top and bottom. [0, 1], default 0.
    rotation: largest angle; R turns by u rotation, counter-clockwise if positive. Degrees, [0, 180], default 0.
    zoom: z = (1 + zoom)^u: as often larger as smaller, both directions alike. [0, 4], default 0.
    shear: x grows by y tan(u shear): the picture leans. Degrees, [0, 80], default 0.
    translation: t = (u height, u' width) translation. Share of the picture's sides, [0, 1], default 0.
    padding: a shift by a whole number of pixels from -padding to padding, each as probable, in both directions: what
        padding by so many pixels and cropping back does. Rounded; [0, 100] pixels, default 0.
    crop: a window of sides r = 1 - v crop, v uniform in [0, 1), anywhere inside the picture (o), shown in full size.
        Share of the sides cut away at most, [0, 0.9], default 0.
    elastic: alpha, the scale of random displacements d in pixels, [0, 1000], default 0. elastic_sigma: over how many
        pixels they are smoothed, at least 0.5, default 4. As in its source, d has the standard deviation
        alpha / (2 sqrt(3 pi) sigma): Simard's alpha 34 and sigma 4 move pixels by 1.4 on average.
    cutout: side of a square that is set to 0 in all channels, its centre uniform over the picture, so that it may reach
        beyond it. Share of the shorter side, [0, 1], default 0. 0 is the centre of the scaling: the mean pixel under
        `scaling="standard"`.
    Normal noise on every pixel and channel is the slot `input_noise`, added last, in units of the scaled pixels.
    border: "edge" (default), or "zero": beyond the picture everything is 0.
    Every strength may carry a schedule; at 0 it leaves out its own part of the map and nothing else.

    Departs from Simard in how it smooths: his field of independent numbers, one a pixel, is filtered by a Gaussian of
    sd sigma. Here the numbers, uniform as well, stand on a grid sqrt(3) sigma apart and carry cubic B-splines, whose
    sd is sigma; the variance is his on average over the places, from 9 % more at a grid point to 8 % less between four.
    Cost: a row takes about 6 flops a pixel and channel and 20 a pixel for the map; the bending two small products of
    matrices more, 2 (points across) (points down + height) flops a column of pixels.
    Not where a flip or turn changes the label (6 and 9), nor where a
    pixel's place has a meaning of its own.
    Source: Simard, Steinkraus & Platt, "Best practices for convolutional neural networks applied to visual document
    analysis", 2003; DeVries & Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.

    >>> from wellfit import Recipe
    >>> Recipe(augmentation={"rotation": 10, "translation": 0.1}).augmentation.crop
    0.0
    """

    equations: ClassVar[tuple[str, ...]] = (r"q = c + o + r F S^{-1} \frac{1}{z} R^{-1} (p - c - t) + d(p)",)
    title: ClassVar[str] = "Image augmentation"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    example: ClassVar[dict[str, Any]] = {"augmentation": {"rotation": 10, "translation": 0.1, "elastic": 30}}
    random_in_prediction: ClassVar[bool] = True

    horizontal_flip: Strength = strength(default=0.0, ge=0.0, le=1.0)
    vertical_flip: Strength = strength(default=0.0, ge=0.0, le=1.0)
    rotation: Strength = strength(default=0.0, ge=0.0, le=180.0)
    zoom: Strength = strength(default=0.0, ge=0.0, le=4.0)
    shear: Strength = strength(default=0.0, ge=0.0, le=80.0)
    translation: Strength = strength(default=0.0, ge=0.0, le=1.0)
    padding: Strength = strength(default=0.0, ge=0.0, le=100.0)
    crop: Strength = strength(default=0.0, ge=0.0, le=0.9)
    elastic: Strength = strength(default=0.0, ge=0.0, le=1000.0)
    elastic_sigma: float = Field(default=4.0, ge=0.5)
    cutout: Strength = strength(default=0.0, ge=0.0, le=1.0)
    border: Literal["edge", "zero"] = Field(default="edge")

    def operations(self, program: Builder) -> None:
        """The map, then the square; each only where it is on."""
        image, on = program.encoding.image, self.on()
        if image is None or not on:
            return
        if set(on) & set(GEOMETRY):
            self._put_warp(program, image)
        if "cutout" in on:
            where = program.setting(self.cutout, *image)
            program.emit(AUGMENT_SEAM, cut_out, images=program.inputs, pixels=int(np.prod(image)), settings=where)

    def _put_warp(self, program: Builder, image: tuple[int, int, int]) -> None:
        height, width, channels = image
        margin, lines, columns, tables = int(self.border == "zero"), 0, 0, list[float]()
        if "elastic" in self.on():
            down, across = (spline_weights(pixels, self.elastic_sigma) for pixels in (height, width))
            lines, columns, tables = down.shape[1], across.shape[1], [*down.ravel(), *across.T.ravel()]
        strengths = [getattr(self, name) for name in GEOMETRY]
        amplitude = grid_amplitude(self.elastic_sigma)
        where = program.setting(*strengths, *image, margin, lines, columns, amplitude, *tables)
        old = (height + 2 * margin + 1) * (width + 2 * margin + 1) * channels
        bent = 2 * lines * columns + height * (columns + 2 * width if columns else 0)
        program.emit(
            AUGMENT_SEAM, warp, images=program.inputs, pixels=height * width * channels, settings=where,
            scratch=program.buffer(old + bent + 3 * width, rows=1),
        )  # fmt: skip

    def on(self) -> list[str]:
        """Names of the strengths that are anything but a constant 0."""
        strengths = ((name, getattr(self, name)) for name in (*GEOMETRY, "cutout"))
        return [name for name, value in strengths if isinstance(value, Scheduled) or value != 0]


def spline_weights(pixels: int, sigma: float) -> NDArray[np.float64]:
    """The weight of each grid point of one side in each of its pixels (pixels, points).

    The first grid point lies a step before the first pixel.
    """
    place = np.arange(pixels) / (np.sqrt(3) * sigma)
    first = np.floor(place).astype(np.int64)
    f = place - first
    four = [(1 - f) ** 3, 3 * f**3 - 6 * f**2 + 4, -3 * f**3 + 3 * f**2 + 3 * f + 1, f**3]
    weights = np.zeros((pixels, first[-1] + 4))
    for k, weight in enumerate(four):
        weights[np.arange(pixels), first + k] = weight / 6
    return weights


def grid_amplitude(sigma: float) -> float:
    """Half the width of the uniform numbers on the grid, at alpha = 1."""
    return float(1 / (2 * sigma * np.sqrt(np.pi) * _MEAN_SQUARE))
