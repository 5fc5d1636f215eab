"""All optimisers on the handwritten digits of scikit-learn, their learning rates tuned equally."""

from __future__ import annotations

from sklearn.datasets import load_digits

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """One hidden layer, a constant rate, six rates each."""
    X, y = load_digits(return_X_y=True)
    recipe = wellfit.Recipe.plain(
        hidden=(32,), epochs=30, batch_size=64, optimizer="adam", stopping="best", scaling="none"
    )
    return wellfit.studies.compare(
        recipe, X / 16, y, preset="optimizers", tune_rates=True, target_loss=0.2, folds=5, seeds=2, n_jobs=1
    )
