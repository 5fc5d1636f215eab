"""Polynomial logistic regression on two columns, as lectures show it: too flexible, about right, too stiff."""

from __future__ import annotations

from sklearn.datasets import make_moons

import wellfit
from wellfit.studies import Study

ROWS = 118


def run() -> Study:
    """All products of two columns up to degree 6, at lambda = 0, 0.1, 1, 10 and 100 in the notation of lectures."""
    X, y = make_moons(ROWS, noise=0.35, random_state=3)
    recipe = wellfit.Recipe.plain(
        hidden=(), batch_size="all", epochs=3000, optimizer={"name": "momentum", "learning_rate": 0.1}
    )
    trained_on = 0.8 * ROWS  # lectures divide lambda by the rows
    strengths = [strength / trained_on for strength in (0, 0.1, 1, 10, 100)]
    return wellfit.studies.path(
        recipe, {"x": X[:, 0], "y": X[:, 1]}, y, slot="l2.strength", strengths=strengths, degree=6, folds=5,
        partitions=2, seeds=1, n_jobs=1,
    )  # fmt: skip
