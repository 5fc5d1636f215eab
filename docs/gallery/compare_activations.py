"""All activations on the handwritten digits of scikit-learn, their learning rates tuned equally."""

from __future__ import annotations

from sklearn.datasets import load_digits

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Two hidden layers, plain descent, six rates each."""
    X, y = load_digits(return_X_y=True)
    recipe = wellfit.Recipe.plain(hidden=(32, 32), epochs=30, stopping="best", scaling="none")
    return wellfit.studies.compare(
        recipe, X / 16, y, preset="activations", tune_rates=True, target_loss=0.2, folds=5, seeds=2, n_jobs=1
    )
