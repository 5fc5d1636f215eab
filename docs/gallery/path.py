"""The lasso path of a linear network on the diabetes table of scikit-learn."""

from __future__ import annotations

from sklearn.datasets import load_diabetes

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Full-batch descent with momentum, a soft threshold after each update, standardised columns."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    recipe = wellfit.Recipe.plain(
        hidden=(), batch_size="all", epochs=1000, optimizer={"name": "momentum", "learning_rate": 0.5}
    )
    strengths = [0, 0.003, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64]
    return wellfit.studies.path(recipe, X, y, slot="l1.strength", strengths=strengths, folds=10, seeds=1, n_jobs=1)
