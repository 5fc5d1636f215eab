"""A line fitted to noisy points, two parameters: the smallest network on which paths can be drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import Array
from docs.pictures.engine import Stage, numbers_of, stage, target_of

ROWS = 60


def fitted(**slots: Any) -> Stage:
    """A linear model of one input, trained in batches of 4, before its first update."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, 1))
    y = 1.5 * x[:, 0] + 0.5 + rng.normal(0, 1.0, ROWS)
    plain = {"hidden": (), "batch_size": 4, "epochs": 20, "optimizer": {"name": "sgd", "learning_rate": 0.1}}
    return stage(numbers_of(x), target_of(y), **{**plain, **slots})


def plane(shown: Stage, parameters: Any) -> Array:
    """Slope and intercept (..., 2) of parameters (..., parameters)."""
    program = shown.member.program
    places = [program.segment(name).begin for name in ("output.weight", "output.bias")]
    return np.asarray(parameters)[..., places]


def goal(shown: Stage) -> Array:
    """The slope and intercept of the least squares, on the scale of the network's target."""
    shown.prepare()
    x = np.column_stack([shown.inputs, np.ones(ROWS)])
    return np.linalg.lstsq(x, shown.targets[:, 0], rcond=None)[0]


def draw_path(axes: Any, path: Array, color: str, label: str, **more: Any) -> None:
    """A path on the plane of the two parameters."""
    axes.plot(*path.T, color=color, label=label, **more)
    axes.set_xlabel("slope")
    axes.set_ylabel("intercept")
