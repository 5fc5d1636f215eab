"""Targets of classes: their labels, and the code of each row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import Label, Target
from wellfit.tables.columns.target_values import plain_label, plain_labels
from wellfit.tables.distinct import distinct_values

_MOST_CLASSES = 0.5  # of the rows
_LEAST_ROWS = 20
_SHOWN = 5


def class_target(cells: NDArray[Any], labels: Sequence[Label] | None) -> Target:
    """Cells (rows,) as a target of classes. labels: the classes in index order; None: those that occur, rising."""
    if cells.ndim != 1:
        raise InputError(
            f"Classes stand in one column; got {cells.shape[1]} columns: ask for labels, or train on one at a time."
        )
    if cells.dtype.kind == "f" and labels is None and np.any(cells != np.round(cells)):
        bad = cells[cells != np.round(cells)][0]
        raise InputError(
            f"Classes are text or whole numbers; got {bad}: ask for numbers (Unknown label type: continuous)."
        )
    known = tuple(plain_label(label) for label in labels) if labels is not None else _distinct(cells)
    if len(known) < 2:
        raise InputError(
            "A classifier needs two classes or more, and the target is constant, only 1 class: check the column; "
            f"got {quoted(known[0])} in every row."
        )
    codes = _codes(cells, known)
    return Target("binary" if len(known) == 2 else "classes", codes[:, None].astype(np.float32), known)


def _distinct(cells: NDArray[Any]) -> tuple[Label, ...]:
    """Classes in rising order; a mixture of text and numbers is ordered as text."""
    if cells.dtype != object:
        return tuple(plain_label(value) for value in distinct_values(cells))
    values = set(plain_labels(cells))
    if all(isinstance(value, str) for value in values):
        return tuple(sorted(values, key=str))
    return tuple(sorted(values, key=lambda value: (str(value), str(type(value)))))


def _codes(cells: NDArray[Any], labels: tuple[Label, ...]) -> NDArray[np.int64]:
    """Index of each cell's class: equal values are equal classes, else equal texts are (1 and "1")."""
    if cells.dtype != object:
        distinct, places = np.unique(cells, return_inverse=True)
    else:
        each = plain_labels(cells)
        keys = list(dict.fromkeys(each))
        index = {key: place for place, key in enumerate(keys)}
        distinct = np.empty(len(keys), dtype=object)
        distinct[:] = keys
        places = np.fromiter(map(index.__getitem__, each), np.int64, len(each))
    by_value: dict[Hashable, int] = {label: place for place, label in enumerate(labels)}
    by_text = {str(label): place for place, label in enumerate(labels)}
    codes = [by_value.get(plain_label(v), by_text.get(str(plain_label(v)), -1)) for v in distinct.tolist()]
    if -1 in codes:
        unknown = plain_label(distinct.tolist()[codes.index(-1)])
        shown = ", ".join(repr(label) for label in labels[:_SHOWN]) + (", ..." if len(labels) > _SHOWN else "")
        raise InputError(
            f"The classes are {shown}, and the target has {quoted(unknown)}: remove its rows, or train with it."
        )
    return np.array(codes, dtype=np.int64)[places.ravel()]


def refuse_a_class_a_row(cells: NDArray[Any]) -> None:
    """InputError for text of which most rows have a class of their own."""
    if cells.dtype != object or len(cells) < _LEAST_ROWS:
        return
    distinct = list(dict.fromkeys(plain_labels(cells)))
    if len(distinct) > _MOST_CLASSES * len(cells):
        shown = ", ".join(repr(str(value)[:40]) for value in distinct[:3])
        raise InputError(
            f"The target has {len(distinct):,} classes in {len(cells):,} rows, too many to learn from: check it, "
            'ask for numbers (--task number, kind="number"), or for classes all the same (--task class, kind="class"); '
            f"got {shown}."
        )
