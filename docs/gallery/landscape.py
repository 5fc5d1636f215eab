"""The loss around networks trained on the wine table of scikit-learn."""

from __future__ import annotations

from sklearn.datasets import load_wine

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Two hidden layers of tanh, which has no kinks, without penalties: the loss itself."""
    table = load_wine()
    recipe = wellfit.Recipe.plain(
        (8, 8), activation="tanh", epochs=60, batch_size=32, optimizer={"name": "momentum", "learning_rate": 0.03}
    )
    return wellfit.studies.landscape(recipe, table.data, table.target, widths=[2, 4, 8, 16, 32], seeds=6, folds=3)
