"""What units do on the breast-cancer table of scikit-learn."""

from __future__ import annotations

from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Three hidden layers, momentum."""
    table = load_breast_cancer()
    recipe = wellfit.Recipe.plain(
        (16, 16, 16), epochs=30, batch_size=64, optimizer={"name": "momentum", "learning_rate": 0.05}
    )
    return wellfit.studies.activations(recipe, table.data, table.target, folds=5, seeds=2)
