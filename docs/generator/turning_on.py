"""Techniques that a call turns on, not a slot of the recipe."""

from __future__ import annotations

# Families that are used by a call, not by a slot: Python that runs as it stands, with {name} for the technique.
CALLS: dict[str, str] = {
    "refit": """\
import numpy as np

import wellfit

X = np.random.default_rng(0).normal(size=(200, 3))
recipe = wellfit.Recipe(hidden=(8,), epochs=2)
found = wellfit.cross_validate(recipe, X, X[:, 0] > 0, folds=2)
again = wellfit.refit(found.population, "{name}")""",
}
