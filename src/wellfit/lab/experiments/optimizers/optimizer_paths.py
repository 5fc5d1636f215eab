"""Eight optimisers on a quadratic, a valley, a saddle, a plateau and a cliff, each at its best learning rate."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.lab.experiments.optimizers._paths import BY_NAME, arrival, path, picture

MEASURED = "updates to within 1 % of the way, of gradient descent over those of {}, geometric mean over drawn starts"
CLAIMS = (
    Claim(
        "quadratic",
        "On the quadratic momentum reaches the minimum sooner than gradient descent, each at its best rate",
        MEASURED.format("momentum"), least=1.0,
    ),
    Claim(
        "valley", "In the valley momentum reaches the minimum sooner than gradient descent, each at its best rate",
        MEASURED.format("momentum"), least=1.0,
    ),
    Claim(
        "saddle", "RMSProp leaves the saddle sooner than gradient descent, each at its best rate",
        MEASURED.format("RMSProp"), least=1.0,
    ),
    Claim(
        "plateau", "Adam leaves the plateau sooner than gradient descent, each at its best rate",
        MEASURED.format("Adam"), least=1.0,
    ),
)  # fmt: skip
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "nadam")
RIVALS = {"quadratic": "momentum", "valley": "momentum", "saddle": "rmsprop", "plateau": "adam"}


def run(lab: Lab) -> Answer:
    """Rates from the study of paths; then starts drawn near those of the study, at these rates."""
    updates, repeats = lab.pick(60, 150, 300), lab.pick(2, 4, 12)
    rates = np.geomspace(1e-3, 3, lab.pick(3, 8, 15)).round(4).tolist()
    study = wellfit.studies.optimizer_paths(optimizers=OPTIMIZERS, rates=rates, updates=updates)
    rows = study.table.to_dicts()
    best = {(row["function"], row["optimizer"]): row["learning_rate"] for row in rows}

    def taken(function: str, optimizer: str) -> list[int]:
        """Updates from each of the drawn starts; one that does not arrive counts as all of them."""
        surface = BY_NAME[function]
        starts = np.random.default_rng(0).normal(surface.start, 0.3, (repeats, 2))
        paths = [path(surface, optimizer, best[function, optimizer], updates, start) for start in starts]
        return [arrival(surface, one, updates) for one in paths]

    found = {function: ratio(taken(function, "sgd"), taken(function, rival)) for function, rival in RIVALS.items()}
    figures = tuple(
        picture(surface, {name: path(surface, name, best[function, name], updates) for name in OPTIMIZERS})
        for function, surface in BY_NAME.items()
    )
    return Answer(rows, found, figures)


EXPERIMENT = Experiment(
    "Paths of optimisers",
    "Eight optimisers begin at the same place on five functions of two parameters. Which of them crosses the quadratic "
    "first, which gets through the curved valley, and which gets away from the saddle and the plateau?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2, 8.3 and 8.5", (1.5, 4.5, 15.0), run,
    "On a quadratic whose curvatures are 1 and 30, the best rate shrinks the distance by 0.935 an update, momentum of "
    "0.9 by 0.949 at any rate that suits it: it pays where curvatures differ more. Optimisers with a rate of their own "
    "for each parameter take steps of nearly one length, also close to the minimum.",
)  # fmt: skip
