"""Penalties of the power q of the weights: contours from stars to squares, and weights near 0 for small q alone."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from wellfit.figures import Axis, Figure, scatter_figure, with_slider
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact, share

EXPONENTS, STRENGTH, NEAR = (0.5, 1.0, 2.0, 4.0), 0.5, 0.01
CLAIMS = (
    Claim(
        "half", "With q = 0.5 more than a third of random losses are lowest with a weight near 0",
        "share of losses that end with a weight below 0.01", least=1 / 3,
    ),
    Claim("one", "With q = 1 more than a fifth are", "share of losses that end with a weight below 0.01", least=0.2),
    Claim("two", "With q = 2 hardly any are", "share of losses that end with a weight below 0.01", most=0.05),
    Claim("four", "With q = 4 hardly any are", "share of losses that end with a weight below 0.01", most=0.05),
    Claim(
        "known", "q = 1 is L1, and q = 2 is L2 of twice the strength",
        "largest difference of a weight at the end, over losses", most=1e-4,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Two weights, a quadratic loss with its minimum at the distance 1 in a random direction, and the penalty."""
    count = lab.pick(10, 72, 300)
    rng = np.random.default_rng(0)
    angles, curvatures = rng.uniform(0, 2 * np.pi, (count, 2)), rng.uniform(0.5, 1.0, count)
    penalties: dict[str, dict[str, Any]] = {
        f"q = {q:g}": {"power": {"strength": STRENGTH, "exponent": q}} for q in EXPONENTS
    }
    penalties |= {"L1": {"l1": STRENGTH}, "L2": {"l2": 2 * STRENGTH}}
    ends = {
        name: np.array([_end(penalty, *one) for one in zip(angles, curvatures, strict=True)])
        for name, penalty in penalties.items()
    }
    near = {name: float((abs(end) < NEAR).any(axis=1).sum()) for name, end in ends.items()}
    known = max(abs(ends["q = 1"] - ends["L1"]).max(), abs(ends["q = 2"] - ends["L2"]).max())
    found = {
        key: share(near[f"q = {q:g}"], count) for key, q in zip(("half", "one", "two", "four"), EXPONENTS, strict=True)
    }
    found["known"] = exact(known)
    rows = [{"q": q, "share with a weight near 0": near[f"q = {q:g}"] / count} for q in EXPONENTS]
    figure = with_slider(
        [_figure(q, ends[f"q = {q:g}"][:100]) for q in EXPONENTS], EXPONENTS, name="contours", label="q",
        title="Small powers have corners on the axes, where best points gather.", shown=1,
    )  # fmt: skip
    return Answer(rows, found, (figure,))


def _end(penalty: dict[str, Any], angles: np.ndarray, curvature: float) -> np.ndarray:
    """Where descent on the loss with the penalty ends; the rate falls, so that it settles near a corner."""
    minimum, turn = np.array([np.cos(angles[0]), np.sin(angles[0])]), angles[1]
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    hessian = axes @ np.diag([1.0, curvature]) @ axes.T
    recipe = wellfit.Recipe.plain(
        optimizer={"name": "sgd", "learning_rate": 0.1}, schedule={"name": "linear"}, **penalty
    )
    end: np.ndarray = wellfit.optimize(
        lambda w: float((w - minimum) @ hessian @ (w - minimum) / 2), minimum, recipe, updates=300,
        gradient=lambda w: hessian @ (w - minimum),
    ).points[-1]  # fmt: skip
    return end


def _figure(q: float, ends: np.ndarray) -> Figure:
    """The contour abs(w1)^q + abs(w2)^q = 1, and where the losses ended."""
    turns = np.linspace(0, 2 * np.pi, 161)
    round_ = np.stack([np.cos(turns), np.sin(turns)])
    contour = round_ / (abs(round_) ** q).sum(axis=0) ** (1 / q)
    columns = {
        "w1": [*contour[0], *ends[:, 0]], "w2": [*contour[1], *ends[:, 1]],
        "what": ["contour of the penalty"] * len(turns) + ["best point of a loss"] * len(ends),
    }  # fmt: skip
    reach = (-1.1, 1.1)
    return scatter_figure(
        columns, Axis("w1", "first weight", ends=reach), Axis("w2", "second weight", ends=reach), series="what",
        name="contour", title="Contour and best points.",
    )  # fmt: skip


EXPERIMENT = Experiment(
    "Powers of the weights",
    "A penalty sums up the power q of the sizes of two weights, with q from 0.5 to 4. What do its contours look like, "
    "and for which q does a random loss have its best point on an axis?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.1; Frank & Friedman 1993", (1.2, 7, 27), run,
    "For q of 1 or less the penalty has a corner wherever a weight is 0: moving off costs at once. For larger q the "
    "slope at 0 is 0, and any pull of the loss moves the weight away.",
)  # fmt: skip
