"""The images, and the network, that the experiments with adversarial rows share."""

from __future__ import annotations

import wellfit
from wellfit.lab.base import Lab
from wellfit.lab.base.data import Rows, digits, mnist, samples
from wellfit.tables.arrays import View

PLAIN = wellfit.Recipe.plain(hidden=(128, 128), optimizer="adam", batch_size=64, scaling="none")


def images(lab: Lab, repeats: int) -> tuple[Rows, list[View], float]:
    """Digits, or MNIST from a folder of data; samples of training and test rows; the size of a step.

    repeats: samples at full size.
    """
    count = lab.pick(2, 3, repeats)
    if lab.data is not None:  # 0.25, as Goodfellow et al. took for MNIST
        rows = mnist(lab.data)[0]
        return rows, samples(count, len(rows.y), lab.pick(500, 3000, 10_000), 2000), 0.25
    rows = digits()
    return rows, samples(count, len(rows.y), 1000, 700), 0.15
