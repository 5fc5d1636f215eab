"""Initial weights far too large."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(
    batch_size=32,
    hidden=(32, 32),
    activation="tanh",
    optimizer="adam",
    initialization={"name": "normal", "sd": 3.0},
    epochs=20,
)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("bad-initial-scale", "saturated-units"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 5",
    "Units of tanh whose weights begin with a standard deviation of 3: the loss begins far above that of "
    "guessing and falls slowly. What is wrong, and what would you change?",
    claims_of("the initial weights are too large"), TAUGHT, COST, run,
    "Large weights push tanh into its flat ends, where gradients are almost zero, and make confident wrong "
    "answers.",
)  # fmt: skip
