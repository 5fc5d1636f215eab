"""Equal tuning takes the rate with the lowest validation loss in each view, and measures it on test rows."""

from __future__ import annotations

import numpy as np

from wellfit.lab.base.tuning import chosen

NAN = np.nan


def test_the_lowest_validation_loss_decides() -> None:
    losses = np.array([[[3.0, 1.0], [2.0, 2.0]], [[NAN, 5.0], [4.0, NAN]]])  # 2 recipes, 2 rates, 2 views
    errors = np.array([[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]]])
    found, rates = chosen(("a", "b"), (0.1, 1.0), losses, errors)
    assert {name: one.tolist() for name, one in found.items()} == {"a": [0.3, 0.2], "b": [0.7, 0.6]}
    assert {name: one.tolist() for name, one in rates.items()} == {"a": [1.0, 0.1], "b": [1.0, 0.1]}
