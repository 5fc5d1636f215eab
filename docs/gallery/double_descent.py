"""Double descent by width on scikit-learn's digits, with and without noise on the training labels."""

from __future__ import annotations

from sklearn.datasets import load_digits

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """One hidden layer of 2 to 256 units, on 500 of the digits; three labels of ten redrawn."""
    X, y = (one[:1000] for one in load_digits(return_X_y=True))
    recipe = wellfit.Recipe.plain(hidden=(2,)).vary(
        {
            "optimizer": {"name": "momentum", "learning_rate": 0.05},
            "epochs": 100,
            "batch_size": 32,
            "scaling": "none",
        }
    )
    return wellfit.studies.double_descent(
        recipe, X / 16, y, values=(2, 3, 4, 6, 8, 11, 16, 23, 32, 64, 128, 256, 512), label_noise=(0.0, 0.3), folds=2,
        seeds=10, n_jobs=1,
    )  # fmt: skip
