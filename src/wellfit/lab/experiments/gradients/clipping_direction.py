"""Clipping by value turns the direction of a gradient, clipping by norm keeps it."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, scatter_figure
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
CLIPPINGS = {
    "by norm": {"name": "norm", "limit": 1.0},
    "by value": {"name": "value", "low": -1.0, "high": 1.0},
}


def run(lab: Lab) -> Answer:
    """One update with rate 1 on linear functions, whose gradient is known: the step is the clipped gradient."""
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False) + 0.01
    gradients = np.stack([20 * np.cos(angles), 20 * np.sin(angles)], axis=1)
    rows, largest, lengths = [], {}, {}
    for name, clipping in CLIPPINGS.items():
        recipe = wellfit.Recipe.plain(optimizer={"name": "sgd", "learning_rate": 1.0}, clipping=clipping)
        steps = np.array([_step(recipe, g) for g in gradients])
        lengths[name] = np.linalg.norm(steps, axis=1)
        cross = gradients[:, 0] * steps[:, 1] - gradients[:, 1] * steps[:, 0]
        turned = np.degrees(np.abs(np.arctan2(cross, (gradients * steps).sum(axis=1))))
        largest[name] = turned.max()
        rows += [
            {"clipping": name, "first": float(step[0]), "second": float(step[1]), "degrees": float(turn),
             "direction": float(np.degrees(angle))}
            for step, turn, angle in zip(steps, turned, angles, strict=True)
        ]  # fmt: skip
    found = {
        "norm": exact(largest["by norm"]), "length": exact(np.abs(lengths["by norm"] - 1).max()),
        "value": exact(largest["by value"]),
    }  # fmt: skip
    figures = (
        scatter_figure(
            ResultFrame(rows), Axis("first", "clipped gradient, first component", ends=(-1.3, 1.3)),
            Axis("second", "second component", ends=(-1.3, 1.3)), series="clipping", name="clipped-gradients",
            title="Gradients of length 20 in all directions: by norm they end on a circle, by value mostly in the "
            "corners of a square.",
        ),
        scatter_figure(
            ResultFrame(rows), Axis("direction", "direction of the gradient", "degrees"),
            Axis("degrees", "turned by", "degrees"), series="clipping", name="turned",
            title="Clipping by value turns gradients near an axis the most.",
        ),
    )  # fmt: skip
    return Answer(rows, found, figures)


def _step(recipe: wellfit.Recipe, g: np.ndarray) -> np.ndarray:
    """What one update subtracts from the parameters of the function g w."""
    path = wellfit.optimize(lambda w: float(g @ w), [0.0, 0.0], recipe, updates=1, gradient=lambda w: g)
    return np.asarray(-path.points[1])


EXPERIMENT = Experiment(
    "Clipping by value and by norm",
    "A gradient of two components is too long and is clipped, once each component by itself and once as a whole. Which "
    "of both keeps its direction, and how far does the other turn it?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 10.11.1", (1.2, 1.2, 1.2), run,
    "Scaling the whole gradient changes its length alone. Clipping each component takes most from the largest, so that "
    "a gradient with two large components always ends in the corner of the square, wherever it pointed.",
)  # fmt: skip
