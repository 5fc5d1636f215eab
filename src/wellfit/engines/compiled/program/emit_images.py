"""The operations that augment images in training."""

from __future__ import annotations

import numpy as np

from wellfit.engines.compiled.program.program import Program
from wellfit.tables.arrays import Image
from wellfit.techniques import layout as at
from wellfit.techniques.rows.augmentation import GEOMETRY, grid_amplitude, spline_weights
from wellfit.techniques.rows.warping import cut_out, warp


def emit_images(program: Program, x: int, image: Image) -> None:
    """The map, then the square; each only where it is on. x: where the encoded images start."""
    augmentation, size = program.recipe.augmentation, int(np.prod(image))
    on = augmentation.on()
    if set(on) & set(GEOMETRY):
        _emit_warp(program, x, image)
    if "cutout" in on:
        where = program.setting(augmentation.cutout, *image)
        program.emit(at.AUGMENT_SEAM, cut_out, input=x, width=size, settings=where)


def _emit_warp(program: Program, x: int, image: Image) -> None:
    augmentation, (height, width, channels) = program.recipe.augmentation, image
    margin, lines, columns, tables = int(augmentation.border == "zero"), 0, 0, []
    if "elastic" in augmentation.on():
        down, across = (spline_weights(pixels, augmentation.elastic_sigma) for pixels in (height, width))
        lines, columns, tables = down.shape[1], across.shape[1], [*down.ravel(), *across.T.ravel()]
    amplitude = grid_amplitude(augmentation.elastic_sigma)
    strengths = [getattr(augmentation, name) for name in GEOMETRY]
    where = program.setting(*strengths, *image, margin, lines, columns, amplitude, *tables)
    old = (height + 2 * margin + 1) * (width + 2 * margin + 1) * channels
    bent = 2 * lines * columns + height * (columns + 2 * width if columns else 0)
    extra = program.buffer(old + bent + 3 * width, rows=1)
    program.emit(at.AUGMENT_SEAM, warp, input=x, width=height * width * channels, settings=where, extra=extra)
