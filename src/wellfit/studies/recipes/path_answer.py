"""The answer of a path: losses and weights by strength, the one-standard-error choice, figures and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.statistics.paired import BETTER, SAME, WORSE, Comparison, rounded, shown_value
from wellfit.studies.base import Grid, Settings, Study, StudyTable
from wellfit.studies.base.paired import FAMILY, Pairing, comparison_rows, loss_title, pairing_of
from wellfit.studies.recipes.path_figures import path_figures
from wellfit.studies.recipes.path_measures import Measures, Plane

Float64 = NDArray[np.float64]
QUESTION = "What does a growing strength do to weights and errors, and how strong should it be?"
ONE_ERROR = (
    "The one-standard-error choice is the largest strength whose mean loss on held-out rows is at most one standard "
    "error, over folds, above the lowest one."
)


def path_study(
    grid: Grid, table: StudyTable, settings: Settings, setting: str, strengths: Sequence[float],
    plane: Plane | None, remarks: Sequence[str],
) -> Study:  # fmt: skip
    """The study of the networks that were trained."""
    first = grid.names[0]
    pairing = pairing_of(grid, table, settings, first)
    found = pairing.family({name: grid.losses(name) for name in grid.names}, first)
    measures = _by_recipe(grid)
    rows = [
        _row(grid, name, strength, pairing, measures[name])
        for name, strength in zip(grid.names, strengths, strict=True)
    ]
    lowest, chosen = one_standard_error(
        np.array([row["test_loss"] for row in rows]), np.array([row["standard_error"] for row in rows])
    )
    columns = _columns(table, measures, strengths)
    names = {"lowest loss": lowest, "one standard error": chosen}
    facts = {
        "setting": setting, "loss": loss_title(grid), "margin": pairing.margin,
        "strength of the lowest loss": strengths[lowest], "one-standard-error strength": strengths[chosen],
    }  # fmt: skip
    figures = path_figures(rows, columns, setting, (lowest, chosen), loss_title(grid))
    return Study(
        "path", QUESTION, grid.plan, _verdict(rows, setting, (lowest, chosen), found, loss_title(grid)),
        ResultFrame(rows),
        details={
            "columns": ResultFrame(columns), "comparisons": ResultFrame(comparison_rows(found)), "networks": grid.table
        },
        figures=(*figures, *_regions(grid, table, plane, (lowest, chosen), strengths, setting)), facts=facts,
        recipes={title: grid.recipes[grid.names[k]] for title, k in names.items()},
        remarks=(ONE_ERROR, FAMILY, *remarks, *grid.remarks),
    )  # fmt: skip


def one_standard_error(losses: Float64, errors: Float64) -> tuple[int, int]:
    """Places of the lowest loss and of the last one at most one standard error above it.

    losses, errors: (strengths,), in the order of rising strength; NaN and infinite losses are never chosen.

    Source: Breiman, Friedman, Olshen & Stone, "Classification and regression trees", 1984, 3.4.3; Hastie, Tibshirani &
    Friedman, "The elements of statistical learning", 2009, 7.10.

    >>> one_standard_error(np.array([3.0, 1.0, 1.05, 1.2]), np.full(4, 0.1))
    (1, 2)
    """
    known = np.where(np.isfinite(losses), losses, np.inf)
    lowest = int(np.argmin(known))
    error = errors[lowest] if np.isfinite(errors[lowest]) else 0.0
    return lowest, int(np.flatnonzero(known <= known[lowest] + error).max())


def _by_recipe(grid: Grid) -> dict[str, list[Measures]]:
    """The measures of all networks of each recipe."""
    found: dict[str, list[Measures]] = {name: [] for name in grid.names}
    for measures, _ in grid.more:
        every = len(measures) // len(grid.names)
        for k, name in enumerate(grid.names):
            found[name] += measures[k * every : (k + 1) * every]
    return found


def _row(grid: Grid, name: str, strength: float, pairing: Pairing, measures: Sequence[Measures]) -> dict[str, Any]:
    test, training = grid.losses(name), grid.losses(name, "training")
    folds = test.mean(axis=2).ravel()
    error = (
        float(folds.std(ddof=1) / math.sqrt(len(folds))) if np.isfinite(folds).all() and len(folds) > 1 else math.nan
    )
    diverged = int(np.isinf(test).sum())
    return {
        "strength": strength, "training_loss": pairing.mean(training) if not diverged else math.inf,
        "test_loss": pairing.mean(test) if not diverged else math.inf, "standard_error": error,
        "zeros": round(_mean([m.zeros for m in measures]), 6), "unread_columns": _mean([m.unread for m in measures]),
        "weights": _mean([m.norm for m in measures]),
    }  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else math.nan


def _columns(
    table: StudyTable, measures: dict[str, list[Measures]], strengths: Sequence[float]
) -> list[dict[str, Any]]:
    """A row a strength and column: the mean size of its weights, and the share of networks that have none."""
    names = table.schema.input_names
    rows = []
    for strength, some in zip(strengths, measures.values(), strict=True):
        every = np.array([one.columns for one in some])
        every = every[np.isfinite(every).all(axis=1)]
        for k, name in enumerate(names):
            known = every[:, k] if len(every) else np.full(1, math.nan)
            rows.append(
                {
                    "strength": strength,
                    "column": name,
                    "weight": float(known.mean()),
                    "unread": float((known == 0).mean()),
                }
            )
    return rows


def _verdict(
    rows: Sequence[dict[str, Any]], setting: str, places: tuple[int, int], found: Sequence[Comparison], title: str
) -> str:
    """The two choices, and how the chosen strength compares with the first."""
    lowest, chosen = (rows[k] for k in places)
    if not math.isfinite(lowest["test_loss"]):
        return f"Networks diverged at every strength of {setting}: no strength can be chosen."
    first = rows[0]["strength"]
    low = rounded(lowest["test_loss"], lowest["standard_error"])
    said = f"The {title} on held-out rows is lowest at {setting} = {lowest['strength']:.3g} ({low})"
    if places[1] != places[0]:
        said += f", and within one standard error of that up to {chosen['strength']:.3g}"
    if places[1] == 0:
        return f"{said}: no larger strength than {first:.3g} is chosen."
    return f"{said}; {_against(found[places[1] - 1], chosen['strength'], first, title)}."


def _against(one: Comparison, strength: float, first: float, title: str) -> str:
    size = shown_value(one.alone, flip=one.alone.value.mean < 0)
    words = "lower" if one.alone.value.mean < 0 else "higher"
    if one.verdict in (BETTER, WORSE):
        return f"{strength:.3g} is {one.verdict} than {first:.3g}: the {title} is {words} by {size}"
    if one.verdict == SAME:
        return f"{strength:.3g} is practically the same as {first:.3g}: the {title} is {words} by {size}"
    return f"{strength:.3g} and {first:.3g} are not distinguishable: the {title} is {words} by {size}"


def _regions(
    grid: Grid,
    table: StudyTable,
    plane: Plane | None,
    places: tuple[int, int],
    strengths: Sequence[float],
    setting: str,
) -> tuple[Any, ...]:
    from wellfit.studies.recipes.path_figures import regions_figure

    if plane is None or grid.more[0][1] is None:
        return ()
    points, shown = grid.more[0][1]
    panels = list(dict.fromkeys([0, places[1], len(strengths) - 1]))
    regions = {f"{setting} = {strengths[k]:.3g}": shown[grid.names[k]] for k in sorted(panels)}
    labels = [str(table.rows.target.labels[int(k)]) for k in table.rows.target.values[:, 0]]
    return (regions_figure(plane, points, {n: r for n, r in regions.items() if r is not None}, labels),)
