"""What turns a prior on the weights into a penalty beside a mean loss: rows, outputs, and the noise of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.losses import resolve_loss
from wellfit.engines.numpy.encode import encode
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.encoding import Encoding

MOST_ROWS = 1000  # from which noise is estimated
STRENGTHS = np.logspace(-6, 3, 19)  # of the ridge regressions tried, as shares of the mean squared singular value

Float64 = NDArray[np.float64]


def per_row(
    recipe: Recipe, arrays: Arrays, target: Target, encoding: Encoding, rows: NDArray[np.int64], weight: Float64
) -> float:
    """The factor of a prior's precision that gives the penalty's strength; 1 without a prior.

    The mean loss times N q / v is the negative log-likelihood of N rows: q columns over which the loss is a mean, v the
    variance of the noise in units of the scaled target (numbers), 1 over the mean (counts), or 1.

    Raises:
        InputError: the loss is no likelihood, or noise was given for something else than one column of numbers.
    """
    if recipe.prior.name == "none":
        return 1.0
    if target.kind == "tasks":
        raise InputError("A prior is for a single target, and there are several tasks: give l2 or l1 a strength.")
    loss, noise = resolve_loss(recipe, target.kind).name, recipe.prior.noise
    if loss not in ("squared", "cross_entropy", "multi_label", "poisson"):
        raise InputError(f"A prior needs a likelihood, and the loss {loss!r} is none here: give l2 or l1 a strength.")
    if noise is not None and (loss != "squared" or target.outputs > 1):
        raise InputError(
            f"prior.noise = {noise:g} is in the units of one column of numbers, but the target is of kind "
            f"{target.kind!r} with {target.outputs} outputs: leave noise out."
        )
    columns = 1 if target.kind in ("binary", "classes") else target.outputs
    if loss == "poisson":
        variance = 1 / float(encoding.target_scale.mean())
    elif loss == "squared" and noise is not None:
        variance = (noise / float(encoding.target_scale[0])) ** 2
    else:
        variance = noise_variance(arrays, target, encoding, rows, weight) if loss == "squared" else 1.0
    return variance / (float(weight.sum()) * columns)


def noise_variance(
    arrays: Arrays, target: Target, encoding: Encoding, rows: NDArray[np.int64], weight: Float64
) -> float:
    """The variance, in units of the scaled target, of what the best ridge regression leaves; the mean over columns.

    Evenly spaced rows, at most 1,000; the strength with the least generalised cross-validation error; the residual sum
    of squares is divided by the rows' weights less the effective degrees of freedom.
    """
    spaced = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_ROWS)).astype(np.int64))
    picked, w = rows[spaced], weight[spaced]
    x = encode(encoding, arrays.take(picked)).astype(np.float64)
    y = (target.values[picked].astype(np.float64) - encoding.target_centre) / encoding.target_scale
    x, y = (np.sqrt(w)[:, None] * (part - np.average(part, axis=0, weights=w)) for part in (x, y))
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    inside = u.T @ y
    outside = np.square(y).sum() - np.square(inside).sum()
    found = []
    for strength in STRENGTHS * np.square(s).mean():
        kept = s**2 / (s**2 + strength) if strength > 0 else np.zeros_like(s)
        left = max(outside, 0.0) + np.square((1 - kept)[:, None] * inside).sum()
        free = max(w.sum() - kept.sum() - 1, 0.05 * w.sum())
        found.append((left / free**2, left / free))
    return float(min(found)[1] / target.outputs)
