"""Clipping: gradients before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, run_kernel, titled
from wellfit.techniques.update.clipping import scale_gradient, square_blocks

LENGTHS = (0.3, 0.6, 0.9, 1.5, 2.2)


def draw(figure: Any, cls: type) -> str:
    """Gradients of two components in all directions, and what is left of them."""
    if titled(cls) == "percentile":
        return _by_percentile(figure, cls(percentile=80.0))
    chosen = cls()
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    for k, length in enumerate(LENGTHS * 2):
        angle = 0.35 + 2 * np.pi * k / (2 * len(LENGTHS))
        before = length * np.array([np.cos(angle), np.sin(angle)])
        after = clipped(chosen, before)
        for vector, color, width in ((before, QUIET, 1.2), (after, MAIN, 1.8)):
            left.annotate("", vector, (0, 0), arrowprops={"arrowstyle": "->", "color": color, "linewidth": width})
    left.set_xlim(-2.4, 2.4)
    left.set_ylim(-2.4, 2.4)
    left.set_aspect("equal")
    left.set_xlabel("g1")
    left.set_ylabel("g2")
    sizes = np.linspace(0, 3, 121)
    for direction, style, label in (((1.0, 0.0), "-", "along g1"), ((0.8, 0.6), "--", "between g1 and g2")):
        norms = [np.linalg.norm(clipped(chosen, size * np.array(direction))) for size in sizes]
        right.plot(sizes, norms, style, color=MAIN, label=label)
    right.plot(sizes, sizes, color=QUIET, label="not clipped")
    right.set_xlabel("norm before")
    right.set_ylabel("norm after")
    right.legend()
    return "Grey: gradients as they come. Blue: after clipping."


def _by_percentile(figure: Any, chosen: Any) -> str:
    """The norm of each update's gradient, whose own past says where to clip."""
    rng, updates = np.random.default_rng(0), 150
    norms = np.exp(rng.normal(0, 0.3, updates)) * (0.5 + 1.5 * np.exp(-np.arange(updates) / 40))
    norms[[60, 100, 130]] = 6.0
    state, after = np.zeros(chosen.state_size(1)), []
    for t, norm in enumerate(norms):
        done = run_kernel(
            chosen.kernel, row={**shared_kernels(), "window": chosen.window}, clock={"trained": 1, "update": t},
            settings=chosen.limits(), gradient=(norm,), state=state,
        )  # fmt: skip
        state = done["state"]
        after.append(done["gradient"][0])
    axes = figure.subplots()
    axes.plot(norms, color=QUIET, label="norm before")
    axes.plot(after, color=MAIN, label="norm after")
    axes.set_xlabel("update")
    axes.legend()
    return f"Made norms that fall, with three leaps, clipped at the {chosen.percentile:g}th percentile of those so far."


def clipped(chosen: Any, gradient: Any) -> Any:
    """The gradient after the technique's kernel, if it has one."""
    if chosen.kernel is None:
        return gradient
    done = run_kernel(
        chosen.kernel, row=shared_kernels(), clock={"trained": 2}, settings=chosen.limits(), gradient=gradient
    )
    return done["gradient"]


def shared_kernels() -> dict[str, int]:
    """Where the kernels that clip call those that threads may share."""
    return {"square_blocks": square_blocks.enlisted(), "scale_gradient": scale_gradient.enlisted()}
