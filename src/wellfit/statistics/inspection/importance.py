"""Permutation importance of the columns of the user's table, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.statistics.intervals import LEAST_UNITS, around, units_of
from wellfit.statistics.metrics import Metric, MetricOnRows, checked_weight
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
    """How much worse predictions become when a column's cells are shuffled, a row a column.

    Everything that the networks make of a column (the parts of a date, the words of a text) is moved together. The
    loss is the metric's: of AUC, R2 and accuracies 1 minus them. Columns that tell the same stand in for one another,
    so that each of them alone seems to be worth little.

    predict: from arrays to probabilities (rows, classes or labels) or numbers (rows, outputs).
    arrays, target: of the same rows, which the networks should not have trained on.
    metric: of the loss. columns: those that are asked for.
    weight: (rows,) of 0 or more; None (default): 1 each.
    groups: (rows,); rows of one group are taken as one by the interval. None (default): rows are independent.
    repeats: how often each column is shuffled, 1 to 1,000 (default 5).
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
    given = checked_weight(weight, target)
    kept = np.flatnonzero(given > 0)
    arrays, target, given = arrays.take(kept), target.take(kept), given[kept]
    on_rows = metric.on_rows(target, given)
    why = on_rows.unmeasurable()
    if why:
        raise InputError(f"Importance is a rise of {metric.name}, which cannot be measured here: {why}.")
    rise = _Rise(on_rows, on_rows.compact(predict(arrays)), None if groups is None else np.asarray(groups)[kept])
    rows = []
    for place, column in enumerate(columns):
        orders = [np.random.default_rng([seed, place, k]).permutation(len(kept)) for k in range(repeats)]
        after = (on_rows.compact(predict(column.shuffled(arrays, order))) for order in orders)
        rows.append({"column": column.name, **rise.of(orders, after)})
    rows.sort(key=lambda row: -row["importance"])
    return ResultFrame(rows, infer_schema_length=None)


class _Rise:
    """The mean rise of a loss over repeats, with the interval that its dependence on each row gives.

    A row counts twice in a repeat: its own loss changes, and its cell changes the loss of another row. Both belong to
    the row, or to its group; intervals from the first alone hold the importance of a strong column far too seldom.
    """

    def __init__(self, on_rows: MetricOnRows, before: Float64, groups: NDArray[Any] | None) -> None:
        self.on_rows, self.base = on_rows, on_rows.loss(before)
        self.rows, self.units = units_of(on_rows.weight), units_of(on_rows.weight, groups)
        self.jackknife = self.units.effective >= LEAST_UNITS and not isinstance(on_rows, MedianAbsoluteError)
        self.before = self._influence(before) if self.jackknife else None

    def of(self, orders: Sequence[NDArray[np.int64]], after: Iterable[Float64]) -> dict[str, Any]:
        """Importance, low, high and spread. orders: of each repeat from which rows cells came. after: predictions."""
        rises, influences = [], []
        for order, form in zip(orders, after, strict=True):
            rises.append(self.on_rows.loss(form) - self.base)
            if self.before is not None:
                change = self._influence(form) - self.before
                influences.append(change + change[np.argsort(order)])
        rise = float(np.mean(rises))
        low, high = self._interval(rise, np.mean(influences, axis=0)) if influences else (None, None)
        spread = float(np.std(rises, ddof=1)) if len(rises) > 1 else None
        return {"importance": rise, "low": low, "high": high, "spread": spread}

    def _influence(self, form: Float64) -> Float64:
        """How much each row adds to the loss (rows,): its share times what its own loss has above the mean."""
        whole, without = self.on_rows.loss(form), left_out(self.on_rows, form, self.rows)
        return np.asarray((whole - without) * (1.0 - self.rows.share))

    def _interval(self, rise: float, influence: Float64) -> tuple[float | None, float | None]:
        """The 95 % interval; None where no prediction changes."""
        unit, count = self.units.unit, self.units.count
        each = influence if unit is None else np.bincount(unit, influence, count)
        error = math.sqrt(count / (count - 1) * float(np.sum((each - each.mean()) ** 2)))
        if not math.isfinite(rise) or not error > 1e-12 * abs(self.base):
            return None, None
        return around(rise, error, self.units.effective - 1)
