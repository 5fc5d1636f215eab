"""Penalties: where they are equal, and what they leave of a weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, run_kernel


def draw_penalty(figure: Any, kernel: Any, strength: float, caption: str, settings: Any = ()) -> str:
    """Lines of equal penalty of two weights; the weight that is left against the one that the data alone want."""
    from wellfit.techniques.layout import PENALTY

    def penalty_and_slope(*w: float) -> tuple[float, Any]:
        done = run_kernel(
            kernel, row={"begin": 0, "end": len(w)}, settings=(strength, *settings), parameters=w,
            gradient=np.zeros(len(w)),
        )  # fmt: skip
        return float(done["sums"][PENALTY]), done["gradient"]

    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    grid = np.linspace(-1.5, 1.5, 61)
    values = [[penalty_and_slope(a, b)[0] for a in grid] for b in grid]
    left.contour(grid, grid, values, levels=6, colors=MAIN)
    left.set_aspect("equal")
    left.set_xlabel("w1")
    left.set_ylabel("w2")
    left.set_title("equal penalty")
    wanted = np.linspace(-1.5, 1.5, 121)
    left_over = [_settled(w, lambda v: float(penalty_and_slope(v)[1][0])) for w in wanted]
    right.plot(wanted, wanted, color=QUIET, label="without")
    right.plot(wanted, left_over, color=MAIN, label=f"strength {strength:g}")
    right.set_xlabel("the weight that the loss alone wants")
    right.set_title("the weight that is left")
    right.legend()
    return caption


def _settled(wanted: float, slope: Any) -> float:
    """The least of (w - wanted)^2 / 2 + penalty between 0 and wanted: where the slopes cancel."""
    low, high = min(0.0, wanted), max(0.0, wanted)
    tiny = 1e-9
    if abs(slope(tiny if wanted > 0 else -tiny)) >= abs(wanted):
        return 0.0
    for _ in range(40):
        middle = (low + high) / 2
        if middle - wanted + slope(middle) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2
