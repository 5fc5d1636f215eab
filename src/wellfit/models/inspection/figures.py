"""The figures of a model on rows whose target is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.figures import Figure
from wellfit.figures.results import (
    confusion_figure,
    dependence_figure,
    importance_figure,
    reliability_figure,
    residual_figures,
)
from wellfit.frames import ResultFrame
from wellfit.models.inspection.known_rows import KnownRows, predicted
from wellfit.reprs import names
from wellfit.statistics.inspection.importance import permutation_importance
from wellfit.statistics.inspection.partial_dependence import grid, partial_dependence
from wellfit.statistics.inspection.reliability import confusion, reliability
from wellfit.statistics.metrics import metric_of
from wellfit.statistics.scores import score_title
from wellfit.tables.arrays import Arrays
from wellfit.tables.columns.places import Places, places_of

if TYPE_CHECKING:
    from wellfit.models.model.predictor import Predictor

Float64 = NDArray[np.float64]
MOST_ROWS = 2_000  # of which importance and partial dependence are taken in a display
MOST_COLUMNS = 200  # of more columns, as of a sparse table of words, importance is not among a display's figures
DEPENDENCES = 4  # columns in a display whose partial dependence is drawn
POINTS = 20
DRAWN_KINDS = ("number", "category")


def display_figures(known: KnownRows) -> Iterator[Figure]:
    """All figures, one after the other, the cheap ones first."""
    if known.target.kind in ("binary", "classes", "labels"):
        yield reliability_of(known, 10)
        if known.target.kind != "labels":
            yield confusion_of(known)
    else:
        yield from residuals_of(known)
    if known.model.schema.image is None and len(places_of(known.model.schema)) <= MOST_COLUMNS:
        found = importance_of(known, None, 5, 0, MOST_ROWS)
        yield found
        yield from _dependences(known, found.frame["column"].to_list())


def reliability_of(known: KnownRows, bins: int) -> Figure:
    """The reliability of probabilities."""
    if known.target.kind not in ("binary", "classes", "labels"):
        raise InputError(f"Reliability is that of probabilities, and this model predicts {known.target.kind}.")
    return reliability_figure(reliability(known.target, known.predict(known.arrays), known.weight, bins=bins))


def confusion_of(known: KnownRows) -> Figure:
    """Which classes are predicted as which."""
    chosen = known.predict(known.arrays).argmax(axis=1)
    return confusion_figure(confusion(known.target, chosen, known.weight))


def residuals_of(known: KnownRows) -> list[Figure]:
    """Observed against predicted numbers, and what is left over."""
    observed = known.target.values.astype(np.float64)
    return residual_figures(observed, known.predict(known.arrays), known.model.labels)


def importance_of(known: KnownRows, metric: str | None, repeats: int, seed: int, most_rows: int) -> Figure:
    """The importance of each column of the user's table."""
    chosen, rows = metric_of(metric, known.target.kind), known.sample(most_rows)
    table = permutation_importance(
        rows.predict, rows.arrays, rows.target, chosen, places_of(known.model.schema), weight=rows.weight,
        groups=rows.groups, repeats=repeats, seed=seed,
    )  # fmt: skip
    few = rows.arrays.rows < known.arrays.rows
    remark = f" Measured on {rows.arrays.rows:,} of {known.arrays.rows:,} rows, taken at random." if few else ""
    title = score_title(chosen.name)
    return importance_figure(table, f"1 - {title}" if chosen.greater_is_better else title, repeats, remark)


def dependence_of(model: Predictor, arrays: Arrays, column: Places, weight: Any, points: int, n_jobs: int) -> Figure:
    """The partial dependence on one column."""
    values, shown = grid(arrays, column, points)
    means = partial_dependence(lambda rows: predicted(model, rows, n_jobs), arrays, column, values, weight)
    outputs: list[tuple[str, Float64]]
    if model.kind == "binary":
        outputs = [(str(model.labels[1]), means[:, 1])]
        what = f"probability of {model.labels[1]}"
    else:
        outputs = [(str(label), means[:, k]) for k, label in enumerate(model.labels)]
        what = "probability" if model.kind in ("classes", "labels") else "prediction"
    rows = [
        {"value": value, "prediction": float(one), "output": name}
        for name, line in outputs for value, one in zip(shown, line, strict=True)
    ]  # fmt: skip
    return dependence_figure(ResultFrame(rows, infer_schema_length=None), column.name, what, not column.codes)


def place_of(model: Predictor, column: str) -> Places:
    """Where a column stands.

    Raises:
        InputError: networks see no column of this name.
    """
    places = places_of(model.schema)
    for place in places:
        if place.name == column:
            return place
    raise InputError(f"The networks see the columns {names([p.name for p in places], 8)}; got {quoted(column)}.")


def _dependences(known: KnownRows, columns: list[str]) -> Iterator[Figure]:
    """The first few columns of which it can be drawn."""
    rows = known.sample(MOST_ROWS)
    places = {place.name: place for place in places_of(known.model.schema)}
    drawable = [places[c] for c in columns if places[c].column is not None and _drawable(places[c], rows.arrays)]
    taken: set[str] = set()
    for number, place in enumerate(drawable[:DEPENDENCES], 1):
        figure = dependence_of(known.model, rows.arrays, place, rows.weight, POINTS, known.n_jobs)
        # Two columns may differ in what a file's name cannot hold.
        yield replace(figure, name=f"{figure.name}-{number}") if figure.name in taken else figure
        taken.add(figure.name)


def _drawable(place: Places, arrays: Arrays) -> bool:
    """Whether a column is a number or a category, and some of these rows has a value."""
    if place.column is None or place.column.kind not in DRAWN_KINDS:
        return False
    if place.codes:
        codes = arrays.codes[:, place.codes[0]]
        return bool(((codes >= 0) & (codes < len(place.column.vocabulary))).any())
    return bool(np.isfinite(arrays.numbers[:, place.numbers[0]]).any())
