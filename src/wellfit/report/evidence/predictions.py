"""The predictions of known rows beside the truth: reliability, confusion, residuals, and the rows that cost most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import clean
from wellfit.frames import ResultFrame
from wellfit.report.evidence.looked_at import LookedAt
from wellfit.reprs import cut, significant
from wellfit.statistics.inspection.reliability import confusion, reliability
from wellfit.statistics.row_losses import row_losses
from wellfit.tables.arrays import Target
from wellfit.tables.columns.places import Places

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
WORST = 12  # rows that are listed
MOST_POINTS = 2_000  # of residuals
MOST_CLASSES = 40  # of a confusion matrix
MOST_PAIRS = 8  # of classes taken for one another that are listed
LONGEST = 40  # letters of a cell


def of_predictions(looked: LookedAt, values: Float64) -> dict[str, Any]:
    """What is kept of the predictions.

    looked: the rows. values: (rows, columns) as the ensemble predicts them.

    Returns:
        "rows" and "source"; of probabilities "reliability"; of classes "confusion", "classes" and "pairs"; of numbers
        "residuals", at most 2,000 points.
    """
    target, weight = looked.rows.target, looked.rows.weight
    kept: dict[str, Any] = {"rows": looked.rows.arrays.rows, "source": looked.source}
    if target.kind in ("binary", "classes", "labels"):
        kept["reliability"] = plain_frame(reliability(target, values, weight))
        if target.kind != "labels":
            kept |= _of_classes(target, values, weight)
        return kept
    outputs = [str(label) for label in target.labels] or [f"output {k}" for k in range(values.shape[1])]
    places = _sample(len(values))
    kept["residuals"] = {
        "outputs": outputs[: values.shape[1]],
        "observed": target.values[places].astype(np.float64).tolist(),
        "predicted": values[places].tolist(),
    }
    return kept


def _of_classes(target: Target, values: Float64, weight: NDArray[Any]) -> dict[str, Any]:
    """The confusion of classes: the matrix where it is not too large, each class's error, and the frequent mistakes."""
    table = confusion(target, values.argmax(axis=1), weight)
    rows = table.to_dicts()
    own = {row["true"]: row for row in rows if row["true"] == row["predicted"]}
    counts: dict[str, float] = {}
    for row in rows:
        counts[row["true"]] = counts.get(row["true"], 0.0) + row["rows"]
    classes = [
        {"class": name, "rows": counts[name], "right": own[name]["share"]} for name in counts if counts[name] > 0
    ]
    wrong = sorted((row for row in rows if row["true"] != row["predicted"] and row["rows"]), key=_most)
    kept: dict[str, Any] = {"classes": classes, "pairs": wrong[:MOST_PAIRS]}
    if len(target.labels) <= MOST_CLASSES:
        kept["confusion"] = plain_frame(table)
    return kept


def _most(row: dict[str, Any]) -> float:
    return -float(row["rows"])


def _sample(count: int) -> Int64:
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_POINTS, replace=False))


def worst_rows(looked: LookedAt, values: Float64, columns: Sequence[Places]) -> list[dict[str, Any]]:
    """The rows whose predictions cost most, the worst first.

    columns: of the table, whose cells are shown beside.

    Returns:
        Of each the row's number in its file, from 1; what is true and what was predicted, as text; the loss; its share
        of the loss of all rows; and some of its cells as text, by column.
    """
    target, rows = looked.rows.target, looked.rows
    losses, _ = row_losses(target, values)
    whole = float(losses @ rows.weight)
    order = np.argsort(-losses, kind="stable")[:WORST]
    numbers = np.arange(len(losses)) if rows.numbers is None else rows.numbers
    return [
        {
            "row": int(numbers[place]) + 1,
            "true": _truth(target, int(place)),
            "predicted": _predicted(target, values[place]),
            "loss": float(losses[place]),
            "share": float(losses[place] * rows.weight[place] / whole) if whole > 0 else None,
            "cells": {column.name: cell_text(looked, column, int(place)) for column in columns},
        }
        for place in order
    ]


def _truth(target: Target, place: int) -> str:
    """What is true of a row, in words."""
    own = target.values[place]
    if target.kind in ("binary", "classes"):
        return short(str(target.labels[int(own[0])]))
    if target.kind == "labels":
        return short(", ".join(str(name) for name, yes in zip(target.labels, own, strict=True) if yes > 0.5) or "none")
    return ", ".join(significant(value, 5) for value in own.astype(np.float64))


def _predicted(target: Target, values: Float64) -> str:
    """What was predicted for a row, in words."""
    if target.kind in ("binary", "classes"):
        chosen = int(values.argmax())
        return f"{short(str(target.labels[chosen]))} ({values[chosen]:.1%})"
    if target.kind == "labels":
        return short(", ".join(str(name) for name, p in zip(target.labels, values, strict=True) if p > 0.5) or "none")
    return ", ".join(significant(value, 5) for value in values)


def cell_text(looked: LookedAt, column: Places, place: int) -> str:
    """A cell of a number or a category as people know it; "" where it is missing."""
    known, arrays = column.column, looked.rows.arrays
    if known is None:
        return ""
    if column.codes:
        code = int(arrays.codes[place, column.codes[0]])
        return short(known.vocabulary[code]) if 0 <= code < len(known.vocabulary) else ""
    value = float(arrays.numbers[place, column.numbers[0]])
    return f"{value / known.factor + known.shift:.6g}" if np.isfinite(value) else ""


def short(text: str) -> str:
    """Text from the data on one line, cut where it is long."""
    return cut(clean(text), LONGEST)


def plain_frame(frame: ResultFrame) -> dict[str, list[Any]]:
    """A table as JSON holds it, column by column; NaN becomes null."""
    return {
        name: [None if isinstance(value, float) and not np.isfinite(value) else value for value in values]
        for name, values in frame.to_dict(as_series=False).items()
    }
