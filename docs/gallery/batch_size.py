"""How large batches of handwritten digits should be."""

from __future__ import annotations

from sklearn.datasets import load_digits

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Batches of 8 to 512 beside those of 32."""
    X, y = load_digits(return_X_y=True)
    recipe = wellfit.Recipe(hidden=(64,), epochs=20, batch_size=32)
    return wellfit.studies.batch_size(recipe, X, y, seeds=2, n_jobs=1)
