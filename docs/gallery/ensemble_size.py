"""How many networks to average for handwritten digits."""

from __future__ import annotations

from sklearn.datasets import load_digits

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Up to twelve networks on each of five folds."""
    X, y = load_digits(return_X_y=True)
    return wellfit.studies.ensemble_size(wellfit.Recipe(hidden=(32, 32), epochs=40), X, y, members=12, n_jobs=1)
