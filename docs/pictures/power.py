"""The power penalty: lines of equal penalty and slopes for several exponents."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, THIRD, run_kernel
from wellfit.techniques.layout import PENALTY
from wellfit.techniques.penalties.power import power_gradient

EXPONENTS = ((0.5, MAIN), (1.0, SECOND), (2.0, THIRD), (4.0, QUIET))


def draw(figure: Any, cls: type) -> str:
    """Where the penalty is 1, and what a weight of each size is pulled by."""
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    grid, sizes = np.linspace(-1.2, 1.2, 61), np.linspace(-1.5, 1.5, 201)
    for exponent, color in EXPONENTS:
        constants = cls(exponent=exponent, smoothing=0.01).constants()
        values = [[_run(constants, a, b)["sums"][PENALTY] for a in grid] for b in grid]
        left.contour(grid, grid, values, levels=[1.0], colors=[color])
        right.plot(sizes, _run(constants, *sizes)["gradient"], color=color, label=f"q = {exponent:g}")
    left.set_aspect("equal")
    left.set_xlabel("w1")
    left.set_ylabel("w2")
    left.set_title("penalty 1")
    right.set_ylim(-4, 4)
    right.set_xlabel("weight")
    right.set_ylabel("slope")
    right.legend()
    return (
        "The smaller the exponent q, the harder small weights are pulled and the less large ones; below 1 the slope is "
        "smoothed near 0 (here with s = 0.01)."
    )


def _run(constants: tuple[float, ...], *w: float) -> dict[str, Any]:
    return run_kernel(
        power_gradient, row={"begin": 0, "end": len(w)}, settings=(1.0, *constants), parameters=w,
        gradient=np.zeros(len(w)),
    )  # fmt: skip
