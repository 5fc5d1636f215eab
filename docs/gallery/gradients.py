"""Gradients over ten layers on the breast-cancer table of scikit-learn."""

from __future__ import annotations

from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Plain networks: no skip connections, no normalisation."""
    table = load_breast_cancer()
    return wellfit.studies.gradients(
        wellfit.Recipe.plain(epochs=10, batch_size=64), table.data, table.target, folds=3, seeds=2
    )
