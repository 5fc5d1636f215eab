"""Partial dependence: the mean prediction when one column has the same value in all rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import Arrays
from wellfit.tables.columns.columns import Column
from wellfit.tables.columns.places import Places

Float64 = NDArray[np.float64]
ENDS = (0.05, 0.95)  # quantiles between which numbers are varied
MOST_CATEGORIES = 20


def partial_dependence(
    predict: Callable[[Arrays], Float64], arrays: Arrays, column: Places, values: Float64,
    weight: NDArray[Any] | None = None,
) -> Float64:  # fmt: skip
    """The mean prediction over all rows with each of some values in the column's place.

    It shows what the networks do, also where no real row is: where columns move together, rows are made that cannot be.

    predict: from arrays to probabilities or numbers (rows, outputs).
    values: (values,) as the arrays hold them; see `grid`.
    weight: (rows,) of 0 or more; None (default): 1 each.

    Returns:
        (values, outputs).

    Source: Friedman, "Greedy function approximation: a gradient boosting machine", 2001.
    """
    means = [np.average(predict(column.filled(arrays, value)), axis=0, weights=weight) for value in values.tolist()]
    return np.array(means, np.float64)


def grid(arrays: Arrays, column: Places, points: int) -> tuple[Float64, list[Any]]:
    """Values of a column as the arrays hold them, and as people know them.

    Of numbers: all distinct ones where they are no more than `points`, else evenly between the 5 % and the 95 %
    quantile. Of categories: those that occur, at most the 20 most frequent, in the order of the vocabulary.

    Raises:
        InputError: the column is no number and no category, or holds no value.
    """
    known = column.column
    if known is None and len(column.numbers) != 1:
        raise InputError(
            f"Partial dependence is drawn of numbers and categories; {quoted(column.name)} is stored sparse."
        )
    if known is not None and known.kind not in ("number", "category"):
        raise InputError(
            f"Partial dependence is drawn of numbers and categories; {quoted(column.name)} is a {known.kind}."
        )
    if column.codes:
        return _categories(arrays.codes[:, column.codes[0]], known)
    cells = arrays.numbers[:, column.numbers[0]].astype(np.float64)
    found = np.unique(cells[~np.isnan(cells)])
    if not len(found):
        raise InputError(f"Partial dependence needs values, and {quoted(column.name)} is missing in all rows.")
    if len(found) > points:
        low, high = np.quantile(cells[~np.isnan(cells)], ENDS)
        found = np.linspace(low, high, points) if high > low else np.array([low])
    shift, factor = (0.0, 1.0) if known is None else (known.shift, known.factor)
    return found, (found / factor + shift).tolist()


def _categories(codes: NDArray[np.int32], column: Column | None) -> tuple[Float64, list[Any]]:
    """The categories that occur."""
    vocabulary = () if column is None else column.vocabulary
    counts = np.bincount(codes[(codes >= 0) & (codes < len(vocabulary))], minlength=len(vocabulary))
    frequent = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_CATEGORIES, int((counts > 0).sum()))])
    if not len(frequent):
        raise InputError("Partial dependence needs values, and no row holds a category that training had.")
    return frequent.astype(np.float64), [vocabulary[code] for code in frequent]
