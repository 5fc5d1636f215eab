"""A learning rate far too high."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(batch_size=32, hidden=(32,), optimizer={"name": "sgd", "learning_rate": 2.0}, epochs=20)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("learning-rate-too-high",), digits())


EXPERIMENT = Experiment(
    "Sick recipe 1",
    "Plain descent at a rate of 2 on digits whose pixels are scaled: the loss jumps and stays far above that "
    "of guessing. What is wrong, and what would you change?",
    claims_of("the learning rate is too high"), TAUGHT, COST, run,
    "A step longer than the valley is wide climbs its other side; every step climbs further.",
)  # fmt: skip
