"""Training ends too soon."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(batch_size=32, hidden=(64,), optimizer="adam", epochs=1)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("too-few-epochs", "still-improving", "learning-rate-too-low"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 6",
    "A sound network with Adam, for one epoch: both losses are still falling when it ends, and lie close "
    "together. What is wrong, and what would you change?",
    claims_of("the epochs are too few"), TAUGHT, COST, run,
    "Nothing is wrong but the length: the validation loss still falls when training stops.",
)  # fmt: skip
