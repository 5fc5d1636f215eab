"""Almost every unit dropped."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(batch_size=32, hidden=(64, 64), optimizer="adam", dropout=0.9, epochs=30)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("regularisation-too-strong", "underfitting"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 8",
    "Dropout at a rate of 0.9 in both hidden layers: the training loss, measured without dropout, stays high. "
    "What is wrong, and what would you change?",
    claims_of("regularisation is too strong"), TAUGHT, COST, run,
    "With a tenth of the units left, each update sees a network that is too small for the task.",
)  # fmt: skip
