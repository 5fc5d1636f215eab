"""Extreme eigenvalues of the Hessian of a network's loss, from differences of its gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.full_gradient import LossSurface
from wellfit.errors import InputError

Float64 = NDArray[np.float64]
MOST_PARAMETERS = 100_000
STEP = 1e-4  # length of the difference, relative to the norm of the parameters, or 1 if that is larger
TOLERANCE = 1e-3  # of the eigenvalues, relative to the largest


class Curvature(NamedTuple):
    """smallest, largest: eigenvalues of the Hessian by the trained parameters. objective: the loss as minimised.
    gradient_norm: of its gradient.
    """

    smallest: float
    largest: float
    objective: float
    gradient_norm: float


def curvature(surface: LossSurface, parameters: Float64) -> Curvature:
    """The Hessian's two extreme eigenvalues, by Lanczos iteration on central differences of the float64 gradient.

    parameters: laid out as the network's. Where activations have kinks (ReLU) it is the curvature over the length of
    the difference, 1e-4 of the parameters' norm.

    Raises:
        InputError: more than 100,000 trained parameters.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    trained = surface.trained
    if len(trained) > MOST_PARAMETERS:
        raise InputError(
            f"Curvature is measured for up to {MOST_PARAMETERS:,} parameters; this network has {len(trained):,}: "
            "take a smaller one."
        )
    here = surface.at(parameters)
    length = STEP * max(1.0, float(np.linalg.norm(parameters[trained])))

    def product(vector: Float64) -> Float64:
        vector = np.asarray(vector, np.float64).ravel()
        step = np.zeros(len(parameters))
        step[trained] = vector * (length / max(float(np.linalg.norm(vector)), 1e-300))
        ahead, behind = surface.at(parameters + step), surface.at(parameters - step)
        slope = (ahead.gradient - behind.gradient)[trained] / (2 * length)
        return np.asarray(slope * np.linalg.norm(vector))

    size = len(trained)
    if size < 3:  # too few for Lanczos iteration
        dense = np.array([product(np.eye(size)[k]) for k in range(size)])
        ends = np.linalg.eigvalsh((dense + dense.T) / 2)[[0, -1]]
    else:
        hessian = LinearOperator((size, size), matvec=product, dtype=np.float64)
        start = np.random.default_rng(0).normal(size=size)
        ends = eigsh(hessian, k=2, which="BE", v0=start, tol=TOLERANCE, return_eigenvectors=False)
        ends = np.sort(ends)
    norm = float(np.linalg.norm(here.gradient[trained]))
    return Curvature(float(ends[0]), float(ends[-1]), here.objective, norm)
