"""Whether more handwritten digits would help."""

from __future__ import annotations

from sklearn.datasets import load_digits

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """From 127 to 1,438 digits in training, measured on the others."""
    X, y = load_digits(return_X_y=True)
    return wellfit.studies.learning_curve(wellfit.Recipe(hidden=(32, 32), epochs=40), X, y, seeds=3, n_jobs=1)
