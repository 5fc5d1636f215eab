"""The learned mix: an activation by shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, run_kernel
from wellfit.techniques.network.activation import SiLU, parametric_kernels

SHARES = ((1.0, MAIN, "solid"), (0.5, SECOND, "dashed"), (0.0, QUIET, "dotted"), (1.4, MAIN, "dotted"))


def draw(figure: Any, cls: type) -> str:
    """h over z for units with several shares m of SiLU."""
    z = np.linspace(-4, 4, 161)
    axes = figure.subplots()
    forward, _ = parametric_kernels(SiLU, True)
    for share, color, style in SHARES:
        done = run_kernel(
            forward,
            row={"output": len(z), "unmixed": 2 * len(z), "width": 1},
            clock={"rows": len(z)},
            work=np.concatenate([z, np.zeros(2 * len(z))]),
            parameters=(share,),
        )
        axes.plot(z, done["work"][len(z) : 2 * len(z)], color=color, linestyle=style, label=f"m = {share:g}")
    axes.set_xlabel("z")
    axes.legend(loc="upper left")
    return "SiLU as units with several shares m see it: all of it, half, nothing but z, and more than all."
