"""AdaGrad's steps shrink with every update, whatever the gradients do; those of RMSProp do not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact

CLAIMS = (
    Claim(
        "shrinks", "Under a constant gradient AdaGrad's step at update t is the first one over the root of t",
        "largest relative deviation from lr / sqrt(t) over 1,000 updates", most=0.01,
    ),
    Claim(
        "keeps", "RMSProp's step does not shrink",
        "step at update 1,000 over the learning rate", least=0.99, most=1.01,
    ),
    Claim(
        "far", "To a minimum that is 200 first steps away AdaGrad takes more than ten times as many updates as RMSProp",
        "updates of AdaGrad (counted up to 5,000) over those of RMSProp, at the same learning rate", least=10.0,
    ),
)  # fmt: skip
RATE, DISTANCE, MOST = 0.05, 10.0, 5000
NAMES = {"adagrad": "AdaGrad", "rmsprop": "RMSProp", "adam": "Adam"}


def down(optimizer: str, updates: int, distance: float) -> NDArray[np.float64]:
    """Places along log cosh w, nearly a straight line down to its minimum at 0, from a distance."""
    recipe = wellfit.Recipe.plain(optimizer={"name": optimizer, "learning_rate": RATE})
    path = wellfit.optimize(
        lambda w: float(np.logaddexp(w[0], -w[0])), [distance], recipe, updates=updates, gradient=np.tanh
    )
    return np.asarray(path.points[:, 0])


def run(lab: Lab) -> Answer:
    """First far from the minimum, where the gradient is 1; then all the way to it."""
    steps = {name: -np.diff(down(name, 1000, 100.0)) for name in NAMES}
    expected = RATE / np.sqrt(np.arange(1, 1001))
    ways = {name: down(name, MOST, DISTANCE) for name in NAMES}
    reached = {name: int((np.append(way <= 0.5, True)).argmax()) for name, way in ways.items()}
    found = {
        "shrinks": exact(np.abs(steps["adagrad"] / expected - 1).max()), "keeps": exact(steps["rmsprop"][-1] / RATE),
        "far": exact(min(reached["adagrad"], MOST) / reached["rmsprop"]),
    }  # fmt: skip
    rows = [
        {"optimiser": title, "update": update, "place": float(ways[name][update])}
        for name, title in NAMES.items() for update in np.unique(np.geomspace(1, MOST, 60).astype(int)).tolist()
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("update", "update", scale="log"), Axis("place", "distance from the minimum"),
        series="optimiser", name="distance", title="AdaGrad slows down on the way to a distant minimum.",
    )  # fmt: skip
    table = [{"optimiser": title, "last step over rate": float(steps[name][-1] / RATE),
              "updates to arrive": reached[name]}
             for name, title in NAMES.items()]  # fmt: skip
    return Answer(table, found, (figure,))


EXPERIMENT = Experiment(
    "AdaGrad stalls",
    "AdaGrad divides each step by the root of the sum of all squared gradients so far. How long is its thousandth step "
    "under a constant gradient, and how soon is it at a distant minimum, compared with RMSProp?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.5.1 and 8.5.2", (0.3, 0.3, 0.3), run,
    "The sum of squares only grows. RMSProp takes a fading average in its place, which forgets what lies far back, so "
    "that its steps stay as long as its learning rate.",
)  # fmt: skip
