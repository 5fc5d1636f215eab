"""A large network that never stops."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(
    batch_size=32, hidden=(256, 256), optimizer={"name": "adam", "learning_rate": 0.003}, epochs=150, stopping="none"
)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(
        lab,
        RECIPE,
        ("overfitting", "stopped-too-late", "over-confidence", "too-many-parameters"),
        digits(),
        training=120,
    )


EXPERIMENT = Experiment(
    "Sick recipe 10",
    "Two layers of 256 units on 90 rows for 150 epochs, the last weights kept: the training loss goes to zero "
    "while the validation loss rises. What is wrong, and what would you change?",
    claims_of("it overfits"), TAUGHT, COST, run,
    "The network learns the training rows by heart, and grows ever surer of answers that are wrong on others.",
)  # fmt: skip
