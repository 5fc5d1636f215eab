"""A deep network of sigmoids."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(
    batch_size=32,
    hidden=(24,) * 6, activation="sigmoid", initialization="auto", epochs=20,
    optimizer={"name": "sgd", "learning_rate": 0.1},
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("vanishing-gradients", "saturated-units", "bad-initial-scale"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 3",
    "Six hidden layers of logistic sigmoids, plain descent: the loss stays at that of guessing from the first "
    "epoch to the last. What is wrong, and what would you change?",
    claims_of("gradients vanish"), TAUGHT, COST, run,
    "Each sigmoid multiplies the gradient by at most a quarter, so that the first layers hardly move.",
)  # fmt: skip
