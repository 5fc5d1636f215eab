"""A layer of one unit."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(batch_size=32, hidden=(1,), optimizer={"name": "adam", "learning_rate": 0.01}, epochs=40)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("too-few-units", "underfitting"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 9",
    "One hidden unit, ten classes: training and validation loss end together, far above zero. What is wrong, "
    "and what would you change?",
    claims_of("the units are too few"), TAUGHT, COST, run,
    "All that the network knows of a digit must pass through one number.",
)  # fmt: skip
