"""Leaving out the rows whose target is unknown: of table, target, weights and views alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables import is_tasks, unknown_rows
from wellfit.tables.arrays import View
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.views.given_folds import check_rows, is_number_of_folds, views_of_pairs

Rows = NDArray[np.int64]


def known_rows(y: Any, kind: Any, choices: Choices = ANY) -> Rows:
    """Numbers of the rows whose target is known; of several tasks, at least one of them.

    Raises:
        InputError: there is none, or the target cannot be read.
    """
    if is_tasks(y):
        kinds = kind if isinstance(kind, Mapping) else {}
        names = list(y) if isinstance(y, Mapping) else list(y.columns)
        unknown = np.all([unknown_rows(y[name], kinds.get(str(name)), choices) for name in names], axis=0)
    else:
        unknown = unknown_rows(y, kind, choices)
    rows = np.flatnonzero(~unknown)
    if not rows.size:
        raise InputError(f"A target must be known in some row, and it is missing in all {len(unknown):,}: check it.")
    return rows


def rows_of(values: Any, rows: Rows) -> Any:
    """The given rows of a target, weights or groups; None and a single number as they are."""
    if values is None or np.ndim(values) == 0 and not hasattr(values, "__len__"):
        return values
    if is_tasks(values):
        names = list(values) if isinstance(values, Mapping) else list(values.columns)
        return {str(name): rows_of(values[name], rows) for name in names}
    cells = values.to_numpy() if hasattr(values, "to_numpy") else values
    return cells[rows] if isinstance(cells, np.ndarray) else [cells[row] for row in rows.tolist()]


def views_of_rows(views: View | Sequence[View], rows: Rows, count: int) -> list[View]:
    """Views of so many rows as views of the given ones, whose numbers change; the others are left out.

    Raises:
        InputError: a view has no training row left, or rows that are not given.
    """
    views = [views] if isinstance(views, View) else list(views)
    check_rows(views, count)
    places = np.full(count, -1, dtype=np.int64)
    places[rows] = np.arange(len(rows))
    return [_view(view, places) for view in views]


def folds_of_rows(folds: Any, rows: Rows, count: int) -> Any:
    """Folds of so many rows as folds of the given ones; a number and a splitter stay as they are.

    Raises:
        InputError: folds that do not fit so many rows.
    """
    if folds is None or is_number_of_folds(folds) or hasattr(folds, "split"):
        return folds
    column = hasattr(folds, "to_numpy") or isinstance(folds, np.ndarray)
    if not column and (isinstance(folds, str | bytes | dict) or not isinstance(folds, Iterable)):
        return folds  # refused where folds become views
    given = folds if column else list(folds)
    if not isinstance(given, list) or not any(isinstance(one, tuple | list | View | np.ndarray) for one in given):
        if len(given) != count:
            raise InputError(f"There must be one value of folds for each row; got {len(given)} for {count} rows.")
        return rows_of(given, rows)
    return views_of_rows(views_of_pairs(given, folds), rows, count)


def _view(view: View, places: Rows) -> View:
    kept = places[view.training] >= 0
    if not kept.any():
        raise InputError(f"The view {quoted(view.name)} has no training row with a known target: give others.")
    parts: dict[str, Any] = {part: places[view.rows_of(part)] for part in ("training", "validation", "test")}
    parts = {part: numbers[numbers >= 0] for part, numbers in parts.items()}
    return replace(view, **parts, weight=None if view.weight is None else np.asarray(view.weight)[kept])
