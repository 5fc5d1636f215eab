"""Gradient clipping over all trained parameters; after the coupled penalties unless a setting says before."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, fields, helper, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import CLIP_SEAM, CLIPPED, NORM, PENALTY_SEAM, TRAINED, UPDATE
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, strength


class Clipping(Technique):
    """What the program needs to know of a way of clipping.

    Its scope is the whole gradient: all trained parameters of all layers, biases and gains among them. The history's
    column `clipped_share` is the share of updates since the last evaluation whose gradient was changed, and
    `gradient_norm` the norm of the last update's gradient before it is clipped.

    before_penalties: clip the gradient of the data loss alone, and add the coupled penalties (L2, L1) afterwards;
        default no: they are clipped with it.
    """

    title: ClassVar[str] = "Gradient clipping"
    seam: ClassVar[Seam] = "clip"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("explodes", "unstable between runs")

    before_penalties: bool = Field(default=False)
    kernel: ClassVar[Kernel | None] = None
    measures_norm: ClassVar[bool] = False

    def limits(self) -> tuple[Any, ...]:
        """The kernel's settings."""
        return ()

    def operations(self, program: Builder) -> None:
        if self.kernel is not None:
            seam = PENALTY_SEAM if self.before_penalties else CLIP_SEAM
            program.emit(seam, self.kernel, first=True, **self.places(program))

    def places(self, program: Builder) -> dict[str, Any]:
        """What the kernel reads."""
        return {"settings": program.setting(*self.limits())}


@technique("clipping")
class NoClipping(Clipping):
    """No clipping."""

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


@technique("clipping")
class ClipByValue(Clipping):
    """Clips each component of the gradient into [low, high]; changes the direction.

    g_i <- min(max(g_i, low), high) for each trained parameter i.

    low: default -0.5. high: default 0.5, above low. before_penalties: default no.
    Cost: two passes over the gradient. When not: where the direction matters, since large components lose most; "norm"
    keeps it.

    >>> from wellfit import Recipe
    >>> Recipe(clipping={"name": "value", "low": -1, "high": 1}).clipping.high
    1.0

    Source: Mikolov, "Statistical language models based on neural networks", 2012; Goodfellow, Bengio & Courville,
    10.11.1.
    """

    equations: ClassVar[tuple[str, ...]] = (r"g_i \leftarrow \min\left(\max(g_i, \text{low}), \text{high}\right)",)
    heading: ClassVar[str] = "Clipping by value"

    name: Literal["value"] = "value"
    low: float = Field(default=-0.5)
    high: float = Field(default=0.5)
    measures_norm: ClassVar[bool] = True

    @model_validator(mode="after")
    def _in_order(self) -> ClipByValue:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, but low = {self.low:g} and high = {self.high:g}")
        return self

    def limits(self) -> tuple[Any, ...]:
        return (self.low, self.high)


@technique("clipping")
class ClipByNorm(Clipping):
    """Scales the whole gradient to the norm `limit` where its norm is larger; keeps the direction.

    g <- g limit / norm(g) where norm(g) > limit, norm the root of the sum of squares over all trained parameters.

    limit: above 0, default 1. before_penalties: default no.
    Departures: PyTorch divides by norm + 1e-6.
    Cost: two passes over the gradient. When not: where most updates are clipped (`clipped_share` in the history): the
    rate is then too large, or the limit too small; "percentile" finds a limit by itself.

    >>> from wellfit import Recipe
    >>> Recipe(clipping={"name": "norm", "limit": 5}).clipping.limit
    5.0

    Source: Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", 2013.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"g \leftarrow g \, \min\left(1, \frac{\text{limit}}{\lVert g \rVert}\right)",
    )
    heading: ClassVar[str] = "Clipping by norm"
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "explodes": (2, "one steep batch can no longer throw the weights away; the direction is kept"),
    }

    name: Literal["norm"] = "norm"
    limit: float = Field(default=1.0, gt=0.0)
    measures_norm: ClassVar[bool] = True

    def limits(self) -> tuple[Any, ...]:
        return (self.limit,)


@technique("clipping")
class ClipByPercentile(Clipping):
    """Scales the whole gradient to a percentile of the norms that it has had so far; keeps the direction.

    n_t = norm(g_t), limit_t = the p-th percentile of the last `window` norms, n_t among them, interpolated linearly;
    g_t <- g_t limit_t / n_t where n_t > limit_t. Shapes: a ring of the last norms and the same norms in order, kept in
    the member's state.

    percentile: p, from 0 to 100, default 10; may carry a schedule; 100 never clips. window: norms that are
    remembered, from 2 to 100,000, default 1000. before_penalties: default no.
    Departures: the paper remembers all norms; those of early, steep training then hold the limit up for ever.
    Cost: two passes over the gradient, and on average half a window's floats moved an update. When not: where most
    gradients are alike, a low percentile only lowers the rate.

    >>> from wellfit import Recipe
    >>> Recipe(clipping="percentile").clipping.window
    1000

    Source: Seetharaman, Wichern, Pardo & Le Roux, "AutoClip: adaptive gradient clipping for source separation
    networks", 2020.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"n_t = \lVert g_t \rVert, \quad \text{limit}_t = p\text{-th percentile of the last norms}, \quad g_t "
        r"\leftarrow g_t \, \min\left(1, \frac{\text{limit}_t}{n_t}\right)",
    )
    heading: ClassVar[str] = "Clipping by a percentile"

    name: Literal["percentile"] = "percentile"
    percentile: Strength = strength(default=10.0, le=100.0)
    window: int = Field(default=1000, ge=2, le=100_000)
    measures_norm: ClassVar[bool] = True

    def limits(self) -> tuple[Any, ...]:
        return (self.percentile,)

    def state_size(self, trained: int) -> int:
        return 2 * self.window

    def places(self, program: Builder) -> dict[str, Any]:
        norms = program.slot(size=self.state_size(program.trained))
        return {**super().places(program), "window": self.window, "norms": norms}


LIMITS = fields("settings")


@helper
def norm_of(gradient: Any, n: Any, like: Any) -> Any:
    """Norm of the first n numbers: sums of blocks of 1024 squares are added in float64."""
    total = 0.0
    for begin in range(0, n, 1024):
        block = gradient[begin : min(begin + 1024, n)]
        squares = constant(0, like)
        for i in range(len(block)):
            squares += block[i] * block[i]
        total += np.float64(squares)
    if not np.isfinite(total):  # squares beyond float32's range: a huge gradient still has a direction
        total = 0.0
        for i in range(n):
            total += np.float64(gradient[i]) * np.float64(gradient[i])
    return np.sqrt(total)


@kernel(LIMITS)
def clip_by_value(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A NaN passes, so that divergence is seen."""
    low, high = settings[row[LIMITS.settings]], settings[row[LIMITS.settings] + 1]
    sums[NORM] = norm_of(gradient, clock[TRAINED], low)
    clipped = 0
    for i in range(clock[TRAINED]):
        clipped += (gradient[i] < low) | (gradient[i] > high)
        gradient[i] = min(max(gradient[i], low), high)
    sums[CLIPPED] += clipped > 0


@helper
def shorten(gradient: Any, n: Any, norm: Any, limit: Any, sums: Any, like: Any) -> None:
    """Scale a gradient of that norm to the limit, where it is longer."""
    if norm > limit:
        sums[CLIPPED] += 1
        factor = constant(limit / norm, like)
        for i in range(n):
            gradient[i] *= factor


@kernel(LIMITS)
def clip_by_norm(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g limit / norm(g) where it is longer."""
    limit, n = settings[row[LIMITS.settings]], clock[TRAINED]
    norm = norm_of(gradient, n, limit)
    sums[NORM] = norm
    shorten(gradient, n, norm, limit, sums, limit)


@helper
def remember(norm: Any, t: Any, window: Any, ring: Any, ranked: Any) -> Any:
    """Put the norm of update t in the place of the oldest, and keep `ranked` in order. Returns how many there are."""
    held, place = min(t, window), t % window
    if held == window:
        k = 0
        while k < held - 1 and ranked[k] != ring[place]:
            k += 1
        held -= 1
        while k < held:
            ranked[k] = ranked[k + 1]
            k += 1
    k = held
    while k > 0 and ranked[k - 1] > norm:
        ranked[k] = ranked[k - 1]
        k -= 1
    ranked[k] = ring[place] = norm
    return held + 1


PERCENTILE = fields("settings window norms")


@kernel(PERCENTILE)
def clip_by_percentile(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """norms: the ring of the last `window` norms, then the same norms from the smallest to the largest."""
    percentile, n, window = settings[row[PERCENTILE.settings]], clock[TRAINED], row[PERCENTILE.window]
    ring = state[row[PERCENTILE.norms] : row[PERCENTILE.norms] + window]
    ranked = state[row[PERCENTILE.norms] + window : row[PERCENTILE.norms] + 2 * window]
    norm = norm_of(gradient, n, percentile)
    sums[NORM] = norm
    rounded = constant(norm, percentile)
    held = remember(rounded, clock[UPDATE], window, ring, ranked)
    position = np.float64(percentile) / 100.0 * (held - 1)
    low = int(position)
    limit = np.float64(ranked[low])
    if position > low:
        limit += (position - low) * (np.float64(ranked[low + 1]) - limit)
    shorten(gradient, n, np.float64(rounded), limit, sums, percentile)


ClipByValue.kernel = clip_by_value
ClipByNorm.kernel = clip_by_norm
ClipByPercentile.kernel = clip_by_percentile
