"""A penalty that holds all weights near zero."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(batch_size=32, hidden=(64,), optimizer="adam", l2=1.0, epochs=30)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("regularisation-too-strong", "underfitting"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 7",
    "An L2 penalty of strength 1: training and validation loss end together, far above what the same network "
    "reaches without. What is wrong, and what would you change?",
    claims_of("regularisation is too strong"), TAUGHT, COST, run,
    "Both losses high and close together is underfitting; the penalty, not the network, is the limit.",
)  # fmt: skip
