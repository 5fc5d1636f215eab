"""Smoothness against an L2 penalty on the diabetes table of scikit-learn."""

from __future__ import annotations

from sklearn.datasets import load_diabetes

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Two layers of tanh, Adam, five strengths."""
    table = load_diabetes()
    recipe = wellfit.Recipe.plain((32, 32), activation="tanh", epochs=60, batch_size=32, optimizer="adam")
    return wellfit.studies.smoothness(recipe, table.data, table.target, kind="number", seeds=2)
