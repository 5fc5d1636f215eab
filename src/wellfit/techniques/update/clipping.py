"""Gradient clipping over all trained parameters; after the coupled penalties unless a setting says before."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, fields, helper, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import CLIP_SEAM, CLIPPED, NORM, PENALTY_SEAM, TEAM, TRAINED, UPDATE
from wellfit.techniques.operations import Builder
from wellfit.techniques.team import ELEMENTS, part_of, share
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
        return {
            "settings": program.setting(*self.limits()), "factor": program.buffer(1, rows=1),
            "squares": program.buffer(-(-program.trained // BLOCK), rows=1),
            "square_blocks": square_blocks.address(program.precision),
            "scale_gradient": scale_gradient.address(program.precision),
        }  # fmt: skip


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


BLOCK = 1024  # numbers whose squares are summed up before the sums are added in float64
# square_blocks, scale_gradient: addresses of the kernels below, which threads may share. squares: where the sums of the
# blocks lie in `work`. factor: where the one lies by which the gradient is scaled.
COMMON = "settings squares factor square_blocks scale_gradient"
LIMITS = fields(COMMON)


@kernel(LIMITS, shared=True)
def square_blocks(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The sum of squares of each block of the gradient."""
    begin, end = part_of(clock[TRAINED], BLOCK, clock)
    for first in range(begin, end, BLOCK):
        work[row[LIMITS.squares] + first // BLOCK] = sum_of_squares(gradient[first : min(first + BLOCK, end)])


@kernel(LIMITS, shared=True)
def scale_gradient(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Multiply the gradient by a factor."""
    begin, end = part_of(clock[TRAINED], ELEMENTS, clock)
    g, factor = gradient[begin:end], work[row[LIMITS.factor]]
    for i in range(end - begin):
        g[i] *= factor


@helper
def sum_of_squares(block: Any) -> Any:
    """In the precision of the block."""
    squares = constant(0, block[0])
    for i in range(len(block)):
        squares += block[i] * block[i]
    return squares


@helper
def norm_of(gradient: Any, n: Any) -> Any:
    """Norm of the first n numbers: sums of blocks of squares are added in float64."""
    total = 0.0
    for begin in range(0, n, BLOCK):
        total += np.float64(sum_of_squares(gradient[begin : min(begin + BLOCK, n)]))
    return np.sqrt(total) if np.isfinite(total) else norm_of_huge(gradient, n)


@helper
def norm_of_huge(gradient: Any, n: Any) -> Any:
    """The same where squares lie beyond float32's range: a huge gradient still has a direction."""
    total = 0.0
    for i in range(n):
        total += np.float64(gradient[i]) * np.float64(gradient[i])
    return np.sqrt(total)


@helper
def shared_norm(
    row: Any, settings: Any, work: Any, parameters: Any, gradient: Any, state: Any, clock: Any, sums: Any
) -> Any:
    """`norm_of` all that is trained; threads share the blocks, where there are several."""
    if clock[TEAM] == 0:
        return norm_of(gradient, clock[TRAINED])
    share(row[LIMITS.square_blocks], row, settings, work, parameters, gradient, state, clock, sums)
    total, n = 0.0, clock[TRAINED]
    for k in range((n + BLOCK - 1) // BLOCK):
        total += np.float64(work[row[LIMITS.squares] + k])
    return np.sqrt(total) if np.isfinite(total) else norm_of_huge(gradient, n)


@kernel(LIMITS)
def clip_by_value(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A NaN passes, so that divergence is seen."""
    low, high = settings[row[LIMITS.settings]], settings[row[LIMITS.settings] + 1]
    sums[NORM] = shared_norm(row, settings, work, parameters, gradient, state, clock, sums)
    clipped = 0
    for i in range(clock[TRAINED]):
        clipped += (gradient[i] < low) | (gradient[i] > high)
        gradient[i] = min(max(gradient[i], low), high)
    sums[CLIPPED] += clipped > 0


@kernel(LIMITS)
def clip_by_norm(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """g <- g limit / norm(g) where it is longer."""
    limit = settings[row[LIMITS.settings]]
    norm = shared_norm(row, settings, work, parameters, gradient, state, clock, sums)
    sums[NORM] = norm
    if norm > limit:
        sums[CLIPPED] += 1
        work[row[LIMITS.factor]] = constant(limit / norm, limit)
        share(row[LIMITS.scale_gradient], row, settings, work, parameters, gradient, state, clock, sums)


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


PERCENTILE = fields(f"{COMMON} window norms")


@kernel(PERCENTILE)
def clip_by_percentile(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """norms: the ring of the last `window` norms, then the same norms from the smallest to the largest."""
    percentile, window = settings[row[PERCENTILE.settings]], row[PERCENTILE.window]
    ring = state[row[PERCENTILE.norms] : row[PERCENTILE.norms] + window]
    ranked = state[row[PERCENTILE.norms] + window : row[PERCENTILE.norms] + 2 * window]
    norm = shared_norm(row, settings, work, parameters, gradient, state, clock, sums)
    sums[NORM] = norm
    rounded = constant(norm, percentile)
    held = remember(rounded, clock[UPDATE], window, ring, ranked)
    position = np.float64(percentile) / 100.0 * (held - 1)
    low = int(position)
    limit = np.float64(ranked[low])
    if position > low:
        limit += (position - low) * (np.float64(ranked[low + 1]) - limit)
    if np.float64(rounded) > limit:
        sums[CLIPPED] += 1
        work[row[PERCENTILE.factor]] = constant(limit / np.float64(rounded), percentile)
        share(row[PERCENTILE.scale_gradient], row, settings, work, parameters, gradient, state, clock, sums)


ClipByValue.kernel = clip_by_value
ClipByNorm.kernel = clip_by_norm
ClipByPercentile.kernel = clip_by_percentile
