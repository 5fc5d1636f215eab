"""The figures of a path: losses, weights by column and exact zeros against the strength, and regions of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.figures import Axis, Figure, heat_figure, line_figure
from wellfit.figures.heat import Points
from wellfit.studies.recipes.path_measures import Plane

MOST_COLUMNS = 8  # lines of a figure
MOST_POINTS = 200
DIGITS = 4


def path_figures(
    rows: Sequence[dict[str, Any]], columns: Sequence[dict[str, Any]], setting: str, places: tuple[int, int], title: str
) -> tuple[Figure, ...]:
    """All figures but that of the regions. places: of the lowest loss and of the one-standard-error choice."""
    strengths = [row["strength"] for row in rows]
    across = _axis(strengths, setting)
    at = dict(zip(strengths, _drawn(strengths), strict=True))
    losses = _losses(rows, at, across, places, title)
    trained = any(np.isfinite(row["weight"]) for row in columns)
    weights = [_weights(columns, at, across)] if trained else []
    return (losses, *weights, *([_zeros(rows, at, across)] if any(row["zeros"] > 0 for row in rows) else []))


def _is_log(strengths: Sequence[float]) -> bool:
    above = [one for one in strengths if one > 0]
    return min(strengths) >= 0 and len(above) > 1 and above[-1] / above[0] >= 30


def _drawn(strengths: Sequence[float]) -> list[float]:
    """Where strengths are drawn: on a logarithmic axis a 0 stands left of the others."""
    if not _is_log(strengths):
        return list(strengths)
    above = [one for one in strengths if one > 0]
    return [one if one > 0 else above[0] ** 2 / above[1] for one in strengths]


def _axis(strengths: Sequence[float], setting: str) -> Axis:
    if not _is_log(strengths):
        return Axis("strength", setting)
    return Axis("strength", f"{setting}{'; the leftmost is 0' if strengths[0] == 0 else ''}", scale="log")


def _losses(
    rows: Sequence[dict[str, Any]], at: Mapping[float, float], across: Axis, places: tuple[int, int], title: str
) -> Figure:
    """Training and held-out loss, with a band of one standard error."""
    parts = (("training rows", "training_loss"), ("held-out rows", "test_loss"))
    frame = [
        {
            "strength": at[row["strength"]], "rows": name, "loss": row[key],
            "low": row[key] - row["standard_error"] if key == "test_loss" else None,
            "high": row[key] + row["standard_error"] if key == "test_loss" else None,
        }
        for name, key in parts for row in rows
    ]  # fmt: skip
    lowest, chosen = (at[rows[k]["strength"]] for k in places)
    marks = [(chosen, "one-standard-error choice")] + ([(lowest, "lowest")] if lowest != chosen else [])
    return line_figure(
        _by_column(frame), across, Axis("loss", title), name="losses", series="rows", low="low", high="high",
        marks=marks, title="Loss against strength (band: one standard error over folds)",
    )  # fmt: skip


def _weights(columns: Sequence[dict[str, Any]], at: Mapping[float, float], across: Axis) -> Figure:
    """The weights of the columns that have the largest."""
    largest: dict[str, float] = {}
    for row in columns:
        if np.isfinite(row["weight"]):
            largest[row["column"]] = max(largest.get(row["column"], 0.0), abs(row["weight"]))
    kept = sorted(largest, key=lambda name: -largest[name])[:MOST_COLUMNS]
    frame = [
        {"strength": at[row["strength"]], "column": row["column"], "weight": row["weight"]}
        for name in kept for row in columns if row["column"] == name
    ]  # fmt: skip
    signed = any(row["weight"] < 0 for row in frame)
    size = "weight of the column" if signed else "size of the column's weights"
    more = f" ({len(kept)} largest of {len(largest)} columns)" if len(largest) > len(kept) else ""
    return line_figure(
        _by_column(frame), across,
        Axis("weight", f"{size} (mean of networks)"), name="weights", series="column",
        title=f"Weights by column against strength{more}",
    )  # fmt: skip


def _zeros(rows: Sequence[dict[str, Any]], at: Mapping[float, float], across: Axis) -> Figure:
    """The share of weights that are exactly 0."""
    frame = {"strength": [at[row["strength"]] for row in rows], "zeros": [row["zeros"] for row in rows]}
    up = Axis("zeros", "weights that are exactly 0", "share", format=".0%", ends=(0.0, 1.02))
    return line_figure(frame, across, up, name="zeros", title="Exact zeros against strength")


def _by_column(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def regions_figure(
    plane: Plane, points: NDArray[np.float64], shown: Mapping[str, list[str]], labels: Sequence[str]
) -> Figure:
    """The regions of the classes at some strengths, with rows of the table on top."""
    x, y = (np.array([float(f"{v:.{DIGITS}g}") for v in points[:, k]]) for k in (0, 1))
    classes = [one for part in shown.values() for one in part]
    frame = {
        "x": np.tile(x, len(shown)), "y": np.tile(y, len(shown)), "class": classes,
        "strength": [name for name, part in shown.items() for _ in part],
    }  # fmt: skip
    chosen = np.sort(np.random.default_rng(0).permutation(len(labels))[:MOST_POINTS])
    rows = {
        "x": plane.points[chosen, 0].round(DIGITS), "y": plane.points[chosen, 1].round(DIGITS),
        "class": [labels[k] for k in chosen],
    }  # fmt: skip
    return heat_figure(
        frame, Axis("x", plane.names[0]), Axis("y", plane.names[1]), Axis("class", "class", scale="category"),
        name="regions", title="Regions of the classes: one network at each strength, and rows of the table",
        panel="strength", points=Points(rows, "x", "y", "class"),
    )  # fmt: skip
