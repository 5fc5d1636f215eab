"""A measured learning curve: mean losses by training rows, and how they vary together from repeat to repeat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.reprs import short_repr

Float64 = NDArray[np.float64]
LEAST_ERROR = 0.001  # of the largest loss; what a standard error is taken to be at least


@dataclass(frozen=True)
class MeasuredCurve:
    """Losses by size; get it from `curve_of_repeats` or `curve_of_means`.

    sizes: (sizes,) training rows, rising. means: (sizes,) mean losses.
    deviations: (repeats, sizes), so scaled that deviations' deviations is the covariance of the means.
    freedom: degrees of freedom of that covariance, 1 or more.
    """

    sizes: Float64
    means: Float64
    deviations: Float64
    freedom: float

    __repr__ = short_repr

    @property
    def errors(self) -> Float64:
        """The standard error of each mean (sizes,)."""
        return np.asarray(np.sqrt((self.deviations**2).sum(axis=0)))

    @property
    def own_errors(self) -> Float64:
        """The same without what is common to all sizes, such as a fold that is hard at any size; above 0."""
        own = self.deviations - self.deviations.mean(axis=1, keepdims=True)
        least = max(LEAST_ERROR * float(np.abs(self.means).max()), 1e-12)
        return np.asarray(np.maximum(np.sqrt((own**2).sum(axis=0)), least))

    def draws(self, count: int, seed: int) -> Float64:
        """Means as they might have come out (count, sizes)."""
        normal = np.random.default_rng([seed, 0x1EA4]).normal(size=(count, len(self.deviations)))
        return np.asarray(self.means + normal @ self.deviations)

    def upto(self, place: int) -> MeasuredCurve:
        """The same without the sizes behind a place."""
        return MeasuredCurve(
            self.sizes[: place + 1], self.means[: place + 1], self.deviations[:, : place + 1], self.freedom
        )


def curve_of_repeats(sizes: Any, losses: Any, test_to_training: float = 0.0) -> MeasuredCurve:
    """A curve of losses that were measured several times.

    sizes: (sizes,) training rows, above 0 and rising.
    losses: (repeats, sizes), finite; a repeat is a fold, or a seed where there is one fold. 2 repeats or more.
    test_to_training: test rows by training rows of a fold, 1/(k - 1) of k folds: folds share training rows, so that
        the variance of a mean over J folds is (1/J + test/training) s^2 (Nadeau and Bengio 2003). 0 (default):
        repeats are independent.

    Raises:
        InputError: sizes or losses of another shape, or not finite.
    """
    found = np.asarray(losses, np.float64)
    if found.ndim != 2 or len(found) < 2 or not np.isfinite(found).all():
        raise InputError(f"A learning curve takes finite losses (repeats, sizes) of 2 repeats or more; got the shape "
                         f"{found.shape}.")  # fmt: skip
    repeats, means = len(found), found.mean(axis=0)
    factor = math.sqrt((1 / repeats + test_to_training) / (repeats - 1))
    return MeasuredCurve(_sizes(sizes, means), means, (found - means) * factor, repeats - 1.0)


def curve_of_means(sizes: Any, means: Any, errors: Any, freedom: float = math.inf) -> MeasuredCurve:
    """A curve of which only mean losses and their standard errors are known, taken as independent of each other.

    sizes: (sizes,) training rows, above 0 and rising. means: (sizes,). errors: (sizes,) of 0 or more.
    freedom: degrees of freedom of the errors, 1 or more (default: they are known exactly).

    Raises:
        InputError: columns of other lengths, or not finite.
    """
    found, spread = np.asarray(means, np.float64), np.asarray(errors, np.float64)
    if found.shape != spread.shape or not (np.isfinite(found).all() and np.isfinite(spread).all()):
        raise InputError("A learning curve takes one finite mean and standard error for each size; got others.")
    return MeasuredCurve(_sizes(sizes, found), found, np.diag(spread), freedom)


def _sizes(sizes: Any, means: Float64) -> Float64:
    found = np.asarray(sizes, np.float64)
    if found.shape != means.shape or not (found > 0).all() or not (np.diff(found) > 0).all():
        raise InputError(f"The sizes of a learning curve are one number above 0 for each loss, rising; got {found}.")
    return found
