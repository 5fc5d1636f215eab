"""Clipping by value turns the direction of a gradient, clipping by norm keeps it."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from wellfit.figures import Axis, scatter_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact

CLAIMS = (
    Claim(
        "norm", "Clipping by norm keeps the direction of every gradient",
        "largest angle between a gradient and the clipped one, in degrees", most=0.01,
    ),
    Claim(
        "length", "and makes it as long as the limit",
        "largest relative distance of the length from the limit, of gradients that are longer", most=1e-5,
    ),
    Claim(
        "value", "Clipping by value turns a gradient by up to 45 degrees in two dimensions",
        "largest angle between a gradient and the clipped one, in degrees", least=40.0, most=45.0,
    ),
)  # fmt: skip
LENGTH, LIMITS = 20, (1.0, 5.0, 10.0, 15.0, 18.0)  # of the gradients; limits in the figures


def run(lab: Lab) -> Answer:
    """One update with rate 1 on linear functions, whose gradient is known: the step is the clipped gradient."""
    limits = lab.pick(LIMITS[:2], LIMITS, LIMITS)
    every = [_clipped(limit) for limit in limits]
    rows = every[0]
    largest = {name: max(row["degrees"] for row in rows if row["clipping"] == name) for name in ("by norm", "by value")}
    ends = np.array([(row["first"], row["second"]) for row in rows if row["clipping"] == "by norm"])
    found = {
        "norm": exact(largest["by norm"]), "length": exact(np.abs(np.linalg.norm(ends, axis=1) - 1).max()),
        "value": exact(largest["by value"]),
    }  # fmt: skip
    shapes, turns = [], []
    for limit, clipped in zip(limits, every, strict=True):
        frame = ResultFrame([{**row, "x": row["first"] / limit, "y": row["second"] / limit} for row in clipped[::2]])
        shapes.append(scatter_figure(
            frame, Axis("x", "clipped gradient over the limit, first component", ends=(-1.3, 1.3)),
            Axis("y", "second component", ends=(-1.3, 1.3)), series="clipping", name="shape", title="",
        ))  # fmt: skip
        turns.append(scatter_figure(
            frame, Axis("direction", "direction of the gradient", "degrees"),
            Axis("degrees", "turned by", "degrees", ends=(-1, 46)), series="clipping", name="turn", title="",
        ))  # fmt: skip
    title = f"Gradients of length {LENGTH} in all directions: by norm they end on a circle, by value in a square."
    figures = (
        with_slider(shapes, limits, name="clipped-gradients", label="limit", title=title),
        with_slider(turns, limits, name="turned", label="limit",
                    title="The lower the limit, the more clipping by value turns, above all near an axis."),
    )  # fmt: skip
    return Answer(rows, found, figures)


def _clipped(limit: float) -> list[dict[str, Any]]:
    """What becomes of gradients in all directions, and by how much each is turned."""
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False) + 0.01
    gradients, rows = np.stack([LENGTH * np.cos(angles), LENGTH * np.sin(angles)], axis=1), []
    kinds = {"norm": {"limit": limit}, "value": {"low": -limit, "high": limit}}
    for kind, ends in kinds.items():
        clipping = {"name": kind, **ends}
        recipe = wellfit.Recipe.plain(optimizer={"name": "sgd", "learning_rate": 1.0}, clipping=clipping)
        steps = np.array([_step(recipe, g) for g in gradients])
        cross = gradients[:, 0] * steps[:, 1] - gradients[:, 1] * steps[:, 0]
        turned = np.degrees(np.abs(np.arctan2(cross, (gradients * steps).sum(axis=1))))
        rows += [
            {"clipping": f"by {kind}", "first": float(step[0]), "second": float(step[1]), "degrees": float(turn),
             "direction": float(np.degrees(angle))}
            for step, turn, angle in zip(steps, turned, angles, strict=True)
        ]  # fmt: skip
    return rows


def _step(recipe: wellfit.Recipe, g: np.ndarray) -> np.ndarray:
    """What one update subtracts from the parameters of the function g w."""
    path = wellfit.optimize(lambda w: float(g @ w), [0.0, 0.0], recipe, updates=1, gradient=lambda w: g)
    return np.asarray(-path.points[1])


EXPERIMENT = Experiment(
    "Clipping by value and by norm",
    "A gradient of two components is too long and is clipped, once each component by itself and once as a whole. Which "
    "of both keeps its direction, and how far does the other turn it?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 10.11.1", (2.0, 5.0, 5.0), run,
    "Scaling the whole gradient changes its length alone. Clipping each component takes most from the largest, so that "
    "a gradient with two large components always ends in the corner of the square, wherever it pointed.",
)  # fmt: skip
