"""Learning rates for a network on the breast-cancer table of scikit-learn."""

from __future__ import annotations

from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Eight seeds of 500 updates."""
    table = load_breast_cancer()
    recipe = wellfit.Recipe(hidden=(64, 64), batch_size=32, optimizer="momentum")
    return wellfit.studies.range_test(recipe, table.data, table.target)
