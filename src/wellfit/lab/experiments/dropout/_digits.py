"""The rows and the network that the experiments with dropout share."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Lab
from wellfit.lab.base.data import Rows, digits, samples
from wellfit.tables.arrays import View

# Overfits a few hundred digits: training error 0 within some epochs.
LARGE = wellfit.Recipe.plain(
    hidden=(256, 256), optimizer={"name": "momentum", "learning_rate": 0.02}, batch_size=32, scaling="none", epochs=100
)


def few_digits(lab: Lab, repeats: int, training: int = 400, validation: int = 0) -> tuple[Rows, list[View]]:
    """Digits, and samples of so many training and validation rows with 600 test rows each.

    repeats: samples at full size.
    """
    rows = digits()
    return rows, samples(lab.pick(2, 3, repeats), len(rows.y), training, 600, validation=validation)
