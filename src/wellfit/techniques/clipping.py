"""Gradient clipping, after the coupled penalties, over all trained parameters."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, kernel
from wellfit.techniques.base import Technique, technique
from wellfit.techniques.layout import CLIPPED, NORM, SETTINGS, TRAINED


class Clipping(Technique):
    """What the program needs to know of a way of clipping."""

    kernel: ClassVar[Kernel | None] = None

    def limits(self) -> tuple[float, float]:
        """The kernel's two settings."""
        return (0.0, 0.0)


@technique("clipping")
class NoClipping(Clipping):
    """No clipping.

    >>> from wellfit import Recipe
    >>> Recipe(clipping="none").clipping.limits()
    (0.0, 0.0)
    """

    name: Literal["none"] = "none"


@technique("clipping")
class ClipByValue(Clipping):
    """Clips each component of the gradient into [low, high]; changes the direction.

    low: default -0.5. high: default 0.5, above low.
    Cost: one pass over the gradient. When not: where the direction matters, since large components lose most; clip by
    norm then.
    Source: Goodfellow, Bengio & Courville, 10.11.1.

    >>> from wellfit import Recipe
    >>> Recipe(clipping={"name": "value", "low": -1, "high": 1}).clipping.limits()
    (-1.0, 1.0)
    """

    name: Literal["value"] = "value"
    low: float = Field(default=-0.5)
    high: float = Field(default=0.5)

    @model_validator(mode="after")
    def _in_order(self) -> ClipByValue:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, but low = {self.low:g} and high = {self.high:g}")
        return self

    def limits(self) -> tuple[float, float]:
        return (self.low, self.high)


@technique("clipping")
class ClipByNorm(Clipping):
    """Scales the whole gradient to the norm `limit` where its norm is larger: g <- g limit / norm(g); keeps the
    direction.

    limit: above 0, default 1.
    Cost: two passes over the gradient. When not: where most updates are clipped (`clipped_share` in the history): the
    rate is then too large, or the limit too small.
    Source: Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", 2013.

    >>> from wellfit import Recipe
    >>> Recipe(clipping={"name": "norm", "limit": 5}).clipping.limits()
    (5.0, 0.0)
    """

    name: Literal["norm"] = "norm"
    limit: float = Field(default=1.0, gt=0.0)

    def limits(self) -> tuple[float, float]:
        return (self.limit, 0.0)


@kernel
def clip_by_value(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A NaN passes, so that divergence is seen."""
    low, high = settings[row[SETTINGS]], settings[row[SETTINGS] + 1]
    clipped = 0
    for i in range(clock[TRAINED]):
        clipped += (gradient[i] < low) | (gradient[i] > high)
        gradient[i] = min(max(gradient[i], low), high)
    sums[CLIPPED] += clipped > 0


@kernel
def clip_by_norm(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Sums of blocks of 1024 squares are added in float64."""
    limit = settings[row[SETTINGS]]
    n = clock[TRAINED]
    total = 0.0
    for begin in range(0, n, 1024):
        block = gradient[begin : min(begin + 1024, n)]
        part = constant(0, limit)
        for i in range(len(block)):
            part += block[i] * block[i]
        total += np.float64(part)
    if not np.isfinite(total):  # squares beyond float32's range: a huge gradient still has a direction
        total = 0.0
        for i in range(n):
            total += np.float64(gradient[i]) * np.float64(gradient[i])
    norm = np.sqrt(total)
    sums[NORM] = norm
    if norm > limit:
        sums[CLIPPED] += 1
        factor = constant(limit / norm, limit)
        for i in range(n):
            gradient[i] *= factor


ClipByValue.kernel = clip_by_value
ClipByNorm.kernel = clip_by_norm
