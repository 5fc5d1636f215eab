"""Whether the probabilities for handwritten digits can be believed."""

from __future__ import annotations

from sklearn.datasets import load_digits

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """A network that is trained for long, without dropout and without stopping early."""
    X, y = load_digits(return_X_y=True)
    recipe = wellfit.Recipe(hidden=(64,), epochs=60, dropout=0.0, stopping="none")
    return wellfit.studies.calibration(recipe, X, y, partitions=2, seeds=2, n_jobs=1)
