"""All weights begin at one value."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Answer, Experiment, Lab
from wellfit.lab.base.data import digits
from wellfit.lab.experiments.sick._sick import COST, TAUGHT, claims_of, examined

RECIPE = wellfit.Recipe.plain(
    batch_size=32, hidden=(32, 32), optimizer="adam", initialization={"name": "constant", "value": 0.1}, epochs=20
)


def run(lab: Lab) -> Answer:
    """The doctor looks at the recipe on samples of the digits."""
    return examined(lab, RECIPE, ("symmetric-units", "bad-initial-scale"), digits())


EXPERIMENT = Experiment(
    "Sick recipe 4",
    "All weights begin at 0.1, with Adam: the loss falls a little, and then no further, however wide the layers "
    "are. What is wrong, and what would you change?",
    claims_of("units are symmetric"), TAUGHT, COST, run,
    "Units of one layer with equal weights get equal gradients, and stay equal: a layer of 32 is a layer of "
    "one.",
)  # fmt: skip
