"""Distinct values and sets of row numbers, by sorting and by marking rows.

NumPy's own `unique`, `isin`, `setdiff1d` and `intersect1d` hash each value, which takes seconds for a million
different ones; sorting takes a twentieth of that, and marking rows, whose numbers are small, a hundredth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]


def distinct_values(values: NDArray[Any]) -> NDArray[Any]:
    """The different values, rising. values: of any shape, without NaN.

    >>> distinct_values(np.array([3.0, 1.0, 3.0])).tolist()
    [1.0, 3.0]
    """
    flat = values.ravel()
    if bool((flat[1:] > flat[:-1]).all()):  # as row numbers mostly are
        return np.array(flat)
    ordered = np.sort(flat)
    keep = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return np.asarray(ordered[keep])


def are_among(rows: Int64, some: Int64) -> NDArray[np.bool_]:
    """Whether each row is among some rows (rows,). rows, some: numbers of 0 or more.

    >>> are_among(np.array([4, 0, 2]), np.array([2, 3])).tolist()
    [False, False, True]
    """
    marked = np.zeros(max(int(rows.max(initial=0)), int(some.max(initial=0))) + 1, bool)
    marked[some] = True
    return np.asarray(marked[rows], bool)


def rows_without(rows: Int64, some: Int64) -> Int64:
    """The rows that are not among some rows, rising. rows, some: numbers of 0 or more."""
    return distinct_values(rows[~are_among(rows, some)])


def rows_in_both(rows: Int64, some: Int64) -> Int64:
    """The rows that are among some rows, rising. rows, some: numbers of 0 or more."""
    return distinct_values(rows[are_among(rows, some)])


def smallest_places(values: NDArray[Any], count: int) -> NDArray[np.int64]:
    """The places of the `count` smallest values (count,), rising; of equal ones the first. values: (n,), no fewer.

    >>> smallest_places(np.array([2.0, 1.0, 2.0, 0.0]), 3).tolist()
    [0, 1, 3]
    """
    if count >= len(values):
        return np.arange(len(values))
    most = np.partition(values, count)[count]  # all are below it, but for equal ones
    below = np.flatnonzero(values < most)
    equal = np.flatnonzero(values == most)[: count - len(below)]
    return np.sort(np.concatenate([below, equal]))
