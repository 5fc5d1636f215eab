"""Weight decay beside L2, under Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, SECOND
from docs.pictures.descent import Descent

SCALES = (0.01, 1.0, 100.0)
RATE, STRENGTH, UPDATES = 0.01, 1.0, 300


def draw(figure: Any, cls: type) -> str:
    """Weights that the loss does not care for, under noise of three sizes: decayed, and with L2."""
    panels = figure.subplots(1, 2, sharey=True)
    for axes, decoupled, title, color in (
        (panels[0], True, "weight decay", MAIN),
        (panels[1], False, "L2 in the gradient", SECOND),
    ):
        path = _path(decoupled)
        for k, style in enumerate(("solid", "dashed", "dotted")):
            axes.plot(path[:, k], color=color, linestyle=style, label=f"gradients of size {SCALES[k]:g}")
        axes.set_title(title)
        axes.set_xlabel("update")
        axes.legend()
        axes.set_ylim(-0.05, 1.05)
    panels[0].set_ylabel("weight")
    return (
        "Three weights under Adam whose gradients are nothing but noise. Decay shrinks all of them at the same speed; "
        "L2 goes through Adam's division and shrinks those with large gradients hardly at all."
    )


def _path(decoupled: bool) -> Any:
    noise = (-1.0) ** np.arange(UPDATES)[:, None] * np.array(SCALES)
    descent = Descent("adam", {"learning_rate": RATE}, [1.0] * len(SCALES), UPDATES)
    shrink = RATE * STRENGTH if decoupled else 0.0
    return descent.run(lambda t, w: noise[t] + (0.0 if decoupled else STRENGTH * w), shrink=shrink)
