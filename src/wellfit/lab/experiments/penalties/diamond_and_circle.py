"""Weights held inside a diamond (L1) or a circle (L2): the best point is often a corner, and never on an axis."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, share

CLAIMS = (
    Claim(
        "diamond", "Of random quadratic losses more than a third have their best point of the diamond in a corner",
        "share of losses whose constrained minimum has a weight that is exactly 0", least=1 / 3,
    ),
    Claim(
        "circle", "Hardly any have their best point of the circle on an axis",
        "share of losses whose constrained minimum has a weight that is exactly 0", most=0.05,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Descent with projection on losses whose minimum lies outside, at the distance 2 in a random direction."""
    count = lab.pick(20, 100, 400)
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(count):
        angle, turn = rng.uniform(0, 2 * np.pi, 2)
        minimum = 2 * np.array([np.cos(angle), np.sin(angle)])
        axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        hessian = axes @ np.diag([1.0, rng.uniform(0.2, 1.0)]) @ axes.T
        for shape, norm in (("diamond (L1)", "l1"), ("circle (L2)", "l2")):
            recipe = wellfit.Recipe.plain(
                optimizer={"name": "sgd", "learning_rate": 0.5}, constraint={"radius": 1.0, "norm": norm}
            )
            first, second = _end(recipe, minimum, hessian)
            rows.append({"ball": shape, "w1": first, "w2": second, "a weight is 0": float(first == 0 or second == 0)})

    zeros = {norm: [row["a weight is 0"] for row in rows if norm in row["ball"]] for norm in ("L1", "L2")}
    found = {"diamond": share(sum(zeros["L1"]), count), "circle": share(sum(zeros["L2"]), count)}
    figure = scatter_figure(
        ResultFrame(rows), Axis("w1", "first weight"), Axis("w2", "second weight"), panel="ball", name="optima",
        title="Best points pile up in the corners of the diamond and lie anywhere on the circle.",
    )  # fmt: skip
    return Answer(rows, found, (figure,))


def _end(recipe: wellfit.Recipe, minimum: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Where 100 updates on a quadratic loss end."""

    def loss(w: np.ndarray) -> float:
        return float((w - minimum) @ hessian @ (w - minimum) / 2)

    def gradient(w: np.ndarray) -> np.ndarray:
        return np.asarray(hessian @ (w - minimum))

    end: np.ndarray = wellfit.optimize(loss, [0.0, 0.0], recipe, updates=100, gradient=gradient).points[-1]
    return end


EXPERIMENT = Experiment(
    "Corners of the diamond",
    "Two weights are held inside a ball of radius 1, once by the sum of their sizes, once by the sum of their squares, "
    "and the unconstrained minimum of the loss lies outside. How often is one of the two weights exactly 0 at the best "
    "point of the ball?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.1.2 and 7.2", (0.5, 2.3, 8.9), run,
    "The contours of the loss meet the diamond first in a corner from a whole range of directions, and touch an edge "
    "only from the rest. The circle has no corners, so that no direction is special.",
)  # fmt: skip
