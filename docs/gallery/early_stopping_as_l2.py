"""Early stopping as an L2 penalty on the diabetes table of scikit-learn."""

from __future__ import annotations

from sklearn.datasets import load_diabetes

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Sixty steps; the target, whole numbers, is taken as numbers."""
    table = load_diabetes()
    return wellfit.studies.early_stopping_as_l2(table.data, table.target, steps=60, kind="number")
