"""Permutation importance of the columns of the user's table, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.statistics.intervals import LEAST_UNITS, Units, around, units_of
from wellfit.statistics.metrics import Metric, MetricOnRows
from wellfit.statistics.metrics.formulas import MedianAbsoluteError
from wellfit.statistics.scores.left_out import left_out
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.columns.places import Places

Float64 = NDArray[np.float64]
Predict = Callable[[Arrays], Float64]
MOST_REPEATS = 1_000


def permutation_importance(
    predict: Predict,
    arrays: Arrays,
    target: Target,
    metric: Metric,
    columns: Sequence[Places],
    *,
    weight: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
    repeats: int = 5,
    seed: int = 0,
) -> ResultFrame:
    """How much worse predictions become when a column's cells are dealt anew to the rows, a row a column.

    Everything that the networks make of a column (the parts of a date, the words of a text) is moved together. The
    loss is the metric's: of AUC, R2 and accuracies 1 minus them. Columns that tell the same stand in for one another,
    so that each of them alone seems to be worth little.

    predict: from arrays to probabilities (rows, classes or labels) or numbers (rows, outputs).
    arrays, target: of the same rows, which the networks should not have trained on.
    metric: of the loss. columns: those that are asked for.
    weight: (rows,) of 0 or more; None (default): 1 each.
    groups: (rows,); rows of one group are taken as one by the interval. None (default): rows are independent.
    repeats: how often each column is dealt anew, 1 to 1,000 (default 5).
    seed: of the dealing (default 0).

    Returns:
        Columns column; importance, the mean rise of the loss; low and high, the ends of its 95 % interval on new rows
        like these, for the same networks (null of fewer than 10 rows, of a median, and where no prediction changes);
        spread, the standard deviation over repeats (null of one). The most important column comes first.

    Raises:
        InputError: repeats is no such number, or the metric cannot be measured on these rows.

    Source: Breiman, "Random forests", 2001; Fisher, Rudin & Dominici, "All models are wrong, but many are useful",
    2019.
    """
    if type(repeats) is not int or not 1 <= repeats <= MOST_REPEATS:
        raise InputError(f"Repeats are a whole number from 1 to {MOST_REPEATS}; got {quoted(repeats)}: take 5.")
    on_rows = metric.on_rows(target, weight)
    why = on_rows.unmeasurable()
    if why:
        raise InputError(f"Importance is a rise of {metric.name}, which cannot be measured here: {why}.")
    kept = slice(None) if on_rows.kept is None else on_rows.kept
    units = units_of(on_rows.weight, None if groups is None else np.asarray(groups)[kept])
    before = on_rows.compact(predict(arrays))
    rows = []
    for place, column in enumerate(columns):
        orders = [np.random.default_rng([seed, place, k]).permutation(arrays.rows) for k in range(repeats)]
        after = (on_rows.compact(predict(column.shuffled(arrays, order))) for order in orders)
        rows.append({"column": column.name, **_rise(on_rows, before, after, units)})
    rows.sort(key=lambda row: -row["importance"])
    return ResultFrame(rows, infer_schema_length=None)


def _rise(on_rows: MetricOnRows, before: Float64, after: Any, units: Units) -> dict[str, Any]:
    """The mean rise of the loss, its interval by the jackknife over rows or groups, and its spread over repeats."""
    base, rises, without = on_rows.loss(before), [], []
    jackknife = units.effective >= LEAST_UNITS and not isinstance(on_rows, MedianAbsoluteError)
    for form in after:
        rises.append(on_rows.loss(form) - base)
        if jackknife:
            without.append(left_out(on_rows, form, units))
    rise = float(np.mean(rises))
    low = high = None
    if jackknife:
        error = units.standard_error(np.mean(without, axis=0) - left_out(on_rows, before, units))
        if error > 1e-12 * abs(base) and math.isfinite(rise):
            low, high = around(rise, error, units.effective - 1)
    spread = float(np.std(rises, ddof=1)) if len(rises) > 1 else None
    return {"importance": rise, "low": low, "high": high, "spread": spread}
