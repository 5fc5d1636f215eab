"""Nesterov's momentum against plain momentum on quadratic functions, at the same rate and momentum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio

CLAIMS = (
    Claim(
        "sooner", "Nesterov's momentum reaches the minimum in fewer updates",
        "updates until the function stays below 1 % of its first value, momentum over Nesterov, geometric mean over "
        "drawn quadratics", least=1.0,
    ),
    Claim(
        "overshoot", "It overshoots the minimum less",
        "share of updates at which the function rises, momentum minus Nesterov, mean over drawn quadratics", least=0.0,
    ),
)  # fmt: skip
NAMES = {"momentum": "momentum", "nesterov": "Nesterov"}


def values(optimizer: str, curvatures: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """The function by update, over its first value, at a rate of half the inverse of the largest curvature."""
    rate = 0.5 / float(curvatures.max())
    recipe = wellfit.Recipe.plain(optimizer={"name": optimizer, "learning_rate": rate, "momentum": 0.9})
    path = wellfit.optimize(
        lambda w: float(0.5 * (curvatures * w**2).sum()), start, recipe, updates=400, gradient=lambda w: curvatures * w
    )
    return np.asarray(path.values / path.values[0])


def run(lab: Lab) -> Answer:
    """Quadratics of 10 parameters whose curvatures are drawn between 1 and 100."""
    count = lab.pick(3, 10, 40)
    curves: dict[str, list[NDArray[np.float64]]] = {name: [] for name in NAMES}
    for seed in range(count):
        rng = np.random.default_rng(seed)
        curvatures, start = 10 ** rng.uniform(0, 2, 10), rng.standard_normal(10)
        for name, every in curves.items():
            every.append(values(name, curvatures, start))
    reached = {name: [int(np.flatnonzero(one > 0.01)[-1]) + 1 for one in found] for name, found in curves.items()}
    rising = {name: np.array([(np.diff(one[:100]) > 0).mean() for one in found]) for name, found in curves.items()}

    found = {
        "sooner": ratio(reached["momentum"], reached["nesterov"]),
        "overshoot": mean_of(rising["momentum"] - rising["nesterov"]),
    }
    rows = [
        {"optimiser": NAMES[name], "update": update, "value": float(np.median([one[update] for one in kept]))}
        for name, kept in curves.items() for update in range(0, 121, 2)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("update", "update"),
        Axis("value", "function over its first value, median", scale="log"),
        series="optimiser", name="values", title="On quadratics Nesterov's momentum swings less and arrives sooner.",
    )  # fmt: skip
    table = [{"optimiser": NAMES[name], "updates to 1 %": float(np.median(reached[name])),
              "share of rises": float(rising[name].mean())} for name in NAMES]  # fmt: skip
    return Answer(table, found, (figure,))


EXPERIMENT = Experiment(
    "Nesterov's momentum",
    "Both kinds of momentum run down quadratic functions at the same learning rate and a momentum of 0.9. Which of "
    "them swings less beyond the minimum, and which arrives sooner?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.3.3; Sutskever et al. 2013", (0.2, 0.5, 2.0), run,
    "Nesterov's gradient is taken at the point that the velocity leads to. Where that lies beyond the "
    "minimum, the gradient already points back, and the step is shortened before it is made.",
)  # fmt: skip
