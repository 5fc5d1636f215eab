"""What simple predictors reach on the validation rows of each view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wellfit.recipe import Recipe
from wellfit.statistics.row_losses import row_losses
from wellfit.tables.arrays import View
from wellfit.tables.split import LabelledRows
from wellfit.training.measure import baseline_predictions

Float64 = NDArray[np.float64]


def baseline_losses(
    rows: LabelledRows, views: Sequence[View], recipe: Recipe, seed: int = 0, seconds: float | None = None
) -> dict[str, Float64]:
    """Mean losses (views,) of a constant, a linear model and the nearest neighbour, fitted on its training rows.

    They are those of `row_losses`, on validation rows; without such rows NaN. Of several tasks nothing is measured.

    rows: all of them. recipe: by whose scaling columns are encoded. seed: of drawing rows of a large table.
    seconds: that they may take for one view, about. None (default): no limit.
    """
    if rows.target.tasks:
        return {}
    found: dict[str, list[float]] = {}
    for view in views:
        held = view.validation[rows.weight[view.validation] > 0]
        if not len(held):
            return {}
        known = baseline_predictions(rows.take(view.training), rows.arrays.take(held), recipe, seed, seconds)
        for one in known:
            losses, _ = row_losses(rows.target.take(held), one.values)
            found.setdefault(one.name, []).append(float(np.average(losses, weights=rows.weight[held])))
    return {name: np.array(values) for name, values in found.items()}
