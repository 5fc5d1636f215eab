"""A learning rate far too low."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(batch_size=32, hidden=(32,), optimizer={"name": "sgd", "learning_rate": 1e-4}, epochs=20)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("learning-rate-too-low", "too-few-epochs", "still-improving"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 2",
    "Plain descent at a rate of 0.0001 for 20 epochs: both losses fall in a straight line, and end almost where "
    "they began. What is wrong, and what would you change?",
    claims_of("the learning rate is too low, or the epochs are too few"), TAUGHT, COST, run,
    "Steps are so short that twenty epochs lead nowhere; a larger rate or more epochs both help.",
)  # fmt: skip
