"""Activations: the function and its slope."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND


def draw(figure: Any, cls: type) -> str:
    """f and f' over z."""
    chosen = cls()
    z = np.linspace(-4, 4, 321)
    h = chosen(z)
    slope = [cls.slope_of(a, b, chosen.parameter()) for a, b in zip(z, h, strict=True)]
    axes = figure.subplots()
    axes.axhline(0, color=QUIET, linewidth=0.8)
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.plot(z, h, color=MAIN, label="f(z)")
    axes.plot(z, slope, color=SECOND, linestyle="--", label="f'(z), its slope")
    axes.set_ylim(-1.6, 4.1)
    axes.set_xlabel("z")
    axes.legend(loc="upper left")
    return "The function, and the slope by which the gradient is multiplied on its way back."
