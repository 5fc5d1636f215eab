"""Weighted least squares of a family of curves, from every point of its grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.extrapolation.families import Family

Float64 = NDArray[np.float64]


class Fits(NamedTuple):
    """Of every shape of a family's grid the best curve c + A f, which never rises nor falls below a least value.

    level, fall: c and A, (shapes, curves). squares: weighted sums of squared residuals (shapes, curves).
    """

    level: Float64
    fall: Float64
    squares: Float64


def fit_shapes(shapes: Float64, losses: Float64, weight: Float64, least: float) -> Fits:
    """The best c >= least and A >= 0 for every shape, in closed form.

    shapes: (shapes, sizes) f of each. losses: (curves, sizes). weight: (sizes,) above 0. least: of c; -inf: none.
    """
    total = weight.sum()
    mean_shape, mean_loss = shapes @ weight / total, losses @ weight / total
    bent, off = shapes - mean_shape[:, None], losses - mean_loss[:, None]
    product, around = (bent * weight) @ off.T, off**2 @ weight
    fall = product / np.maximum(bent**2 @ weight, 1e-300)[:, None]
    level, squares = mean_loss - fall * mean_shape[:, None], around - fall * product
    rises = fall < 0
    fall, level = np.where(rises, 0.0, fall), np.where(rises, np.maximum(mean_loss, least), level)
    squares = np.where(rises, around, squares)
    if np.isfinite(least):
        above = losses - least
        product = (shapes * weight) @ above.T
        steep = np.maximum(product / (shapes**2 @ weight)[:, None], 0)
        below = level < least
        squares = np.where(below, above**2 @ weight - steep * product, squares)
        fall, level = np.where(below, steep, fall), np.where(below, least, level)
    return Fits(level, fall, np.maximum(squares, 0.0))


def averaged_curve(
    family: Family, sizes: Float64, losses: Float64, weight: Float64, at: Float64, least: float
) -> Float64:
    """What a family says at some sizes: the mean of its curves, each by how well it fits.

    A curve counts exp(-S / 2s), S being its weighted sum of squared residuals and s the least S by its degrees of
    freedom, but at least 1: curves that fit about equally well, and go on differently, all have their say.

    sizes: (sizes,) rising. losses: (curves, sizes). weight: (sizes,) 1 / variance. at: (places,). least: of the level.

    Returns:
        (curves, places).
    """
    largest = float(sizes[-1])
    fits = fit_shapes(family.shapes(sizes, largest), losses, weight, least)
    best = fits.squares.min(axis=0)
    scale = np.maximum(best / max(len(sizes) - 4, 1), 1.0)
    share = np.exp(-(fits.squares - best) / (2 * scale))
    share /= share.sum(axis=0)
    there = family.shapes(at, largest)
    return np.asarray((share * fits.level).sum(axis=0)[:, None] + (share * fits.fall).T @ there)
