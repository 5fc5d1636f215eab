"""What the predictions depend on: the importance of columns and partial dependence, as far as the time goes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from wellfit.errors import InputError
from wellfit.report.evidence.clock import Clock
from wellfit.report.evidence.looked_at import LookedAt
from wellfit.report.evidence.predictions import plain_frame
from wellfit.statistics.inspection.importance import permutation_importance
from wellfit.statistics.inspection.partial_dependence import grid, partial_dependence
from wellfit.statistics.metrics import metric_of
from wellfit.statistics.scores import score_title
from wellfit.tables import Schema
from wellfit.tables.columns.places import Places, places_of

EFFORTS = ((2_000, 5), (1_000, 5), (1_000, 3), (500, 3), (300, 2), (200, 2), (200, 1))  # rows, repeats
TRIED = 200  # rows, by whose prediction the time of more is reckoned
MORE = 1.2  # times the time of predicting, for all that importance needs beside
IMPORTANCE_SHARE, DEPENDENCE_SHARE = 0.8, 0.2  # of the seconds left
POINTS, MOST_DEPENDENCES = 15, 4
MOST_OUTPUTS = 6  # classes whose probability moves most
DEPENDENCE_ROWS = (500, 200, 100)
DRAWN_KINDS = ("number", "category")


def columns_of(schema: Schema) -> tuple[Places, ...]:
    """The columns of a table; none of images."""
    return () if schema.image is not None else places_of(schema)


def shown_columns(columns: Sequence[Places], ranked: Sequence[str], most: int) -> list[Places]:
    """Numbers and categories, the important ones first."""
    known = {one.name: one for one in columns if one.column is not None and one.column.kind in DRAWN_KINDS}
    order = [*ranked, *(name for name in known if name not in ranked)]
    return [known[name] for name in order if name in known][:most]


def importance(looked: LookedAt, columns: Sequence[Places], metric: str | None, clock: Clock) -> dict[str, Any] | None:
    """The permutation importance of columns, on as many rows as there is time for.

    metric: that the ensemble was chosen by; None: the target's own.

    Returns:
        The table, how many rows and repeats, and the loss in words; None where the time is too short.

    Raises:
        InputError: the metric cannot be measured on these rows.
    """
    chosen = metric_of(metric, looked.rows.target.kind)
    seconds = clock.share(IMPORTANCE_SHARE)
    a_row = _seconds_a_row(looked)
    for most, repeats in EFFORTS:
        few = looked.sample(most)
        count = few.rows.arrays.rows
        if a_row * count * (1 + repeats * len(columns)) * MORE <= seconds:
            table = permutation_importance(
                few.predict, few.rows.arrays, few.rows.target, chosen, columns, weight=few.rows.weight,
                groups=few.rows.groups, repeats=repeats,
            )  # fmt: skip
            title = score_title(chosen.name)
            loss = f"1 - {title}" if chosen.greater_is_better else title
            return {"table": plain_frame(table), "rows": count, "repeats": repeats, "loss": loss}
    return None


def _seconds_a_row(looked: LookedAt) -> float:
    """What predicting a row takes."""
    few = looked.sample(TRIED)
    started = time.perf_counter()
    few.predict(few.rows.arrays)
    return (time.perf_counter() - started) / few.rows.arrays.rows


def dependences(looked: LookedAt, columns: Sequence[Places], clock: Clock) -> list[dict[str, Any]]:
    """The partial dependence on columns, the first ones first, on as many of them as there is time for."""
    found: list[dict[str, Any]] = []
    a_row = _seconds_a_row(looked)
    for column in columns:
        if len(found) == MOST_DEPENDENCES:
            break
        seconds = clock.share(DEPENDENCE_SHARE)
        rows = next((rows for rows in DEPENDENCE_ROWS if a_row * rows * POINTS * MORE <= seconds), None)
        if rows is None:
            break
        one = _dependence(looked.sample(rows), column)
        if one is not None:
            found.append(one)
    return found


def _dependence(looked: LookedAt, column: Places) -> dict[str, Any] | None:
    """None where no row has a value."""
    arrays, target = looked.rows.arrays, looked.rows.target
    try:
        values, shown = grid(arrays, column, POINTS)
    except InputError:  # missing in all of these rows
        return None
    means = partial_dependence(looked.predict, arrays, column, values, looked.rows.weight)
    first = 1 if target.kind == "binary" else 0
    labels = [str(label) for label in target.labels] or ["prediction"]
    moved = sorted(range(first, means.shape[1]), key=lambda k: -float(np.ptp(means[:, k])))[:MOST_OUTPUTS]
    outputs = [(labels[k], means[:, k]) for k in sorted(moved)]
    probability = target.kind in ("binary", "classes", "labels")
    what = f"probability of {labels[1]}" if target.kind == "binary" else "probability" if probability else "prediction"
    rows = [
        {"value": value, "prediction": float(one), "output": name}
        for name, line in outputs for value, one in zip(shown, np.asarray(line), strict=True)
    ]  # fmt: skip
    if means.shape[1] > MOST_OUTPUTS:
        what += f" of the {MOST_OUTPUTS} classes that it moves most"
    return {"column": column.name, "what": what, "numbers": not column.codes, "rows": rows}
