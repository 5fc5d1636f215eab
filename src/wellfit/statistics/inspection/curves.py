"""Learning curves: medians and middle halves over networks of one recipe, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars
from numpy.typing import NDArray

from wellfit.frames import ResultFrame

MIDDLE_HALF = (0.25, 0.5, 0.75)
ROWS = ("training", "validation")


def learning_curves(history: polars.DataFrame, recipes: Sequence[str], measure: str) -> ResultFrame:
    """The median over the networks of each recipe at each epoch, and the middle half of them.

    A network that has stopped counts with its last measurement: the median of those that still train would leave out
    the ones that stopped for being good, or for being bad. What is NaN or infinite (a network has diverged) is the
    worst there is.

    history: columns member, epoch, training_loss and so on, as `Population.history`.
    recipes: of each member the name of its recipe.
    measure: "loss" or "error".

    Returns:
        Columns recipe, rows ("training" or "validation", both in evaluation mode), epoch, median, low and high (the
        quarters of the networks), networks (how many). Rows that were not measured (no validation rows) are left out.
    """
    names = np.array(recipes, dtype=object)[history["member"].to_numpy()] if history.height else np.empty(0, object)
    found = []
    for recipe in dict.fromkeys(recipes):
        own = history.filter(polars.Series(names == recipe, dtype=polars.Boolean))
        for rows in ROWS:
            found += [{"recipe": recipe, "rows": rows, **row} for row in _curve(own, f"{rows}_{measure}")]
    kinds = {"recipe": polars.String, "rows": polars.String, "epoch": polars.Float64, "median": polars.Float64,
             "low": polars.Float64, "high": polars.Float64, "networks": polars.Int64}  # fmt: skip
    return ResultFrame(found, schema=kinds)


def _curve(history: polars.DataFrame, column: str) -> list[dict[str, Any]]:
    """Quartiles at each epoch, over the networks that were measured at all."""
    epochs = np.unique(history["epoch"].to_numpy())
    lines = []
    for (_,), own in history.sort("epoch", maintain_order=True).group_by("member", maintain_order=True):
        values = own[column].to_numpy()
        if np.isfinite(values).any():
            lines.append(_carried(own["epoch"].to_numpy(), values, epochs))
    if not lines:
        return []
    quarters = np.quantile(np.array(lines), MIDDLE_HALF, axis=0, method="inverted_cdf")
    quarters[1] = np.median(np.array(lines), axis=0)
    return [
        {"epoch": float(epoch), "median": float(middle), "low": float(low), "high": float(high), "networks": len(lines)}
        for epoch, low, middle, high in zip(epochs, *quarters, strict=True)
    ]


def _carried(at: NDArray[np.float64], values: NDArray[np.float64], epochs: NDArray[np.float64]) -> NDArray[np.float64]:
    """A network's measurement at each epoch: the last one until then, or the first where none was before."""
    places = np.maximum(np.searchsorted(at, epochs, side="right") - 1, 0)
    return np.where(np.isfinite(values), values, np.inf)[places]
