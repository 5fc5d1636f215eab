"""Rates by fan-in: how fast weights of several layers learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND
from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.segments import make_segments
from wellfit.recipe import Recipe
from wellfit.tables.encoding import InputSizes

WIDTHS = (4, 8, 16, 32, 64, 128, 256, 512)


def draw(figure: Any, cls: type) -> str:
    """The factor of the learning rate over the number of inputs."""
    axes = figure.subplots()
    for power, color in ((0.0, QUIET), (0.5, MAIN), (1.0, SECOND)):
        axes.plot(
            WIDTHS, [_factor(power, width) for width in WIDTHS], color=color, marker=".", label=f"power {power:g}"
        )
    axes.set_ylim(0, 1.05)
    axes.set_xticks(np.array(WIDTHS[3:]))
    axes.set_xlabel("fan_in")
    axes.set_ylabel("factor of the learning rate")
    axes.legend(loc="center right")
    return "By what the learning rate of a layer's weights is multiplied, over the number of its inputs."


def _factor(power: float, width: int) -> float:
    recipe = Recipe(hidden=(2,), fan_in_rate=power)
    segments, _, _ = make_segments(recipe, layer_plan(recipe, InputSizes(width), 1))
    return float(next(s.rate for s in segments if s.name == "hidden0.weight"))
