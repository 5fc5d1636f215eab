"""A constraint on the weights and the penalty of the matching strength lead to the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from wellfit.figures import Axis, bar_figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact
from wellfit.lab.base.data import apart
from wellfit.lab.experiments.penalties._made import linear

DATA, RADII = 120, (0.2, 0.4, 0.6, 0.8)
CLAIMS = (
    Claim(
        "circle", "The weights inside a circle are those of an L2 penalty of the matching strength",
        "largest distance of the two weight vectors over the norm of one of them, over radii and samples", most=0.01,
    ),
    Claim(
        "diamond", "The weights inside a diamond are those of an L1 penalty of the matching strength",
        "largest distance of the two weight vectors over the norm of one of them, over radii and samples", most=0.01,
    ),
    Claim(
        "smaller", "A smaller radius is a larger penalty",
        "smallest rise of the matching strength from one radius to the next smaller one, in units of the loss",
        least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A linear network: constraint first, which tells the matching strength, then a penalty of that strength."""
    repeats = lab.pick(1, 4, 20)
    X, y = linear(repeats * DATA, informative=4, noise=4)
    views = apart(repeats, DATA, 0)
    descent = wellfit.Recipe.plain(
        (),
        batch_size="all",
        epochs=lab.pick(400, 1000, 1000),
        stopping={"name": "none", "every": 500},
        optimizer={"name": "sgd", "learning_rate": 0.2},
    )
    rows, distances, rises = [], {}, []
    drawn: list[list[dict[str, Any]]] = [[] for _ in RADII]  # weights of the first sample
    for norm, ball in (("l2", "circle"), ("l1", "diamond")):
        # The diamond's radius counts sizes, which sum up to more than the root of the sum of squares.
        scale = 1.0 if norm == "l2" else 2.0
        held = [descent.vary(constraint={"radius": scale * radius, "norm": norm}) for radius in RADII]
        constrained = wellfit.train(held, X, y, views=views, **lab.options)
        strengths = [member.multipliers()[0].strength for member in constrained]
        far = []
        for place, (member, strength) in enumerate(zip(constrained, strengths, strict=True)):
            penalty = {"strength": strength, "proximal": True} if norm == "l1" else strength
            penalised = wellfit.train(descent.vary({norm: penalty}), X, y, views=member.view, **lab.options)[0]
            first, second = (one.model.networks[0].weights()["output.weight"] for one in (member, penalised))
            far.append(float(np.linalg.norm(first - second) / np.linalg.norm(first)))
            if place % repeats == 0:
                drawn[place // repeats] += [
                    {"column": f"{k}", "weight": float(w), "ball": ball, "held by": way}
                    for way, one in (("constraint", first), ("penalty", second)) for k, w in enumerate(one[:, 0])
                ]  # fmt: skip
        distances[ball] = max(far)
        by_radius = np.reshape(strengths, (len(RADII), repeats))
        rises.append(float(-np.diff(by_radius, axis=0).max()))
        rows += [
            {"ball": ball, "radius": scale * radius, "matching strength": by_radius[k].mean(),
             "largest distance": max(far[k * repeats : (k + 1) * repeats])}
            for k, radius in enumerate(RADII)
        ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("radius", "radius of the ball"), Axis("matching strength", "strength of the penalty"),
        series="ball", name="strength-by-radius",
        title="Each radius has a penalty that leads to the same weights: the smaller the ball, the stronger.",
    )  # fmt: skip
    bars = [
        bar_figure(ResultFrame(one), Axis("column", "column (4 to 7 say nothing)"), Axis("weight", "weight"),
                   series="held by", panel="ball", name="bars", title="")
        for one in drawn
    ]  # fmt: skip
    weights = with_slider(
        bars, RADII, name="weights-by-radius", label="radius (diamond: twice)", shown=len(RADII) - 1,
        title="The smaller the circle, the smaller all weights; the smaller the diamond, the more of them are 0.",
    )  # fmt: skip
    found = {ball: exact(distance) for ball, distance in distances.items()} | {"smaller": exact(min(rises))}
    networks = 4 * len(RADII) * repeats
    return Answer(
        rows, found, (figure, weights), networks, f"{networks} linear networks on {repeats} samples of made rows"
    )


EXPERIMENT = Experiment(
    "Constraint and penalty",
    "A network is trained with its weights held inside a ball. Is there a penalty that, in place of the ball, leads to "
    "the same weights, and how strong is it for a smaller ball?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.2", (0.3, 1.1, 6.3), run,
    "At the best point of the ball the slope of the loss pulls straight outwards. A penalty whose slope is as large "
    "there holds the weights in the same place: its strength is the multiplier of the constraint.",
)  # fmt: skip
